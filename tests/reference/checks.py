"""Which records the reference accepts, once they are JSON objects.

Part of the independent judge (see ``reference.export``). The order of the
checks makes the reason well defined: missing_key, wrong_type, bad_time,
frame_total_out_of_range, bad_page. What only the task can tell of a record of
another table is checked when they are joined (see ``reference.joining``).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reference.reading import SetAsideError, first_present, instant, instant_or_none
from reference.video import check_row, checked_page

TASK_ID = ("taskId", "_id")
HISTORY_TASK_ID = ("taskId", "labelTask", "task")
HISTORY_STAGE = ("stage", "stageName")
PROJECT_ID = ("projectId", "project")
COMPLETED_BY = ("completedBy", "submittedBy")
TOOLS = ("tools", "objects")
MOST_FRAMES = 10_000_000

Shape = Callable[[Any], bool]


def check_task(task: dict[str, Any]) -> None:
    """Raises ``SetAsideError``."""
    _check_required(task, TASK_ID, ("stage",))
    _check_shapes(task, TASK_SHAPES)
    instant_or_none(task.get("updatedAt"))
    instant_or_none(task.get("createdAt"))
    frame_total = (task.get("metadata") or {}).get("frameTotal")
    if frame_total is not None and task.get("dataset") is None:
        _check_video(task, frame_total)


def _check_video(task: dict[str, Any], frame_total: Any) -> None:
    answer = task.get("answer") or {}
    rows = [*(first_present(answer, TOOLS) or []), *(answer.get("classifications") or [])]
    for row in rows:
        check_row(row)
    if not _number(frame_total) or frame_total != int(frame_total):
        raise SetAsideError("wrong_type")
    if not 1 <= frame_total <= MOST_FRAMES:
        raise SetAsideError("frame_total_out_of_range")
    for row in rows:
        if row.get("page") is not None:
            checked_page(row["page"], int(frame_total) - 1)


def check_stage_history(entry: dict[str, Any]) -> None:
    """Raises ``SetAsideError``."""
    _check_required(entry, HISTORY_TASK_ID, HISTORY_STAGE)
    if entry.get("completedAt") is None:
        raise SetAsideError("missing_key")
    _check_shapes(entry, HISTORY_SHAPES)
    instant(entry["completedAt"])


def check_frames(record: dict[str, Any]) -> None:
    """Raises ``SetAsideError``."""
    _check_required(record, HISTORY_TASK_ID, ("page",))
    _check_shapes(record, FRAMES_SHAPES)
    checked_page(record["page"])


def _check_required(record: Mapping[str, Any], *keys: Sequence[str]) -> None:
    """An empty id or stage names nothing, and so is as good as missing."""
    if any(first_present(record, names) in (None, "") for names in keys):
        raise SetAsideError("missing_key")


def _check_shapes(record: Mapping[str, Any], shapes: Mapping[str, Shape]) -> None:
    """Every known name that is not null is checked, also an alias that loses against the own name."""
    for key, fits in shapes.items():
        if record.get(key) is not None and not fits(record[key]):
            raise SetAsideError("wrong_type")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(member, str) for member in value)


def _texts_or_nulls(value: Any) -> bool:
    return isinstance(value, list) and _texts([member for member in value if member is not None])


def _answer(value: Any) -> bool:
    names = (*TOOLS, "classifications", "relations")
    return isinstance(value, dict) and all(
        isinstance(value[name], list) for name in names if value.get(name) is not None
    )


def _task_answer(value: Any) -> bool:
    return _answer(value) and all(_tool(row) for row in first_present(value, TOOLS) or [])


def _video_tools(value: Any) -> bool:
    return _video_rows(value) and all(_tool(row) for row in value)


def _video_rows(value: Any) -> bool:
    """Of a list; a row of it that is none sets its record aside with the same reason."""
    for row in value if isinstance(value, list) else ():
        check_row(row)
    return isinstance(value, list)


def _tool(row: Any) -> bool:
    flags = ("keyFrame", "interpolated")
    return (
        isinstance(row, dict)
        and isinstance(row.get("title"), str | None)
        and all(isinstance(row.get(flag), bool | None) for flag in flags)
    )


def _task_history(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and isinstance(value.get("_id"), str))


TASK_SHAPES: dict[str, Shape] = {
    **dict.fromkeys((*TASK_ID, *PROJECT_ID, "stage", "stageId", "type", "assetId", "asset"), _text),
    **dict.fromkeys(("externalId", "updatedBy", "brushDataUrl", "medicalBrushDataUrl"), _text),
    **dict.fromkeys(("totalDuration", "duration", "totalIdleDuration", "totalBlurDuration"), _number),
    "consensusAverage": _number,
    **dict.fromkeys(("metadata", "contextData"), _object),
    **dict.fromkeys(("attachments", "consensusDetailed"), _list),
    "dataset": _texts,
    "batches": _texts_or_nulls,
    "answer": _task_answer,
}

HISTORY_SHAPES: dict[str, Shape] = {
    **dict.fromkeys((*HISTORY_TASK_ID, "_id", *HISTORY_STAGE, "stageId", *COMPLETED_BY), _text),
    **dict.fromkeys(("reviewStatus", "brushDataUrl", "medicalBrushDataUrl"), _text),
    **dict.fromkeys(("duration", "idleDuration", "blurDuration"), _number),
    "taskHistory": _task_history,
    "answer": _answer,
}

FRAMES_SHAPES: dict[str, Shape] = {
    **dict.fromkeys((*HISTORY_TASK_ID, "historyId"), _text),
    **dict.fromkeys(TOOLS, _video_tools),
    "classifications": _video_rows,
}
