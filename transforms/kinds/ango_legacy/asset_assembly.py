"""Assembly of assets, with all their selected tasks, into the records of a legacy export."""

from collections.abc import Iterator, Mapping, Sequence

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango.frames_table import AssetFrames, FramesTable, TaskFrames, refusal
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.parts.answer_rows import Rows, rows_of_answer
from framehaul.transforms.parts.finished import Finished, RecordOptions, still_parts, video_parts
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.tables import FRAMES, TASKS

Tables = Mapping[str, TaskFrames]
Tasks = Sequence[LegacyTask]
Refused = list[tuple[FramesEntry, InvalidRecordError]]

_WHOLE = part_key(0, 1, None, None)


class AssetAssembly:
    """The records of some assets, all of whose selected tasks and these tasks' frames are here.

    A record is one asset, so a worker holds the tasks of one asset, as they came. The expanded rows of a long
    video are not held, but written range by range, as those of v3 are.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
        dead_letters: records that cannot be written; complete likewise.
    """

    def __init__(self, options: RecordOptions) -> None:
        self._options = options
        self._assets: dict[tuple[str, str], list[LegacyTask]] = {}
        self._frames = FramesTable()
        self.tally = Tally()
        self.dead_letters: list[DeadLetter] = []

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read again when they are needed."""
        if table == TASKS.name:
            for tasks in read_blocks(blocks, LegacyTask):
                for task in tasks:
                    self._assets.setdefault(_asset_of(task), []).append(task)
        else:
            for block in blocks:
                self._frames.add(block)

    def records(self) -> Iterator[RecordLine | LongRecord]:
        """One record for each asset, in no particular order."""
        for tasks in self._assets.values():
            tasks.sort(key=lambda task: task.task_id)
            # The newest task speaks for the asset; of a video, the newest of those with the greatest frameTotal.
            head = max(tasks, key=lambda task: (task.frames or 0, task.rank))
            found = {task.task_id: self._frames.take(task.task_id) for task in tasks}
            tables = {task_id: table for task_id, table in found.items() if table is not None}
            if head.frames is None:
                self._count_frames(_sorted_out(tables, None)[1])
                yield from self._still(head, tasks)
            else:
                yield from self._video(head, head.frames, tasks, tables)

    def _still(self, head: LegacyTask, tasks: Tasks) -> Iterator[RecordLine | LongRecord]:
        """The record of an asset that is no video. If it may be one line, its rows are not looked at."""
        line = b"".join((head.asset_text, b",".join(task.task_text for task in tasks), b"]", _WHOLE, b"}"))
        place = _place(head, tasks)
        try:
            finished = self._fitting(line) or self._cut(place, head, tasks)
        except InvalidRecordError as error:
            self._set_aside(tasks, error, {})
            return
        for task in tasks:
            self.tally.count_tools(task.tools)
        yield from finished.written(place)

    def _fitting(self, line: bytes) -> Finished | None:
        return Finished([line], None, ToolCounts({})) if self._options.fits(line) else None

    def _cut(self, place: RecordPlace, head: LegacyTask, tasks: Tasks) -> Finished:
        apart = [task.contents() for task in tasks]
        skeleton = _skeleton(head, [pieces for pieces, _ in apart])
        lists = [content for _, contents in apart for content in contents]
        return still_parts(place, skeleton, lists, ToolCounts({}), self._options)

    def _video(
        self, head: LegacyTask, frames: int, tasks: Tasks, tables: Tables
    ) -> Iterator[RecordLine | LongRecord]:
        sound, pieces, lists = self._readable(frames, tasks, tables)
        ours = {task.task_id: tables[task.task_id] for task in sound if task.task_id in tables}
        exported, refused = _sorted_out(ours, frames)
        place = _place(head, sound, exported)
        owners = {task.task_id: number for number, task in enumerate(sound)}
        table = AssetFrames(ours) if ours else None
        try:
            finished = video_parts(
                place, _skeleton(head, pieces), lists, frames, owners, table, self._options
            )
        except InvalidRecordError as error:
            self._set_aside(sound, error, ours)
        else:
            self._count_frames(refused)
            yield from self._finished(finished, place)

    def _readable(
        self, frames: int, tasks: Tasks, tables: Tables
    ) -> tuple[list[LegacyTask], list[list[bytes]], list[Rows]]:
        """The tasks whose rows are sound: a task without ``frameTotal`` may have rows beyond the end of the video."""
        sound: list[LegacyTask] = []
        pieces: list[list[bytes]] = []
        lists: list[Rows] = []
        for task in tasks:
            around, contents = task.contents()
            try:
                lists += rows_of_answer(contents, frames)
            except InvalidRecordError as error:
                self._set_aside([task], error, tables)
            else:
                sound.append(task)
                pieces.append(around)
        return sound, pieces, lists

    def _finished(self, finished: Finished, place: RecordPlace) -> Iterator[RecordLine | LongRecord]:
        self.tally.count_tools(finished.tools)
        self.tally.count(Count.SUPERSEDED_ROWS, finished.superseded)
        yield from finished.written(place)

    def _count_frames(self, refused: Refused) -> None:
        for entry, error in refused:
            self.tally.count(FRAMES.dead_letters)
            self._add_letter("frames", entry.source, error, entry.as_record())

    def _set_aside(self, tasks: Tasks, error: InvalidRecordError, tables: Tables) -> None:
        """Set tasks aside, and their frames with them."""
        for task in tasks:
            self._add_letter("tasks", task.source, error, task.rendered)
            self.tally.count(TASKS.dead_letters)
            if task.task_id in tables:
                self.tally.count(FRAMES.dead_letters, tables[task.task_id].records)

    def _add_letter(
        self, table: str, source: tuple[int, int], error: InvalidRecordError, record: bytes
    ) -> None:
        self.dead_letters.append(DeadLetter(table, source, error.reason, error.detail, record))
        self.tally.reasons[error.reason] = self.tally.reasons.get(error.reason, 0) + 1


def _asset_of(task: LegacyTask) -> tuple[str, str]:
    """A task without an asset id is an asset by itself, even if another asset has the task's id."""
    return (task.asset_id, "" if task.asset_id else task.task_id)


def _place(head: LegacyTask, tasks: Tasks, frames_records: int = 0) -> RecordPlace:
    return RecordPlace(head.asset_key, tasks[0].task_id, (len(tasks), frames_records))


def _sorted_out(tables: Tables, frames: int | None) -> tuple[int, Refused]:
    """The number of frames records that are exported, and those that cannot be."""
    exported, refused = 0, []
    for table in tables.values():
        for chunk in table.chunks():
            for entry in table.entries(chunk):
                error = refusal(entry, frames)
                if error is None:
                    exported += 1
                else:
                    refused.append((entry, error))
    return exported, refused


def _skeleton(head: LegacyTask, pieces_of_tasks: Sequence[Sequence[bytes]]) -> Skeleton:
    """The record without its rows: the keys of the asset and of its tasks, which every part repeats."""
    pieces = [head.asset_text]
    for number, inner in enumerate(pieces_of_tasks):
        pieces[-1] += (b"," if number else b"") + inner[0]
        pieces += inner[1:]
    pieces[-1] += b"]"
    return Skeleton(pieces)
