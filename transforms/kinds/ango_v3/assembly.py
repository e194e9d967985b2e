"""Tasks, their stage history and their frames, put together into the records of an export."""

import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.ango.frames_table import FramesRule, FramesTable, TaskFrames
from framehaul.transforms.kinds.ango.oversized_frames import oversized_frames
from framehaul.transforms.kinds.ango.withdrawn import Withdrawn, belongings
from framehaul.transforms.kinds.ango_v3.sound_history import SoundHistory
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.stage_histories import StageHistories, StageHistory, in_order
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.kinds.ango_v3.v3_record import place_of, record_of
from framehaul.transforms.parts.finished import Finished, RecordOptions
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.parts.skeleton import part_key
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.winners import keep_winners
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS

Made = RecordLine | LongRecord | SetAside


class TaskAssembly:
    """The records of some tasks, all of whose copies, stage history and frames are here.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
    """

    def __init__(self, options: RecordOptions) -> None:
        self._options = options
        self._tasks: dict[str, TaskCopy] = {}
        self._history = StageHistories()
        self._frames = FramesTable()
        self._withdrawn = Withdrawn()
        self.tally = Tally()

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read again when they are needed."""
        if table == TASKS.name:
            for copies in read_blocks(blocks, TaskCopy):
                keep_winners(self._tasks, copies, self.tally, TASKS.duplicates)
        elif table == STAGE_HISTORY.name:
            self._history.add(blocks)
        elif table == FRAMES.name:
            for block in blocks:
                self._frames.add(block)
        else:
            for keys in read_blocks(blocks, SetAsideKey):
                self._withdrawn.add(key for key in keys if self._is_asked_for(key))

    def _is_asked_for(self, key: SetAsideKey) -> bool:
        """Whether something may go with the record: of 200,000 to which nothing belongs no key is held."""
        if key.table == STAGE_HISTORY.name:
            return key.task_id in self._frames
        has_belongings = key.task_id in self._history or key.task_id in self._frames
        return has_belongings and key.task_id not in self._tasks

    def records(self) -> Iterator[Made]:
        """The records of the selected tasks, and what cannot be exported, in no particular order."""
        for made in itertools.chain(self._all_tasks(), self._left_over()):
            if isinstance(made, SetAside):
                self.tally.count_set_aside(made)
            yield made

    def _all_tasks(self) -> Iterator[Made]:
        for task in self._tasks.values():
            history = self._taken(self._history.take(task.task_id))
            table = self._frames.take(task.task_id)
            if not task.selected:
                self.tally.count(TASKS.not_selected)
                self.tally.count(STAGE_HISTORY.not_selected, len(history))
                self.tally.count(FRAMES.not_selected, table.records if table else 0)
            elif (line := self._line(task, history)) is not None:
                self.tally.count_tools(task.tools)
                yield from place_of(task, len(history), 0).lines([line])
                if table is not None:
                    rule = self._frames_rule(task, history)
                    yield from self._frames_left(rule, table, rule.counts(table))
            else:
                yield from self._in_parts(task, history, table)

    def _left_over(self) -> Iterator[SetAside]:
        """Stage history and frames without a task: it was not read, or set aside while it was decoded."""
        for task_id, entries in self._history.rest():
            history = self._taken(entries)
            if (reason := self._withdrawn.tasks.get(task_id)) is not None:
                yield from belongings(_places(history), None, reason)
            else:
                self.tally.count(STAGE_HISTORY.orphans, len(history))
        for task_id, table in self._frames.rest():
            if (reason := self._withdrawn.tasks.get(task_id)) is not None:
                yield from belongings((), table, reason)
            else:
                self.tally.count(FRAMES.orphans, table.records)

    def _taken(self, history: StageHistory) -> StageHistory:
        self.tally.count(STAGE_HISTORY.duplicates, history.duplicates)
        return history

    def _line(self, task: TaskCopy, history: StageHistory) -> bytes | None:
        """The record of what is no video, if it may be one line: then its rows are not looked at."""
        if task.frames is not None or (self._options.splits and history.held is None):
            return None
        # ``stageHistory`` ends the task, and ``part`` the record.
        entries = b""
        if self._options.with_history:
            held = sorted(history, key=in_order) if history.held is None else history.held
            entries = b',"stageHistory":[' + b",".join(entry.rendered for entry in held) + b"]"
        line = b"".join((task.rendered, entries, b"}", _WHOLE, b"}"))
        return line if self._options.fits(line) else None

    def _in_parts(self, task: TaskCopy, history: StageHistory, table: TaskFrames | None) -> Iterator[Made]:
        """The record of a video, or of what is too long for one line. What takes itself out does not take the task."""
        sound = SoundHistory(task, history, self._options)
        for entry, error in sound.faults():
            if table is not None:
                key = SetAsideKey(STAGE_HISTORY.name, entry.task_id, entry.own_id, error.reason)
                self._withdrawn.add([key])
            yield SetAside.for_error(STAGE_HISTORY.name, entry.source, error)
        try:
            rule = self._frames_rule(task, sound.entries())
            finished, counts = yield from self._finished(task, sound, rule, table)
        except InvalidRecordError as error:
            yield SetAside.for_error(TASKS.name, task.source, error)
            places = ((STAGE_HISTORY.name, place) for place in sound.places())
            yield from belongings(places, table, error.reason)
            return
        self.tally.count_tools(finished.tools)
        self.tally.count(Count.SUPERSEDED_ROWS, finished.superseded)
        yield from finished.written(place_of(task, len(sound.entries()), counts[FRAMES.exported]))
        yield from self._frames_left(rule, table, counts)

    def _finished(
        self, task: TaskCopy, sound: SoundHistory, rule: FramesRule, table: TaskFrames | None
    ) -> Generator[SetAside, None, tuple[Finished, dict[str, int]]]:
        """The record, and how many frames records there are of each fate.

        Raises:
            InvalidRecordError: ``line_too_long``.
        """
        counts = rule.counts(table)
        try:
            return record_of(task, sound, table, counts[FRAMES.exported], self._options), counts
        except InvalidRecordError:
            left_out = 0
            for entry, error in oversized_frames(table, sound.skeleton, task.frames or 0, self._options):
                left_out += 1
                yield SetAside.for_error(FRAMES.name, entry.source, error)
            if not left_out:
                raise
        counts = rule.counts(table)
        return record_of(task, sound, table, counts[FRAMES.exported], self._options), counts

    def _frames_left(
        self, rule: FramesRule, table: TaskFrames | None, counts: Mapping[str, int]
    ) -> Iterator[SetAside]:
        """The frames records of a record that is written which are not in it."""
        self.tally.count(FRAMES.not_selected, counts.get(FRAMES.not_selected, 0))
        self.tally.count(FRAMES.orphans, counts.get(FRAMES.orphans, 0))
        if counts.get(FRAMES.dead_letters):
            yield from rule.refused(table)

    def _frames_rule(self, task: TaskCopy, history: StageHistory | Sequence[StageEntry]) -> FramesRule:
        ids = frozenset(entry.own_id for entry in history)
        withdrawn = {
            own_id: reason
            for own_id, reason in self._withdrawn.history_of(task.task_id).items()
            if own_id not in ids
        }
        return FramesRule(task.frames, ids, withdrawn, self._options.with_history)


def _places(history: StageHistory) -> Iterator[tuple[str, tuple[int, int]]]:
    return ((STAGE_HISTORY.name, entry.source) for entry in history)


_WHOLE = part_key(0, 1, None, None)
