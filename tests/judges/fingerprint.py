"""What the records of an export amount to, in a few numbers that a judge can print.

Used on both sides: by the test on the lines of the shards, by every judge on
what its reader made of them. Standard library only, for it runs in both
environments.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


def fingerprint(records: Iterable[Json]) -> Json:
    """Counts and checksums of whole records, in an order that does not depend on the reader.

    Left out of the comparison: keys whose value is null, since a reader with
    columns has every key in every record, and digits after the sixth.
    """
    plain = sorted((_plain(record) for record in records), key=_place)
    tools = [tool for record in plain for tool in _rows(record)]
    return {
        "records": len(plain),
        "task ids": _checksum([_own_id(record) for record in plain]),
        "tools": len(tools),
        "titles": _checksum([tool.get("title") for tool in tools]),
        "whole": _checksum(plain),
    }


def index_fingerprint(records: Iterable[Json]) -> Json:
    """The same for the index that the Croissant record set is (see ``croissant_index``)."""
    plain = sorted((_plain(record) for record in records), key=_index_place)
    return {
        "records": len(plain),
        "task ids": _checksum([_index_place(record)[0] for record in plain]),
        "whole": _checksum(plain),
    }


def croissant_index(record: Json) -> Json:
    """What the Croissant record set says about a record."""
    part = _picked(record["part"], "index", "count", "firstPage", "lastPage") if "part" in record else {}
    if "tasks" in record:
        tasks = [_picked(task, *_LEGACY_TASK_KEYS) for task in record["tasks"]]
        return {**_picked(record, "asset", "assetId", "externalId"), **part, "tasks": tasks}
    if "comments" in record:
        comments = [_picked(said, "_id", "content", "createdAt", "updatedAt") for said in record["comments"]]
        own = {**_picked(record, *_ISSUE_KEYS), **_picked(record["asset"], "externalId")}
        return {**own, **part, "comments": comments}
    task = record["task"]
    row = ("objectId", "schemaId", "title", "page")
    frame_row = (*row, "interpolationStopped")
    return {
        **_picked(record, "asset", "assetId", "externalId", "batches"),
        **_picked(task, *_TASK_KEYS),
        **part,
        "tools": [_picked(tool, *frame_row) | _box(tool) for tool in task["tools"]],
        "classifications": [
            _picked(given, *frame_row, "tool") | _answer(given) for given in task["classifications"]
        ],
        "relations": [
            _picked(relation, *row, "direction", "from", "to", "group") for relation in task["relations"]
        ],
        "stageHistory": [_picked(entry, *_STAGE_KEYS) for entry in task["stageHistory"]],
    }


def _answer(given: Json) -> Json:
    """The answer, a text or a list: the one column that Croissant has for it holds true as a text."""
    answer = given.get("answer")
    return {"answer": str(answer) if isinstance(answer, bool) else answer}


_DURATIONS = ("totalDuration", "duration", "totalIdleDuration", "totalBlurDuration")
_BRUSHES = ("brushDataUrl", "medicalBrushDataUrl")
_TASK_KEYS = (
    "taskId",
    "type",
    "stage",
    "stageId",
    "updatedAt",
    "updatedBy",
    *_DURATIONS,
    "consensusAverage",
    *_BRUSHES,
)
_STAGE_DURATIONS = ("duration", "idleDuration", "blurDuration")
_STAGE_KEYS = ("stage", "stageId", *_STAGE_DURATIONS, "completedAt", "completedBy", "reviewStatus")


_LEGACY_TASK_KEYS = (
    "taskId",
    "status",
    "completedAt",
    "updatedBy",
    "updatedAt",
    "isSkipped",
    "isBenchmark",
)
_ISSUE_KEYS = (
    *("_id", "labelTask", "stage", "stageId", "createdAt", "status", "errorType", "content", "position"),
    *("resolvedAt", "updatedAt"),
)


def _picked(row: Json, *keys: str) -> Json:
    return {key: row.get(key) for key in keys}


def _box(tool: Json) -> Json:
    return _picked(tool.get("bounding-box", {}), "x", "y", "width", "height")


def _place(record: Json) -> tuple[str, int]:
    return _own_id(record), record["part"]["index"] if "part" in record else 0


def _index_place(record: Json) -> tuple[str, int]:
    own_id = next(record[name] for name in ("taskId", "_id", "assetId") if name in record)
    return own_id, record.get("index", 0)


def _own_id(record: Json) -> str:
    """Of a task, of an asset (legacy), of an issue."""
    if "task" in record:
        return str(record["task"]["taskId"])
    return str(record["_id"] if "_id" in record else record["assetId"])


def _rows(record: Json) -> list[Json]:
    """Tools, objects of all tasks, comments."""
    if "task" in record:
        return list(record["task"]["tools"])
    return [row for task in record.get("tasks", ()) for row in task["objects"]] + record.get("comments", [])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if not _is_null(inner)}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(float(value), 6) + 0.0  # so that -0.0 is 0.0
    return value


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))  # NaN: how pandas says null


def _checksum(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()[:16]
