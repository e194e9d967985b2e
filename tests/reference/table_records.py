"""The records of the three tables as the reference joins them, and which of several copies stands for all.

Part of the independent judge (see ``reference.export``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from reference import checks as names
from reference.reading import Source, TableRead, first_present, instant, instant_or_none
from reference.rendering import annotation_lists, stage_history_entry, task_record
from reference.selection import is_selected

Json = dict[str, Any]

EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass
class TaskCopy:
    """One valid record of the tasks table; several may have one taskId."""

    task_id: str
    source: Json
    record: Json
    selected: bool
    place: Source

    @property
    def rank(self) -> tuple[bool, datetime, bytes, bool]:
        """The greatest wins: newest, then bytewise greater, then selected."""
        updated_at = instant_or_none(self.source.get("updatedAt"))
        return (
            updated_at is not None,
            updated_at or EARLIEST,
            orjson.dumps(self.record),
            self.selected,
        )


@dataclass
class HistoryRecord:
    """One valid record of the stage-history table."""

    task_id: str
    history_id: str | None
    completed_at: datetime
    entry: Json
    place: Source

    @property
    def rank(self) -> tuple[datetime, bytes]:
        return self.completed_at, orjson.dumps(self.entry)

    @property
    def position(self) -> tuple[datetime, str, bytes]:
        return self.completed_at, self.history_id or "", orjson.dumps(self.entry)


@dataclass
class FramesRecord:
    """One valid record of the frames table: rows of one page of one answer.

    Attributes:
        history_id: of the stage-history entry the rows belong to; None = the task's own answer.
    """

    task_id: str
    history_id: str | None
    page: int
    lists: Json
    place: Source


def task_copies(table: TableRead, export: Mapping[str, Any], fields: Mapping[str, bool]) -> list[TaskCopy]:
    return [
        TaskCopy(
            first_present(task, names.TASK_ID),
            task,
            task_record(task, fields),
            is_selected(task, export),
            place,
        )
        for task, place in zip(table.records, table.sources, strict=True)
    ]


def history_records(table: TableRead, fields: Mapping[str, bool]) -> list[HistoryRecord]:
    return [
        HistoryRecord(
            task_id=first_present(entry, names.HISTORY_TASK_ID),
            history_id=entry.get("_id") or None,
            completed_at=instant(entry["completedAt"]),
            entry=stage_history_entry(entry, fields),
            place=place,
        )
        for entry, place in zip(table.records, table.sources, strict=True)
    ]


def frames_records(table: TableRead, fields: Mapping[str, bool]) -> list[FramesRecord]:
    return [
        FramesRecord(
            task_id=first_present(record, names.HISTORY_TASK_ID),
            history_id=record.get("historyId") or None,
            page=int(record["page"]),
            lists=annotation_lists({"answer": record}, fields),
            place=place,
        )
        for record, place in zip(table.records, table.sources, strict=True)
    ]


def winners(copies: Iterable[TaskCopy]) -> dict[str, TaskCopy]:
    """By task, the copy that stands for it."""
    by_task = defaultdict(list)
    for copy in copies:
        by_task[copy.task_id].append(copy)
    return {task_id: max(rivals, key=lambda copy: copy.rank) for task_id, rivals in by_task.items()}


def without_duplicates(history: Iterable[HistoryRecord]) -> list[HistoryRecord]:
    """Of the records of one task with one ``_id``, only the winner; all that have no ``_id``."""
    unique = []
    by_id = defaultdict(list)
    for record in history:
        if record.history_id is None:
            unique.append(record)
        else:
            by_id[record.task_id, record.history_id].append(record)
    return unique + [max(rivals, key=lambda record: record.rank) for rivals in by_id.values()]
