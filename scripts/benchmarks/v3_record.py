"""The record of an export, from decoded rows: what the Beam pipeline and the plain loop share.

It covers the keys that the sample tables hold; spellings of other dumps, which Framehaul also reads, are
left out, as is every check.
"""

from typing import Any

import orjson

Row = dict[str, Any]

_JSON_COLUMNS = frozenset(
    ["metadata", "contextData", "attachments", "consensusDetailed", "taskHistory", "answer"]
)


def row_of_columns(columns: Row) -> Row:
    """A row of Parquet as the row of NDJSON it was made from."""
    return {
        key: orjson.loads(value) if key in _JSON_COLUMNS else value
        for key, value in columns.items()
        if value is not None
    }


def task_record(task: Row, stage_history: list[Any]) -> Row:
    """One record; ``stage_history`` holds its entries in order, in any form that orjson takes."""
    return {
        "asset": task.get("asset"),
        "assetId": task.get("assetId"),
        "externalId": task.get("externalId"),
        **_present(task, "dataset", "contextData", "attachments"),
        "metadata": task.get("metadata") or {},
        "batches": [batch for batch in task.get("batches") or () if batch is not None],
        "task": {
            "taskId": task["taskId"],
            "type": task.get("type"),
            "stage": task["stage"],
            "stageId": task.get("stageId"),
            "updatedAt": task.get("updatedAt"),
            "updatedBy": task.get("updatedBy"),
            "totalDuration": task.get("totalDuration"),
            "duration": task.get("duration"),
            **_present(task, "consensusAverage", "consensusDetailed"),
            **_answer(task),
            **_present(task, "brushDataUrl", "medicalBrushDataUrl"),
            "stageHistory": stage_history,
        },
    }


def stage_entry(visit: Row) -> Row:
    """One member of ``task.stageHistory``."""
    entry = {
        "stage": visit["stage"],
        "stageId": visit.get("stageId"),
        "duration": visit.get("duration"),
        "completedAt": visit["completedAt"],
        **_present(visit, "completedBy", "reviewStatus"),
        **_answer(visit),
        **_present(visit, "brushDataUrl", "medicalBrushDataUrl"),
    }
    if "taskHistory" in visit:
        entry["taskHistory"] = {"_id": visit["taskHistory"]["_id"]}
    return entry


def _present(row: Row, *keys: str) -> Row:
    return {key: row[key] for key in keys if key in row}


def _answer(row: Row) -> Row:
    answer = row.get("answer") or {}
    return {
        "tools": answer.get("tools") or [],
        "classifications": answer.get("classifications") or [],
        "relations": answer.get("relations") or [],
    }
