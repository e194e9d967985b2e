"""What the reference counts: every key of ``manifest.counts`` (transforms/README.md, "Counts").

Part of the independent judge (see ``reference.export``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from reference.joining import Joining
from reference.reading import TableRead
from reference.records import FramesRecord, HistoryRecord, TaskCopy

Json = dict[str, Any]


def record_counts(
    read: Mapping[str, TableRead],
    standing: Mapping[str, TaskCopy],
    history: list[HistoryRecord],
    frames: list[FramesRecord],
    joined: Iterable[Joining],
) -> dict[str, int]:
    """What became of every record that was read.

    Args:
        read: by table.
        standing: the copy of each task that stands for it, selected or not.
        history: without duplicates.
    """
    inside = sum((each.counts for each in joined), Counter[str]())
    selected = sum(copy.selected for copy in standing.values())
    return {
        "tasksRead": read["tasks"].read,
        "tasksExported": selected,
        "tasksNotSelected": len(standing) - selected,
        "duplicateTasks": len(read["tasks"].records) - len(standing),
        "deadLetterTasks": len(read["tasks"].dead_letters),
        "stageHistoryRead": read["stage_history"].read,
        "stageHistoryExported": inside["stageHistoryExported"],
        "stageHistoryNotSelected": _not_selected(history, standing),
        "orphanStageHistory": _orphans(history, standing),
        "duplicateStageHistory": len(read["stage_history"].records) - len(history),
        "deadLetterStageHistory": len(read["stage_history"].dead_letters) + inside["deadLetterStageHistory"],
        "framesRead": read["frames"].read,
        "framesExported": inside["framesExported"],
        "framesNotSelected": _not_selected(frames, standing) + inside["framesNotSelected"],
        "orphanFrames": _orphans(frames, standing) + inside["orphanFrames"],
        "deadLetterFrames": len(read["frames"].dead_letters) + inside["deadLetterFrames"],
    }


Belonging = Iterable[HistoryRecord] | Iterable[FramesRecord]


def _not_selected(records: Belonging, standing: Mapping[str, TaskCopy]) -> int:
    return sum(record.task_id in standing and not standing[record.task_id].selected for record in records)


def _orphans(records: Belonging, standing: Mapping[str, TaskCopy]) -> int:
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
