"""What the records of an export are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


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


def kind_of_records(config: Mapping[str, Any]) -> RecordKind:
    """Of an export with this config, as a manifest holds it; an older one may lack the settings."""
    export = config.get("export")
    if not isinstance(export, Mapping):
        return RecordKind.V3
    if export.get("type") == "issue":
        return RecordKind.ISSUE
    return RecordKind.LEGACY if export.get("generation") == "legacy" else RecordKind.V3
