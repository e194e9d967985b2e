"""Records of the legacy generation: an asset with its tasks."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from framehaul.transforms.kinds.ango.record_key import record_key
from framehaul.transforms.kinds.ango.table_rows import RawFrames
from framehaul.transforms.kinds.ango_legacy.asset_assembly import AssetAssembly
from framehaul.transforms.kinds.ango_legacy.legacy_row import RawLegacyTask
from framehaul.transforms.kinds.ango_legacy.legacy_task import decode_legacy_frames, decode_legacy_task
from framehaul.transforms.kinds.ango_legacy.task_chooser import TaskChooser
from framehaul.transforms.kinds.kind import Decode
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.tables import TASKS


@dataclass(frozen=True)
class LegacyKind:
    """See ``Kind``."""

    fields: Fields

    def row(self, table: str) -> type[msgspec.Struct]:
        return RawLegacyTask if table == TASKS.name else RawFrames

    def decoder(self, table: str, split: int, selection: Selection) -> Decode:
        fields = self.fields
        if table == TASKS.name:
            return lambda text, place: decode_legacy_task(text, (split, place), selection, fields)
        return lambda text, place: decode_legacy_frames(text, (split, place), fields)

    def needs_payload(self, table: str, selection: Selection) -> Callable[[bytes], bool] | None:
        """Every byte ranks a copy: it does not name the stage, so copies may differ in their payload alone."""
        return None

    def key_of(self, table: str, line: bytes) -> tuple[str, str] | None:
        return record_key(table, line)

    def chooser(self) -> TaskChooser:
        return TaskChooser()

    def assembly(self, options: RecordOptions) -> AssetAssembly:
        return AssetAssembly(options)


def kind_with(fields: Fields) -> LegacyKind:
    """The kind whose records have these fields."""
    return LegacyKind(fields)
