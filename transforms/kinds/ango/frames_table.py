"""The ``frames`` table of some tasks: an index of the blocks that hold the rows of each task."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_block
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.reasons import Reason
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES, page_of

_HELD_BYTES = 4 << 20  # of one task; what is more is read again, a chunk at a time
_ENTRY_BYTES = 300  # what a record needs besides its rows


class TaskFrames:
    """The frames records of one task.

    Attributes:
        records: how many there are.
        size_bytes: of their rows.
    """

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id
        self._blocks: dict[int, list[Block]] = {}
        self._held: dict[int, list[FramesEntry]] = {}
        self.records = 0
        self.size_bytes = 0

    def add(self, block: Block, entry: FramesEntry) -> None:
        """Remember that ``block`` holds ``entry``, which is one of this task."""
        chunk = entry.page // CHUNK_PAGES
        blocks = self._blocks.setdefault(chunk, [])
        if not blocks or blocks[-1] is not block:
            blocks.append(block)
        self.records += 1
        self.size_bytes += entry.size_bytes
        if self._is_held:
            self._held.setdefault(chunk, []).append(entry)
        else:
            self._held = {}

    @property
    def _is_held(self) -> bool:
        return self.size_bytes + self.records * _ENTRY_BYTES <= _HELD_BYTES

    def chunks(self) -> list[int]:
        """Numbers of the chunks, ranges of ``CHUNK_PAGES`` pages, that have records; ascending."""
        return sorted(self._blocks)

    def entries(self, chunk: int) -> Iterator[FramesEntry]:
        """The records of one chunk, in no particular order."""
        if self._is_held:
            yield from self._held.get(chunk, ())
            return
        for block in self._blocks.get(chunk, ()):
            for entry in read_block(block, FramesEntry):
                if entry.task_id == self._task_id and entry.page // CHUNK_PAGES == chunk:
                    yield entry


class AssetFrames(TaskFrames):
    """The frames records of several tasks of one asset; the ``history_id`` of each is the id of its task."""

    def __init__(self, tasks: Mapping[str, TaskFrames]) -> None:
        super().__init__("")
        self._tasks = tasks

    def chunks(self) -> list[int]:
        return sorted(set().union(*(table.chunks() for table in self._tasks.values())))

    def entries(self, chunk: int) -> Iterator[FramesEntry]:
        for task_id, table in self._tasks.items():
            for entry in table.entries(chunk):
                yield msgspec.structs.replace(entry, history_id=task_id)


class FramesTable:
    """The frames records of many tasks."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskFrames] = {}

    def add(self, block: Block) -> None:
        for entry in read_block(block, FramesEntry):
            task = self._tasks.get(entry.task_id)
            if task is None:
                task = self._tasks[entry.task_id] = TaskFrames(entry.task_id)
            task.add(block, entry)

    def take(self, task_id: str) -> TaskFrames | None:
        """Take the records of a task out of the table."""
        return self._tasks.pop(task_id, None)

    @property
    def records_left(self) -> int:
        return sum(task.records for task in self._tasks.values())


@dataclass
class SortedFrames:
    """The frames records of an exported task, sorted by what becomes of them.

    Attributes:
        exported: number of those in the record.
        not_selected: number of those of stage history, where that is not exported.
        orphans: number of those whose stage-history entry is not in the record.
        refused: those that cannot be exported, and why.
    """

    exported: int = 0
    not_selected: int = 0
    orphans: int = 0
    refused: list[tuple[FramesEntry, InvalidRecordError]] = field(default_factory=list)


def sort_frames(
    table: TaskFrames | None, frames: int | None, history_ids: Iterable[str], *, with_history: bool
) -> SortedFrames:
    """Decide what becomes of every frames record of a task.

    Args:
        frames: of the video; ``None`` for any other asset.
        history_ids: of the stage history that is exported of the task.
        with_history: whether stage history is exported at all.
    """
    found = SortedFrames()
    known = {"", *history_ids}
    for chunk in table.chunks() if table else ():
        for entry in table.entries(chunk) if table else ():
            if entry.history_id and not with_history:
                found.not_selected += 1
            elif entry.history_id not in known:
                found.orphans += 1
            elif (error := refusal(entry, frames)) is not None:
                found.refused.append((entry, error))
            else:
                found.exported += 1
    return found


def refusal(entry: FramesEntry, frames: int | None) -> InvalidRecordError | None:
    """The error of a frames record that cannot be exported; ``None`` for one that can.

    Args:
        frames: number of frames of the video; ``None`` for any other asset.
    """
    if frames is None:
        return InvalidRecordError(
            Reason.NOT_A_VIDEO,
            "its task has no metadata.frameTotal; only videos have rows in the frames table",
        )
    try:
        page_of(entry.page, frames - 1)
    except InvalidRecordError as error:
        return error
    return None
