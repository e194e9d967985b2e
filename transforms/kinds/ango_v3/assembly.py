"""Tasks, their stage history and their frames, put together into the records of an export."""

import itertools
from collections.abc import Generator, Iterator, Sequence
from operator import attrgetter

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.ango.frames_table import FramesRule, FramesTable, TaskFrames
from framehaul.transforms.kinds.ango.withdrawn import Withdrawn, belongings
from framehaul.transforms.kinds.ango_v3.oversized import oversized_entries
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.kinds.ango_v3.v3_record import still_record, video_record
from framehaul.transforms.kinds.ango_v3.v3_skeleton import contents_of_entry, contents_of_task, skeleton_of
from framehaul.transforms.parts.answer_rows import rows_of_answer
from framehaul.transforms.parts.finished import Finished, RecordOptions
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from framehaul.transforms.records.buckets import bucket_of
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.winners import keep_winners
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from framehaul.transforms.video.rows import Row


class TaskAssembly:
    """The records of some tasks, all of whose copies, stage history and frames are here.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
    """

    def __init__(self, options: RecordOptions) -> None:
        self._options = options
        self._tasks: dict[str, TaskCopy] = {}
        self._history: dict[str, list[StageEntry]] = {}
        self._frames = FramesTable()
        self._withdrawn = Withdrawn()
        self.tally = Tally()

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read again when they are needed."""
        if table == TASKS.name:
            for copies in read_blocks(blocks, TaskCopy):
                keep_winners(self._tasks, copies, self.tally, TASKS.duplicates)
        elif table == STAGE_HISTORY.name:
            for entries in read_blocks(blocks, StageEntry):
                for entry in entries:
                    self._history.setdefault(entry.task_id, []).append(entry)
        elif table == FRAMES.name:
            for block in blocks:
                self._frames.add(block)
        else:
            for keys in read_blocks(blocks, SetAsideKey):
                self._withdrawn.add(keys)

    def records(self) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The records of the selected tasks, and what cannot be exported, in no particular order."""
        for made in itertools.chain(self._all_tasks(), self._left_over()):
            if isinstance(made, SetAside):
                self.tally.count_set_aside(made)
            yield made

    def _all_tasks(self) -> Iterator[RecordLine | LongRecord | SetAside]:
        for task in self._tasks.values():
            yield from self._of_task(task)

    def _of_task(self, task: TaskCopy) -> Iterator[RecordLine | LongRecord | SetAside]:
        history = self._kept(self._history.pop(task.task_id, []))
        frames = self._frames.take(task.task_id)
        if not task.selected:
            self.tally.count(TASKS.not_selected)
            self.tally.count(STAGE_HISTORY.not_selected, len(history))
            self.tally.count(FRAMES.not_selected, frames.records if frames else 0)
        elif task.frames is None:
            if frames is not None:
                yield from self._frames_rule(task, history).refused(frames)
            yield from self._still(task, history)
        else:
            yield from self._video(task, task.frames, history, frames)

    def _left_over(self) -> Iterator[SetAside]:
        """Stage history and frames without a task: it was not read, or set aside while it was decoded."""
        for task_id, entries in self._history.items():
            kept = self._kept(entries)
            if (reason := self._withdrawn.tasks.get(task_id)) is not None:
                yield from belongings(_places(kept), None, reason)
            else:
                self.tally.count(STAGE_HISTORY.orphans, len(kept))
        for task_id, table in self._frames.rest():
            if (reason := self._withdrawn.tasks.get(task_id)) is not None:
                yield from belongings((), table, reason)
            else:
                self.tally.count(FRAMES.orphans, table.records)

    def _kept(self, entries: list[StageEntry]) -> list[StageEntry]:
        """One entry for each ``_id``, in the order in which the task left its stages."""
        if len({entry.own_id for entry in entries}) < len(entries):
            entries = self._without_duplicates(entries)
        entries.sort(key=_order)
        return entries

    def _without_duplicates(self, entries: list[StageEntry]) -> list[StageEntry]:
        by_id: dict[str, StageEntry] = {}
        for entry in entries:
            if entry.own_id:
                by_id[entry.own_id] = max(
                    by_id.get(entry.own_id, entry), entry, key=lambda candidate: candidate.rank
                )
        kept = [entry for entry in entries if not entry.own_id] + list(by_id.values())
        self.tally.count(STAGE_HISTORY.duplicates, len(entries) - len(kept))
        return kept

    def _still(
        self, task: TaskCopy, history: Sequence[StageEntry]
    ) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The record of a task that is no video. If it may be one line, its rows are not looked at."""
        line = self._line(task, history)
        if self._options.fits(line):
            self.tally.count_tools(task.tools)
            yield RecordLine(
                bucket_of(task.asset_key), task.asset_key, task.task_id, 0, line, 1, (1, len(history), 0)
            )
            return
        try:
            finished = still_record(task, history, self._options)
        except InvalidRecordError as error:
            rest = yield from self._without_oversized(task, history)
            if len(rest) < len(history):
                yield from self._still(task, rest)
            else:
                yield from _set_aside(task, error, history, None)
        else:
            yield from self._finished(task, finished, len(history), 0)

    def _line(self, task: TaskCopy, history: Sequence[StageEntry]) -> bytes:
        """The record as one line: ``stageHistory`` ends the task, and ``part`` the record."""
        entries = b""
        if self._options.with_history:
            entries = b',"stageHistory":[' + b",".join(entry.rendered for entry in history) + b"]"
        return b"".join((task.rendered, entries, b"}", _WHOLE, b"}"))

    def _video(
        self, task: TaskCopy, frames: int, history: Sequence[StageEntry], table: TaskFrames | None
    ) -> Iterator[RecordLine | LongRecord | SetAside]:
        history, skeleton, lists = yield from self._readable(task, frames, history)
        rule = self._frames_rule(task, history)
        counts = rule.counts(table)
        try:
            finished = video_record(
                task, history, skeleton, lists, table, counts[FRAMES.exported], self._options
            )
        except InvalidRecordError as error:
            rest = yield from self._without_oversized(task, history)
            if len(rest) < len(history):
                yield from self._video(task, frames, rest, table)
            else:
                yield from _set_aside(task, error, history, table)
            return
        self.tally.count(FRAMES.not_selected, counts.get(FRAMES.not_selected, 0))
        self.tally.count(FRAMES.orphans, counts.get(FRAMES.orphans, 0))
        if counts.get(FRAMES.dead_letters):
            yield from rule.refused(table)
        yield from self._finished(task, finished, len(history), counts[FRAMES.exported])

    def _readable(
        self, task: TaskCopy, frames: int, history: Sequence[StageEntry]
    ) -> Generator[SetAside, None, tuple[list[StageEntry], Skeleton, list[list[Row]]]]:
        """The stage history whose rows are sound; and the record with that alone, as its skeleton and its rows."""
        pieces, contents = contents_of_task(task)
        lists, all_pieces, sound = rows_of_answer(contents, frames), [pieces], []
        for entry in history:
            pieces, contents = contents_of_entry(entry)
            try:
                lists += rows_of_answer(contents, frames)
            except InvalidRecordError as error:
                yield self._withdraw(entry, error)
            else:
                sound.append(entry)
                all_pieces.append(pieces)
        return sound, skeleton_of(all_pieces, with_history=self._options.with_history), lists

    def _without_oversized(
        self, task: TaskCopy, history: Sequence[StageEntry]
    ) -> Generator[SetAside, None, Sequence[StageEntry]]:
        """The stage history without entries that are too long by themselves."""
        left_out = set()
        for entry, error in oversized_entries(task, history, self._options):
            left_out.add(id(entry))
            yield self._withdraw(entry, error)
        return [entry for entry in history if id(entry) not in left_out]

    def _withdraw(self, entry: StageEntry, error: InvalidRecordError) -> SetAside:
        """Set a stage-history record aside, and remember that for its frames."""
        self._withdrawn.add([SetAsideKey(STAGE_HISTORY.name, entry.task_id, entry.own_id, error.reason)])
        return SetAside.for_error(STAGE_HISTORY.name, entry.source, error)

    def _finished(
        self, task: TaskCopy, finished: Finished, stage_entries: int, frames_records: int
    ) -> Iterator[RecordLine | LongRecord]:
        self.tally.count_tools(finished.tools)
        self.tally.count(Count.SUPERSEDED_ROWS, finished.superseded)
        yield from finished.written(
            RecordPlace(task.asset_key, task.task_id, (1, stage_entries, frames_records))
        )

    def _frames_rule(self, task: TaskCopy, history: Sequence[StageEntry]) -> FramesRule:
        ids = frozenset(entry.own_id for entry in history)
        withdrawn = {
            own_id: reason
            for own_id, reason in self._withdrawn.history_of(task.task_id).items()
            if own_id not in ids
        }
        return FramesRule(task.frames, ids, withdrawn, self._options.with_history)


def _set_aside(
    task: TaskCopy, error: InvalidRecordError, history: Sequence[StageEntry], table: TaskFrames | None
) -> Iterator[SetAside]:
    """A task, and all that belongs to it with it."""
    yield SetAside.for_error(TASKS.name, task.source, error)
    yield from belongings(_places(history), table, error.reason)


def _places(history: Sequence[StageEntry]) -> Iterator[tuple[str, tuple[int, int]]]:
    return ((STAGE_HISTORY.name, entry.source) for entry in history)


# The order of stageHistory; the bytes decide between entries that are equal otherwise, so that it never changes.
_order = attrgetter("completed_at", "own_id", "rendered")
_WHOLE = part_key(0, 1, None, None)
