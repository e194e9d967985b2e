"""The export as the contract states it, in memory, plain and slow: the judge of the real one.

It shares no code with ``pipelines`` and ``transforms``, so that a mistake in
one of the two shows as a difference. It covers contract sections 1 to 3 for
``generation: v3``, ``type: task``. Left out: the frames and issues tables, the
expansion of video rows (they pass through unchanged), splitting into parts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import reference_checks as names
from reference_reading import Source, TableRead, first_present, instant, instant_or_none, read_table
from reference_rendering import is_video, part_of, stage_history_entry, task_record, tools_of
from reference_selection import is_selected

Json = dict[str, Any]

DEFAULT_FIELDS = {"annotation_metadata": True, "stage_history": True, "idle_blur_durations": False}
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass
class ReferenceExport:
    """What an export must hold.

    Attributes:
        records: sorted by assetId (taskId where there is none), then taskId;
            keys in the contract's order.
        counts: every key of ``manifest.counts``.
        annotations_by_title: tools of the exported answers; "" = without a title.
        dead_letters: (table, (file name, line from 1), reason), in reading order.
    """

    records: list[Json]
    counts: dict[str, int]
    annotations_by_title: dict[str, int]
    dead_letters: list[tuple[str, Source, str]]


@dataclass
class TaskCopy:
    """One valid record of the tasks table; several may have one taskId."""

    task_id: str
    source: Json
    record: Json
    selected: bool

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

    @property
    def rank(self) -> tuple[datetime, bytes]:
        return self.completed_at, orjson.dumps(self.entry)

    @property
    def position(self) -> tuple[datetime, str, bytes]:
        return self.completed_at, self.history_id or "", orjson.dumps(self.entry)


def reference_export(tables: Mapping[str, Mapping[str, bytes]], export: Mapping[str, Any]) -> ReferenceExport:
    """What exporting ``tables`` must give.

    Args:
        tables: table name ("tasks", "stage_history") to file name to plain NDJSON.
        export: the ``export`` section of a config; what is missing has the contract's default.
    """
    fields = {**DEFAULT_FIELDS, **export.get("fields", {})}
    task_table = read_table(tables["tasks"], names.check_task)
    history_files = tables.get("stage_history", {}) if fields["stage_history"] else {}
    history_table = read_table(history_files, names.check_stage_history)

    copies = [_task_copy(task, export, fields) for task in task_table.records]
    winners = _winners(copies)
    exported = {task_id: copy for task_id, copy in winners.items() if copy.selected}
    history = [_history_record(entry, fields) for entry in history_table.records]
    unique_history = _without_duplicates(history)

    records = [_whole_record(copy, unique_history, fields) for copy in exported.values()]
    dead_letters = [("tasks", *letter) for letter in task_table.dead_letters]
    dead_letters += [("stage_history", *letter) for letter in history_table.dead_letters]
    return ReferenceExport(
        records=sorted(records, key=_sort_key),
        counts={
            **_task_counts(task_table, winners, exported),
            **_history_counts(history_table, unique_history, winners, exported),
            **dict.fromkeys(FRAME_COUNTS, 0),
            **_content_counts(records, exported.values()),
        },
        annotations_by_title=_annotations_by_title(records),
        dead_letters=dead_letters,
    )


FRAME_COUNTS = ("framesRead", "framesExported", "framesNotSelected", "orphanFrames", "deadLetterFrames")


def _task_copy(task: Json, export: Mapping[str, Any], fields: Mapping[str, bool]) -> TaskCopy:
    task_id = first_present(task, names.TASK_ID)
    return TaskCopy(task_id, task, task_record(task, fields), is_selected(task, export))


def _history_record(entry: Json, fields: Mapping[str, bool]) -> HistoryRecord:
    return HistoryRecord(
        task_id=first_present(entry, names.HISTORY_TASK_ID),
        history_id=entry.get("_id"),
        completed_at=instant(entry["completedAt"]),
        entry=stage_history_entry(entry, fields),
    )


def _winners(copies: Iterable[TaskCopy]) -> dict[str, TaskCopy]:
    by_task = defaultdict(list)
    for copy in copies:
        by_task[copy.task_id].append(copy)
    return {task_id: max(rivals, key=lambda copy: copy.rank) for task_id, rivals in by_task.items()}


def _without_duplicates(history: Iterable[HistoryRecord]) -> list[HistoryRecord]:
    """Of the records of one task with one ``_id``, only the winner; all that have no ``_id``."""
    unique = []
    by_id = defaultdict(list)
    for record in history:
        if record.history_id is None:
            unique.append(record)
        else:
            by_id[record.task_id, record.history_id].append(record)
    return unique + [max(rivals, key=lambda record: record.rank) for rivals in by_id.values()]


def _whole_record(copy: TaskCopy, history: Iterable[HistoryRecord], fields: Mapping[str, bool]) -> Json:
    task = dict(copy.record["task"])
    if fields["stage_history"]:
        own = [record for record in history if record.task_id == copy.task_id]
        own.sort(key=lambda record: record.position)
        task["stageHistory"] = [record.entry for record in own]
    return {**copy.record, "task": task, "part": part_of(copy.source)}


def _sort_key(record: Json) -> tuple[str, str]:
    return _asset_key(record), record["task"]["taskId"]


def _asset_key(record: Json) -> str:
    asset_id: str | None = record["assetId"]
    return record["task"]["taskId"] if asset_id is None else asset_id


def _task_counts(
    table: TableRead, winners: Mapping[str, TaskCopy], exported: Mapping[str, TaskCopy]
) -> dict[str, int]:
    return {
        "tasksRead": table.read,
        "tasksExported": len(exported),
        "tasksNotSelected": len(winners) - len(exported),
        "duplicateTasks": len(table.records) - len(winners),
        "deadLetterTasks": len(table.dead_letters),
    }


def _history_counts(
    table: TableRead,
    unique: Iterable[HistoryRecord],
    winners: Mapping[str, TaskCopy],
    exported: Mapping[str, TaskCopy],
) -> dict[str, int]:
    task_ids = [record.task_id for record in unique]
    return {
        "stageHistoryRead": table.read,
        "stageHistoryExported": sum(task_id in exported for task_id in task_ids),
        "stageHistoryNotSelected": sum(
            task_id in winners and task_id not in exported for task_id in task_ids
        ),
        "orphanStageHistory": sum(task_id not in winners for task_id in task_ids),
        "duplicateStageHistory": len(table.records) - len(task_ids),
        "deadLetterStageHistory": len(table.dead_letters),
    }


def _content_counts(records: list[Json], exported: Iterable[TaskCopy]) -> dict[str, int]:
    rows = [row for copy in exported if is_video(copy.source) for row in tools_of(copy.source)]
    computed = sum(row.get("keyFrame") is False or row.get("interpolated") is True for row in rows)
    return {
        "records": len(records),
        "assets": len({_asset_key(record) for record in records}),
        "annotations": sum(len(record["task"]["tools"]) for record in records),
        "keyFrameRows": len(rows) - computed,
        "interpolatedRows": computed,
        "supersededRows": 0,
    }


def _annotations_by_title(records: Iterable[Json]) -> dict[str, int]:
    titles = Counter(row.get("title") or "" for record in records for row in record["task"]["tools"])
    return dict(titles)
