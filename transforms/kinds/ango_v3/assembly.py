"""Tasks, their stage history and their frames, put together into the records of an export."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.ango.frames_table import FramesTable, SortedFrames, TaskFrames, sort_frames
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.kinds.ango_v3.v3_record import still_record, video_record
from framehaul.transforms.kinds.ango_v3.v3_skeleton import contents_of_entry, contents_of_task, skeleton_of
from framehaul.transforms.parts.answer_rows import rows_of_answer
from framehaul.transforms.parts.finished import Finished, RecordOptions
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from framehaul.transforms.records.buckets import bucket_of
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.winners import keep_winners
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from framehaul.transforms.video.rows import Row


class TaskAssembly:
    """The records of some tasks, all of whose copies, stage history and frames are here.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
        dead_letters: records that cannot be written; complete likewise.
    """

    def __init__(self, options: RecordOptions) -> None:
        self._options = options
        self._tasks: dict[str, TaskCopy] = {}
        self._history: dict[str, list[StageEntry]] = {}
        self._frames = FramesTable()
        self.tally = Tally()
        self.dead_letters: list[DeadLetter] = []

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read again when they are needed."""
        if table == TASKS.name:
            for copies in read_blocks(blocks, TaskCopy):
                keep_winners(self._tasks, copies, self.tally, TASKS.duplicates)
        elif table == STAGE_HISTORY.name:
            for entries in read_blocks(blocks, StageEntry):
                for entry in entries:
                    self._history.setdefault(entry.task_id, []).append(entry)
        else:
            for block in blocks:
                self._frames.add(block)

    def records(self) -> Iterator[RecordLine | LongRecord]:
        """The records of the selected tasks, in no particular order."""
        for task in self._tasks.values():
            history = self._kept(self._history.pop(task.task_id, []))
            frames = self._frames.take(task.task_id)
            if not task.selected:
                self.tally.count(TASKS.not_selected)
                self.tally.count(STAGE_HISTORY.not_selected, len(history))
                self.tally.count(FRAMES.not_selected, frames.records if frames else 0)
            elif task.frames is None and frames is None:
                yield from self._still(task, history)
            else:
                yield from self._with_frames(task, history, frames)
        orphans = sum(len(self._kept(entries)) for entries in self._history.values())
        self.tally.count(STAGE_HISTORY.orphans, orphans)
        self.tally.count(FRAMES.orphans, self._frames.records_left)

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

    def _still(self, task: TaskCopy, history: Sequence[StageEntry]) -> Iterator[RecordLine | LongRecord]:
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
            self._set_aside(task, error, len(history), 0)
        else:
            yield from self._finished(task, finished, len(history), 0)

    def _line(self, task: TaskCopy, history: Sequence[StageEntry]) -> bytes:
        """The record as one line: ``stageHistory`` ends the task, and ``part`` the record."""
        entries = b""
        if self._options.with_history:
            entries = b',"stageHistory":[' + b",".join(entry.rendered for entry in history) + b"]"
        return b"".join((task.rendered, entries, b"}", _WHOLE, b"}"))

    def _with_frames(
        self, task: TaskCopy, history: list[StageEntry], table: TaskFrames | None
    ) -> Iterator[RecordLine | LongRecord]:
        """The record of a video, or of another asset that frames records name by mistake."""
        if task.frames is None:
            self._count_frames(self._sorted_frames(task, history, table))
            yield from self._still(task, history)
            return
        history, skeleton, lists = self._readable(task, task.frames, history)
        frames = self._sorted_frames(task, history, table)
        try:
            finished = video_record(task, history, skeleton, lists, table, frames.exported, self._options)
        except InvalidRecordError as error:
            self._set_aside(task, error, len(history), table.records if table else 0)
        else:
            self._count_frames(frames)
            yield from self._finished(task, finished, len(history), frames.exported)

    def _readable(
        self, task: TaskCopy, frames: int, history: Sequence[StageEntry]
    ) -> tuple[list[StageEntry], Skeleton, list[list[Row]]]:
        """The stage history whose rows are sound; and the record with that alone, as its skeleton and its rows."""
        pieces, contents = contents_of_task(task)
        lists, all_pieces, sound = rows_of_answer(contents, frames), [pieces], []
        for entry in history:
            pieces, contents = contents_of_entry(entry)
            try:
                lists += rows_of_answer(contents, frames)
            except InvalidRecordError as error:
                self._add_letter("stage_history", entry.source, error, entry.rendered)
                self.tally.count(STAGE_HISTORY.dead_letters)
            else:
                sound.append(entry)
                all_pieces.append(pieces)
        return sound, skeleton_of(all_pieces, with_history=self._options.with_history), lists

    def _finished(
        self, task: TaskCopy, finished: Finished, stage_entries: int, frames_records: int
    ) -> Iterator[RecordLine | LongRecord]:
        self.tally.count_tools(finished.tools)
        self.tally.count(Count.SUPERSEDED_ROWS, finished.superseded)
        yield from finished.written(
            RecordPlace(task.asset_key, task.task_id, (1, stage_entries, frames_records))
        )

    def _sorted_frames(
        self, task: TaskCopy, history: Sequence[StageEntry], table: TaskFrames | None
    ) -> SortedFrames:
        history_ids = (entry.own_id for entry in history)
        return sort_frames(table, task.frames, history_ids, with_history=self._options.with_history)

    def _count_frames(self, frames: SortedFrames) -> None:
        self.tally.count(FRAMES.not_selected, frames.not_selected)
        self.tally.count(FRAMES.orphans, frames.orphans)
        self.tally.count(FRAMES.dead_letters, len(frames.refused))
        for entry, error in frames.refused:
            self._add_letter("frames", entry.source, error, entry.as_record())

    def _set_aside(
        self, task: TaskCopy, error: InvalidRecordError, stage_entries: int, frames_records: int
    ) -> None:
        """Set a task aside, and all that belongs to it with it."""
        self._add_letter("tasks", task.source, error, task.rendered + b"}}")
        self.tally.count(TASKS.dead_letters)
        self.tally.count(STAGE_HISTORY.dead_letters, stage_entries)
        self.tally.count(FRAMES.dead_letters, frames_records)

    def _add_letter(
        self, table: str, source: tuple[int, int], error: InvalidRecordError, record: bytes
    ) -> None:
        self.dead_letters.append(DeadLetter(table, source, error.reason, error.detail, record))
        self.tally.reasons[error.reason] = self.tally.reasons.get(error.reason, 0) + 1


# The order of stageHistory; the bytes decide between entries that are equal otherwise, so that it never changes.
_order = attrgetter("completed_at", "own_id", "rendered")
_WHOLE = part_key(0, 1, None, None)
