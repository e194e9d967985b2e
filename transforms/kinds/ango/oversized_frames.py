"""Frames records with a row that is too long to be written, whatever else is in its part of the record."""

from collections.abc import Iterator

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango.frames_table import TaskFrames
from framehaul.transforms.parts.answer_rows import classifications_of_frame, tools_of_frame
from framehaul.transforms.parts.cutting import LONGEST_LINE
from framehaul.transforms.parts.expanded import expanded
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.row_lists import sizes_of_page
from framehaul.transforms.parts.skeleton import Skeleton
from framehaul.transforms.video.rows import settled


def oversized_frames(
    table: TaskFrames | None, skeleton: Skeleton, frames: int, options: RecordOptions
) -> Iterator[tuple[FramesEntry, InvalidRecordError]]:
    """The records of a task that take themselves out, not their task, each with its error; they leave ``table``.

    Args:
        skeleton: of the record that they belong to.
        frames: of the video.
    """
    if table is None or not options.splits:
        return
    for entry in table.all_entries():
        try:
            _check_rows(entry, skeleton.size_bytes, frames, options)
        except InvalidRecordError as error:
            table.leave_out(entry)
            yield entry, error


def _check_rows(entry: FramesEntry, skeleton_bytes: int, frames: int, options: RecordOptions) -> None:
    """Raises ``InvalidRecordError``: ``line_too_long``."""
    if entry.page >= frames or 2 * entry.size_bytes + skeleton_bytes <= LONGEST_LINE // 2:
        return  # a row as it is written is never twice as long and half of a line longer
    rows = [settled([], tools_of_frame(entry))[0], settled([], classifications_of_frame(entry))[0]]
    lists, _ = expanded([[], []], rows, (entry.page, entry.page), frames, options.video)
    sizes_of_page(lists, entry.page, skeleton_bytes)
