"""Assembly of assets, with all their selected tasks, into the records of a legacy export."""

from collections.abc import Iterator, Mapping, Sequence

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.ango.frames_table import AssetFrames, FramesRule, FramesTable, TaskFrames
from framehaul.transforms.kinds.ango.oversized_frames import oversized_frames
from framehaul.transforms.kinds.ango.withdrawn import belongings
from framehaul.transforms.kinds.ango_legacy.legacy_skeleton import legacy_skeleton
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.kinds.ango_legacy.oversized_tasks import oversized_tasks
from framehaul.transforms.kinds.ango_legacy.sound_tasks import SoundTasks
from framehaul.transforms.parts.finished import Finished, RecordOptions, still_parts, video_parts
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.parts.skeleton import part_key
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.tables import FRAMES, TASKS

Tables = Mapping[str, TaskFrames]
Tasks = Sequence[LegacyTask]

_WHOLE = part_key(0, 1, None, None)


class AssetAssembly:
    """The records of some assets, all of whose selected tasks and these tasks' frames are here.

    A record is one asset, so a worker holds the tasks of one asset, as they came. The expanded rows of a long
    video are not held, but written range by range, as those of v3 are.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
    """

    def __init__(self, options: RecordOptions) -> None:
        self._options = options
        self._assets: dict[tuple[str, str], list[LegacyTask]] = {}
        self._frames = FramesTable()
        self.tally = Tally()

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read again when they are needed."""
        if table == TASKS.name:
            for tasks in read_blocks(blocks, LegacyTask):
                for task in tasks:
                    self._assets.setdefault(_asset_of(task), []).append(task)
        elif table == FRAMES.name:
            for block in blocks:
                self._frames.add(block)

    def records(self) -> Iterator[RecordLine | LongRecord | SetAside]:
        """One for each asset, and what cannot be exported, in no particular order."""
        for tasks in self._assets.values():
            tasks.sort(key=lambda task: task.task_id)
            found = {task.task_id: self._frames.take(task.task_id) for task in tasks}
            tables = {task_id: table for task_id, table in found.items() if table is not None}
            for made in self._asset(tasks, tables):
                if isinstance(made, SetAside):
                    self.tally.count_set_aside(made)
                yield made

    def _asset(self, tasks: Tasks, tables: Tables) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The record of some tasks. What cannot be in it takes itself out, not the rest of its asset."""
        # What is said of the asset is what its newest task says; of a video, the newest that knows its length.
        head = max(tasks, key=lambda task: (task.frames or 0, task.rank))
        sound = SoundTasks(head.frames, tasks)
        for task, own_error in sound.faults:
            yield from _set_aside(task, own_error, tables)
        if not sound.tasks:
            return
        try:
            yield from (
                self._still(head, sound.tasks, tables)
                if head.frames is None
                else self._video(head, head.frames, sound, tables)
            )
        except InvalidRecordError as error:
            yield from self._again(head, sound.tasks, tables, error)

    def _again(
        self, head: LegacyTask, tasks: Tasks, tables: Tables, error: InvalidRecordError
    ) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The record without what is too long by itself: tasks, or else frames records; none if it is all together."""
        oversized = list(oversized_tasks(tasks, self._options))
        if not oversized and (letters := list(self._oversized_frames(head, tasks, tables))):
            yield from letters
            yield from self._asset(tasks, tables)
            return
        oversized = oversized or [(task, error) for task in tasks]
        for task, own_error in oversized:
            yield from _set_aside(task, own_error, tables)
        left_out = {task.task_id for task, _ in oversized}
        if rest := [task for task in tasks if task.task_id not in left_out]:
            yield from self._asset(rest, tables)

    def _oversized_frames(self, head: LegacyTask, tasks: Tasks, tables: Tables) -> Iterator[SetAside]:
        skeleton = legacy_skeleton(head, [task.contents()[0] for task in tasks])
        for table in tables.values():
            for entry, error in oversized_frames(table, skeleton, head.frames or 0, self._options):
                yield SetAside.for_error(FRAMES.name, entry.source, error)

    def _still(
        self, head: LegacyTask, tasks: Tasks, tables: Tables
    ) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The record of an asset that is no video: nothing in it has to be looked at if it may be one line.

        Raises:
            InvalidRecordError: ``line_too_long``, before anything is made.
        """
        line = b"".join((head.asset_text, b",".join(task.task_text for task in tasks), b"]", _WHOLE, b"}"))
        place = _place(head, tasks)
        finished = self._fitting(line) or self._cut(place, head, tasks)
        for table in tables.values():
            yield from _rule(None).refused(table)
        for task in tasks:
            self.tally.count_tools(task.tools)
        yield from finished.written(place)

    def _fitting(self, line: bytes) -> Finished | None:
        return Finished([line], None, ToolCounts({})) if self._options.fits(line) else None

    def _cut(self, place: RecordPlace, head: LegacyTask, tasks: Tasks) -> Finished:
        apart = [task.contents() for task in tasks]
        skeleton = legacy_skeleton(head, [pieces for pieces, _ in apart])
        lists = [content for _, contents in apart for content in contents]
        return still_parts(place, skeleton, lists, ToolCounts({}), self._options)

    def _video(
        self, head: LegacyTask, frames: int, sound: SoundTasks, tables: Tables
    ) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The record of a video. Raises ``InvalidRecordError``: ``line_too_long``, before anything is made."""
        ours = {task.task_id: tables[task.task_id] for task in sound.tasks if task.task_id in tables}
        rule = _rule(frames)
        exported = sum(rule.counts(table)[FRAMES.exported] for table in ours.values())
        place = _place(head, sound.tasks, exported)
        owners = {task.task_id: number for number, task in enumerate(sound.tasks)}
        table = AssetFrames(ours) if ours else None
        skeleton = legacy_skeleton(head, sound.pieces)
        finished = video_parts(place, skeleton, sound.lists, frames, owners, table, self._options)
        for of_task in ours.values():
            yield from rule.refused(of_task)
        yield from self._finished(finished, place)

    def _finished(self, finished: Finished, place: RecordPlace) -> Iterator[RecordLine | LongRecord]:
        self.tally.count_tools(finished.tools)
        self.tally.count(Count.SUPERSEDED_ROWS, finished.superseded)
        yield from finished.written(place)


def _rule(frames: int | None) -> FramesRule:
    """Frames records are here only if they belong to the answer of a task."""
    return FramesRule(frames, frozenset(), {}, with_history=False)


def _set_aside(task: LegacyTask, error: InvalidRecordError, tables: Tables) -> Iterator[SetAside]:
    """A task, and its frames with it."""
    yield SetAside.for_error(TASKS.name, task.source, error)
    yield from belongings((), tables.get(task.task_id), error.reason)


def _asset_of(task: LegacyTask) -> tuple[str, str]:
    """A task without an asset id is an asset by itself, even if another asset has the task's id."""
    return (task.asset_id, "" if task.asset_id else task.task_id)


def _place(head: LegacyTask, tasks: Tasks, frames_records: int = 0) -> RecordPlace:
    return RecordPlace(head.asset_key, tasks[0].task_id, (len(tasks), frames_records))
