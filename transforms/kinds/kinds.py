"""Kinds of records that an export may hold, one row for each.

A kind is one folder beside this module and one row here. Its code is imported when it is used: most commands that
look at an export need none of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from framehaul.transforms.tables import FRAMES, ISSUES, STAGE_HISTORY, TASKS, Table

if TYPE_CHECKING:
    from framehaul.transforms.kinds.kind import Kind
    from framehaul.transforms.kinds.record_card import RecordCard
    from framehaul.transforms.records.fields import Fields

_HERE = "framehaul.transforms.kinds"


@dataclass(frozen=True)
class RecordKind:
    """Facts about a kind that are known before any of its code is imported.

    Attributes:
        name: for programs.
        platform, generation, type: the settings of ``export`` in a config that ask for it.
        tables: that it reads, the one with its ids first.
        counted: tables whose counts are in its manifests.
        has_assets: whether records belong to assets; only then are assets counted.
        modules: the beginning of the names of its modules: ``_kind``, where ``kind_with(fields)`` makes the ``Kind``,
            and ``_card``, where ``CARD`` is its ``RecordCard``.
    """

    name: str
    platform: str
    generation: str
    type: str
    tables: tuple[Table, ...]
    counted: tuple[Table, ...]
    has_assets: bool
    modules: str

    def load(self, fields: "Fields") -> "Kind":
        """The kind itself, with these fields in its records."""
        kind: Kind = import_module(f"{self.modules}_kind").kind_with(fields)
        return kind

    @property
    def card(self) -> "RecordCard":
        """What an export says of its records."""
        card: RecordCard = import_module(f"{self.modules}_card").CARD
        return card

    @property
    def exported(self) -> tuple[str, ...]:
        """The counts of what a record is made of, in the order of ``tables``."""
        return tuple(table.exported for table in self.tables)


_OF_TASKS = (TASKS, STAGE_HISTORY, FRAMES)

V3 = RecordKind("v3", "ango", "v3", "task", _OF_TASKS, _OF_TASKS, True, f"{_HERE}.ango_v3.v3")
LEGACY = RecordKind(
    "legacy", "ango", "legacy", "task", (TASKS, FRAMES), _OF_TASKS, True, f"{_HERE}.ango_legacy.legacy"
)
ISSUE = RecordKind(
    "issue", "ango", "v3", "issue", (ISSUES,), (*_OF_TASKS, ISSUES), False, f"{_HERE}.ango_issues.issue"
)

KINDS = [V3, LEGACY, ISSUE]


def kind_asked_for(platform: str, generation: str, type_: str) -> RecordKind:
    """The kind that these settings of ``export`` ask for. Of what is no task there is one for all generations.

    Raises:
        KeyError: no kind of the platform has this type and generation.
    """
    for kind in KINDS:
        is_of_type = kind.platform == platform and kind.type == type_
        if is_of_type and (type_ != "task" or kind.generation == generation):
            return kind
    raise KeyError(f"{platform} has no records of type {type_} and generation {generation}")


def kind_of_records(config: Mapping[str, Any]) -> RecordKind:
    """The kind of an export with this config, as a manifest holds it; an older one may lack the settings."""
    export = config.get("export")
    if not isinstance(export, Mapping):
        return V3
    return kind_asked_for(
        export.get("platform", "ango"), export.get("generation", "v3"), export.get("type", "task")
    )
