"""The ``frames`` table of some tasks: an index of the blocks that hold the rows of each task."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import msgspec

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_block
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.tables import FRAMES
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
        self._left_out: set[tuple[int, int]] = set()
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

    def leave_out(self, entry: FramesEntry) -> None:
        """Forget a record that was found among the ``entries``."""
        self._left_out.add(entry.source)

    @property
    def _is_held(self) -> bool:
        return self.size_bytes + self.records * _ENTRY_BYTES <= _HELD_BYTES

    def chunks(self) -> list[int]:
        """Numbers of the chunks, ranges of ``CHUNK_PAGES`` pages, that have records; ascending."""
        return sorted(self._blocks)

    def all_entries(self) -> Iterator[FramesEntry]:
        """The records of all pages, a chunk after the other."""
        for chunk in self.chunks():
            yield from self.entries(chunk)

    def entries(self, chunk: int) -> Iterator[FramesEntry]:
        """The records of one chunk, in no particular order."""
        for entry in self._all_of(chunk):
            if entry.source not in self._left_out:
                yield entry

    def _all_of(self, chunk: int) -> Iterator[FramesEntry]:
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

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._tasks

    def take(self, task_id: str) -> TaskFrames | None:
        """Take the records of a task out of the table."""
        return self._tasks.pop(task_id, None)

    def rest(self) -> Iterator[tuple[str, TaskFrames]]:
        """What was not taken, by task."""
        yield from self._tasks.items()


@dataclass(frozen=True)
class FramesRule:
    """Decides what becomes of each frames record of a task.

    Attributes:
        frames: of the video; ``None`` for any other asset.
        history_ids: of the stage history that is exported of the task.
        withdrawn: stage history of the task that is set aside, and why; what belongs to it goes with it.
        with_history: whether stage history is exported at all.
    """

    frames: int | None
    history_ids: Set[str]
    withdrawn: Mapping[str, Reason]
    with_history: bool

    def fate(self, entry: FramesEntry) -> str:
        """The count that the record belongs to."""
        if entry.history_id and not self.with_history:
            return FRAMES.not_selected
        if self.refusal(entry) is not None:
            return FRAMES.dead_letters
        return FRAMES.exported if self._is_owned(entry) else FRAMES.orphans

    def _is_owned(self, entry: FramesEntry) -> bool:
        return not entry.history_id or entry.history_id in self.history_ids

    def refusal(self, entry: FramesEntry) -> InvalidRecordError | None:
        """The reason why rows of a frame cannot be exported, or ``None``."""
        if (reason := self.withdrawn.get(entry.history_id)) is not None:
            return error_with("stage-history record", reason)
        return refusal(entry, self.frames) if self._is_owned(entry) else None

    def counts(self, table: TaskFrames | None) -> dict[str, int]:
        """How many records there are of each fate."""
        found = {FRAMES.exported: 0}
        for entry in table.all_entries() if table else ():
            fate = self.fate(entry)
            found[fate] = found.get(fate, 0) + 1
        return found

    def refused(self, table: TaskFrames | None) -> Iterator[SetAside]:
        """The records that cannot be exported, one after the other."""
        for entry in table.all_entries() if table else ():
            if self.fate(entry) == FRAMES.dead_letters and (error := self.refusal(entry)) is not None:
                yield SetAside.for_error(FRAMES.name, entry.source, error)


def error_with(owner: str, reason: Reason) -> InvalidRecordError:
    """The error of a record whose owner, a task or a stage-history record, is set aside for ``reason``."""
    return InvalidRecordError(
        Reason.WITH_ITS_TASK, f"its {owner} is set aside ({reason}); mend that, and read both again"
    )


def refusal(entry: FramesEntry, frames: int | None) -> InvalidRecordError | None:
    """The reason why rows of a frame cannot be exported, or ``None``.

    Args:
        frames: of the video; ``None`` for any other asset.
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
