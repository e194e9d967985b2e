"""One v3 record, from its task and its stage history to the lines of a shard."""

from collections.abc import Sequence

from framehaul.transforms.kinds.ango.frames_table import TaskFrames
from framehaul.transforms.kinds.ango_v3.sound_history import SoundHistory
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.parts.finished import Finished, RecordOptions, still_parts, video_parts
from framehaul.transforms.records.record_line import RecordPlace


def record_of(
    task: TaskCopy, sound: SoundHistory, table: TaskFrames | None, frames_records: int, options: RecordOptions
) -> Finished:
    """A record, in parts.

    Args:
        sound: its stage history.
        table: rows of the ``frames`` table; those of what is no video are left out.
        frames_records: how many of these belong to the record.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    history = sound.entries()
    place = place_of(task, len(history), frames_records)
    if task.frames is None:
        return still_parts(place, sound.skeleton, sound.lists, task.tools, options)
    owners = owners_of(history)
    return video_parts(place, sound.skeleton, sound.lists, task.frames, owners, table, options)


def place_of(task: TaskCopy, stage_entries: int, frames_records: int) -> RecordPlace:
    """The place of a record, with how many records of each table are in it."""
    return RecordPlace(task.asset_key, task.task_id, (1, stage_entries, frames_records))


def owners_of(history: Sequence[StageEntry]) -> dict[str, int]:
    """The index of the answer that each ``historyId`` points to; that of the task, 0, by ``""``."""
    return {"": 0} | {entry.own_id: index for index, entry in enumerate(history, 1) if entry.own_id}
