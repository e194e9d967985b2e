"""What the records of an export are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from framehaul.transforms.counts import Count


class RecordKind(StrEnum):
    """One shape of record each.

    Attributes:
        V3: a task with its asset and its stage history.
        LEGACY: an asset with its tasks.
        ISSUE: an issue.
    """

    V3 = "v3"
    LEGACY = "legacy"
    ISSUE = "issue"


EXPORTED = {
    RecordKind.V3: Count.TASKS_EXPORTED,
    RecordKind.LEGACY: Count.TASKS_EXPORTED,
    RecordKind.ISSUE: Count.ISSUES_EXPORTED,
}
"""What is counted of the records."""


def kind_asked_for(generation: str, record_type: str) -> RecordKind:
    """The kind that these settings of ``export`` ask for."""
    if record_type == "issue":
        return RecordKind.ISSUE
    return RecordKind.LEGACY if generation == "legacy" else RecordKind.V3


def kind_of_records(config: Mapping[str, Any]) -> RecordKind:
    """Of an export with this config, as a manifest holds it; an older one may lack the settings."""
    export = config.get("export")
    if not isinstance(export, Mapping):
        return RecordKind.V3
    return kind_asked_for(export.get("generation", "v3"), export.get("type", "task"))
