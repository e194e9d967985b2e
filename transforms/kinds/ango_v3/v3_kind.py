"""Records of generation v3: a task with its asset and its stage history."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango.frames_entry import decode_frames
from framehaul.transforms.kinds.ango.record_key import record_key
from framehaul.transforms.kinds.ango.table_rows import RawFrames, RawStageEntry, RawTask
from framehaul.transforms.kinds.ango_v3.assembly import TaskAssembly
from framehaul.transforms.kinds.ango_v3.stage_entry import decode_stage_entry
from framehaul.transforms.kinds.ango_v3.task import decode_task
from framehaul.transforms.kinds.kind import Decode
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS

_ROWS: dict[str, type[msgspec.Struct]] = {
    TASKS.name: RawTask,
    STAGE_HISTORY.name: RawStageEntry,
    FRAMES.name: RawFrames,
}


@dataclass(frozen=True)
class V3Kind:
    """See ``Kind``."""

    fields: Fields

    def row(self, table: str) -> type[msgspec.Struct]:
        return _ROWS[table]

    def decoder(self, table: str, split: int, selection: Selection) -> Decode:
        fields = self.fields
        if table == TASKS.name:
            return lambda text, place: decode_task(text, (split, place), selection, fields)
        if table == FRAMES.name:
            return lambda text, place: decode_frames(text, (split, place), fields)
        return lambda text, place: decode_stage_entry(text, (split, place), fields)

    def needs_payload(self, table: str, selection: Selection) -> Callable[[bytes], bool] | None:
        """Only tasks are selected while reading."""
        if table != TASKS.name or selection.looks_beyond_records:
            return None

        def is_selected(head: bytes) -> bool:
            try:
                return decode_task(rewrite_plain(head), (0, 0), selection, self.fields).selected
            except InvalidRecordError:
                return True  # it will be set aside, as a whole

        return is_selected

    def key_of(self, table: str, line: bytes) -> tuple[str, str] | None:
        return record_key(table, line)

    def chooser(self) -> None:
        return None

    def assembly(self, options: RecordOptions) -> TaskAssembly:
        return TaskAssembly(options)


def kind_with(fields: Fields) -> V3Kind:
    """The kind whose records have these fields."""
    return V3Kind(fields)
