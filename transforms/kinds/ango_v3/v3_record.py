"""One v3 record, from its task and its stage history to the lines of a shard."""

from collections.abc import Sequence

from framehaul.transforms.kinds.ango.frames_table import TaskFrames
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.kinds.ango_v3.v3_skeleton import taken_apart
from framehaul.transforms.parts.finished import Finished, RecordOptions, still_parts, video_parts
from framehaul.transforms.parts.skeleton import Skeleton
from framehaul.transforms.records.record_line import RecordPlace
from framehaul.transforms.video.rows import Row


def still_record(task: TaskCopy, history: Sequence[StageEntry], options: RecordOptions) -> Finished:
    """A record that is no video, in parts.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    skeleton, contents = taken_apart(task, history, with_history=options.with_history)
    place = RecordPlace(task.asset_key, task.task_id, (1, len(history), 0))
    return still_parts(place, skeleton, contents, task.tools, options)


def video_record(  # noqa: PLR0913, PLR0917 - a record and where its rows are
    task: TaskCopy,
    history: Sequence[StageEntry],
    skeleton: Skeleton,
    lists: Sequence[list[Row]],
    table: TaskFrames | None,
    frames_records: int,
    options: RecordOptions,
) -> Finished:
    """The record of a video.

    Args:
        skeleton: of the record.
        lists: the rows of the answer, then of each entry of ``history``, three lists each.
        table: rows of the ``frames`` table.
        frames_records: how many of these belong to the record.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    place = RecordPlace(task.asset_key, task.task_id, (1, len(history), frames_records))
    return video_parts(place, skeleton, lists, task.frames or 0, owners_of(history), table, options)


def owners_of(history: Sequence[StageEntry]) -> dict[str, int]:
    """The index of the answer that each ``historyId`` points to; that of the task, 0, by ``""``."""
    return {"": 0} | {entry.own_id: index for index, entry in enumerate(history, 1) if entry.own_id}
