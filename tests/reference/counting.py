"""What the reference counts: every key of ``manifest.counts`` (transforms/README.md, "Counts").

Part of the independent judge (see ``reference.export``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

from reference.joining import Joining
from reference.reading import TableRead
from reference.table_records import FramesRecord, HistoryRecord, TaskCopy

Json = dict[str, Any]


def record_counts(  # noqa: PLR0913, PLR0917 - all that was read, and what became of it
    read: Mapping[str, TableRead],
    standing: Mapping[str, TaskCopy],
    history: list[HistoryRecord],
    frames: list[FramesRecord],
    joined: Iterable[Joining],
    withdrawn: Set[str],
) -> dict[str, int]:
    """What became of every record that was read.

    Args:
        read: by table.
        standing: the copy of each task that stands for it, selected or not.
        history: without duplicates.
        withdrawn: ids of tasks of which every copy was set aside.
    """
    inside = sum((each.counts for each in joined), Counter[str]())
    selected = sum(copy.selected for copy in standing.values())
    with_tasks = {
        "stage_history": sum(record.task_id in withdrawn for record in history),
        "frames": sum(record.task_id in withdrawn for record in frames),
    }
    return {
        "tasksRead": read["tasks"].read,
        "tasksExported": inside["tasksExported"],
        "tasksNotSelected": len(standing) - selected,
        "duplicateTasks": len(read["tasks"].records) - len(standing),
        "deadLetterTasks": len(read["tasks"].dead_letters) + inside["deadLetterTasks"],
        "stageHistoryRead": read["stage_history"].read,
        "stageHistoryExported": inside["stageHistoryExported"],
        "stageHistoryNotSelected": _not_selected(history, standing),
        "orphanStageHistory": _alone(history, standing) - with_tasks["stage_history"],
        "duplicateStageHistory": len(read["stage_history"].records) - len(history),
        "deadLetterStageHistory": len(read["stage_history"].dead_letters)
        + inside["deadLetterStageHistory"]
        + with_tasks["stage_history"],
        "framesRead": read["frames"].read,
        "framesExported": inside["framesExported"],
        "framesNotSelected": _not_selected(frames, standing) + inside["framesNotSelected"],
        "orphanFrames": _alone(frames, standing) - with_tasks["frames"] + inside["orphanFrames"],
        "deadLetterFrames": len(read["frames"].dead_letters)
        + inside["deadLetterFrames"]
        + with_tasks["frames"],
    }


Belonging = Iterable[HistoryRecord] | Iterable[FramesRecord]


def _not_selected(records: Belonging, standing: Mapping[str, TaskCopy]) -> int:
    return sum(record.task_id in standing and not standing[record.task_id].selected for record in records)


def _alone(records: Belonging, standing: Mapping[str, TaskCopy]) -> int:
    return sum(record.task_id not in standing for record in records)


def row_counts(records: list[Json], joined: Iterable[Joining]) -> dict[str, int]:
    inside = sum((each.counts for each in joined), Counter[str]())
    return {
        "records": len(records),
        "assets": len({asset_key(record) for record in records}),
        "annotations": sum(len(record["task"]["tools"]) for record in records),
        **{name: inside[name] for name in ("keyFrameRows", "interpolatedRows", "supersededRows")},
    }


def annotations_by_title(records: Iterable[Json]) -> dict[str, int]:
    titles = Counter(row.get("title") or "" for record in records for row in record["task"]["tools"])
    return dict(titles)


def asset_key(record: Json) -> str:
    """What records are grouped by: the asset id, or the task id where there is none."""
    asset_id: str | None = record["assetId"]
    return record["task"]["taskId"] if asset_id is None else asset_id
