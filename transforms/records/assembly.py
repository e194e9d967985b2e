"""Tasks and their stage history, put together into the records of an export."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec
import orjson

from transforms.counts import Count
from transforms.records.buckets import bucket_of
from transforms.records.dead_letter import DeadLetter
from transforms.records.stage_entry import StageEntry
from transforms.records.tally import Tally
from transforms.records.task import TaskCopy


class RecordLine(msgspec.Struct, array_like=True, gc=False):
    """One line of a shard, on its way to it.

    Attributes:
        bucket: what its shard is cut by.
        asset_key, task_id: what it is sorted by.
        line: the record, without line end.
        stage_entries: number of stage-history entries in it, for the accounting.
    """

    bucket: int
    asset_key: str
    task_id: str
    line: bytes
    stage_entries: int


class Assembly:
    """The records of some tasks, all of whose copies and stage history are here.

    Args:
        with_history: whether records hold ``stageHistory``, be it empty.
        max_line_bytes: a longer record is set aside.

    Attributes:
        tally: what became of every copy and entry; complete once ``lines`` has ended.
        dead_letters: records that are too long; likewise.
    """

    def __init__(self, *, with_history: bool, max_line_bytes: int) -> None:
        self._with_history = with_history
        self._max_line_bytes = max_line_bytes
        self._tasks: dict[str, TaskCopy] = {}
        self._history: dict[str, list[StageEntry]] = {}
        self.tally = Tally()
        self.dead_letters: list[DeadLetter] = []

    def add_tasks(self, copies: Iterable[TaskCopy]) -> None:
        """Keep the copy of each task that stands for it."""
        for copy in copies:
            kept = self._tasks.setdefault(copy.task_id, copy)
            if kept is not copy:
                self.tally.count(Count.DUPLICATE_TASKS)
                self._tasks[copy.task_id] = max(kept, copy, key=lambda candidate: candidate.rank)

    def add_history(self, entries: Iterable[StageEntry]) -> None:
        for entry in entries:
            self._history.setdefault(entry.task_id, []).append(entry)

    def lines(self) -> Iterator[RecordLine]:
        """The records of the selected tasks, in no particular order."""
        for task in self._tasks.values():
            history = self._kept(self._history.pop(task.task_id, []))
            if not task.selected:
                self.tally.count(Count.TASKS_NOT_SELECTED)
                self.tally.count(Count.STAGE_HISTORY_NOT_SELECTED, len(history))
                continue
            line = self._line(task, history)
            if len(line) > self._max_line_bytes:
                self._set_aside(task, line, len(history))
                continue
            self._count_annotations(task)
            yield RecordLine(bucket_of(task.asset_key), task.asset_key, task.task_id, line, len(history))
        orphans = sum(len(self._kept(entries)) for entries in self._history.values())
        self.tally.count(Count.ORPHAN_STAGE_HISTORY, orphans)

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
        self.tally.count(Count.DUPLICATE_STAGE_HISTORY, len(entries) - len(kept))
        return kept

    def _line(self, task: TaskCopy, history: list[StageEntry]) -> bytes:
        """The record as bytes, with what comes last in the task and in the record."""
        entries = b""
        if self._with_history:
            entries = b',"stageHistory":[' + b",".join(entry.rendered for entry in history) + b"]"
        part = _WHOLE if task.last_page is None else _part(task.last_page)
        return b"".join((task.rendered, entries, b"}", part, b"}"))

    def _set_aside(self, task: TaskCopy, line: bytes, stage_entries: int) -> None:
        reason = "line_too_long"
        detail = (
            f"the record has {len(line)} bytes, output.max_line_bytes is {self._max_line_bytes}; "
            "raise it, or export without stage history"
        )
        self.dead_letters.append(DeadLetter("tasks", task.source, reason, detail, line))
        self.tally.count(Count.DEAD_LETTER_TASKS)
        self.tally.count(Count.DEAD_LETTER_STAGE_HISTORY, stage_entries)
        self.tally.reasons[reason] = self.tally.reasons.get(reason, 0) + 1

    def _count_annotations(self, task: TaskCopy) -> None:
        tools = task.tools
        if not tools.titles:
            return
        for title, number in tools.titles.items():
            self.tally.titles[title] = self.tally.titles.get(title, 0) + number
            self.tally.count(Count.ANNOTATIONS, number)
        if task.last_page is not None:
            self.tally.count(Count.KEY_FRAME_ROWS, tools.key_rows)
            self.tally.count(Count.INTERPOLATED_ROWS, tools.computed_rows)


# Where an entry stands in stageHistory; the bytes only so that the order is always the same.
_order = attrgetter("completed_at", "own_id", "rendered")


def _part(last_page: int | None) -> bytes:
    first_page = None if last_page is None else 0
    part = {"index": 0, "count": 1, "firstPage": first_page, "lastPage": last_page}
    return b',"part":' + orjson.dumps(part)


_WHOLE = _part(None)
