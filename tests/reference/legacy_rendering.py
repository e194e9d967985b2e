"""How the reference writes an asset, a task and an annotation of the legacy generation.

Part of the independent judge (see ``reference.legacy_export``).
"""

import contextlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from reference import checks
from reference.reading import SetAsideError, first_present, instant, instant_or_none, written_time
from reference.rendering import annotation_lists, batches_of, metadata_of

Json = dict[str, Any]

DEFAULT_TOGGLES: Json = {
    **dict.fromkeys(
        (
            *("labeled_at", "reviewed_at", "status", "label_duration", "consensus", "batch_name"),
            *("completion_info", "duration", "skip_info", "review", "task_status", "update_info"),
            *("benchmark", "issues", "mask_urls"),
        ),
        True,
    ),
    "segmentation_points": False,
    "box_image_content": False,
    "mask_host": None,
}


def check_legacy_task(task: Json) -> None:
    """Raises ``SetAsideError``; each of the records that are made for this has one fault at most."""
    checks.check_task(task)
    review = task.get("review")
    for key, fits in LEGACY_SHAPES.items():
        if task.get(key) is not None and not fits(task[key]):
            raise SetAsideError("wrong_type")
    for key, fits in REVIEW_SHAPES.items():
        if review is not None and review.get(key) is not None and not fits(review[key]):
            raise SetAsideError("wrong_type")
    issues = task.get("issues") or []
    times = [task.get(key) for key in ("labeledAt", "reviewedAt", "completedAt")]
    times += [(review or {}).get("completedAt"), *(issue.get("updatedAt") for issue in issues)]
    for time in times:
        instant_or_none(time)


def legacy_asset(task: Json, toggles: Mapping[str, Any]) -> Json:
    """What the record of an asset says before its tasks."""
    wanted = {
        "labeledAt": ("labeled_at", _time(task, "labeledAt")),
        "reviewedAt": ("reviewed_at", _time(task, "reviewedAt")),
        "status": ("status", task.get("status")),
        "labelDuration(ms)": (
            "label_duration",
            first_present(task, ("labelDuration(ms)", "labelDuration")),
        ),
        "consensus": ("consensus", _or_empty(first_present(task, ("consensus", "consensusAverage")))),
        "batches": ("batch_name", batches_of(task)),
    }
    return {
        "asset": task.get("asset"),
        "assetId": task.get("assetId"),
        "externalId": task.get("externalId"),
        **_only_present(task, "dataset", "contextData", "attachments"),
        "metadata": metadata_of(task),
        **{key: value for key, (toggle, value) in wanted.items() if toggles[toggle]},
    }


def legacy_task(task: Json, fields: Mapping[str, Any], toggles: Mapping[str, Any]) -> Json:
    """One of the tasks of an asset."""
    task_id = first_present(task, checks.TASK_ID)
    lists = annotation_lists(task, fields)
    benchmark = task.get("isBenchmark")
    if benchmark is None and task.get("type") is not None:
        benchmark = task["type"] == "benchmark"
    wanted = {
        "completedBy": ("completion_info", task.get("completedBy")),
        "completedAt": ("completion_info", _time(task, "completedAt")),
        "duration(ms)": ("duration", first_present(task, ("duration(ms)", "totalDuration", "duration"))),
        "isSkipped": ("skip_info", task.get("isSkipped")),
        "review": ("review", _review(task.get("review") or {})),
        "status": ("task_status", task.get("status")),
        "updatedBy": ("update_info", task.get("updatedBy")),
        "updatedAt": ("update_info", _time(task, "updatedAt")),
        "isBenchmark": ("benchmark", benchmark),
        "benchmark": ("benchmark", _score(task.get("benchmark"))),
        "issues": ("issues", [_issue(issue) for issue in task.get("issues") or []]),
    }
    return {
        **{key: value for key, (toggle, value) in wanted.items() if toggles[toggle]},
        "taskId": task_id,
        **legacy_lists({"objects": lists["tools"], **lists}, task_id, toggles),
        **_only_present(task, "brushDataUrl", "medicalBrushDataUrl"),
    }


def legacy_lists(lists: Json, task_id: str, toggles: Mapping[str, Any], *, of_frame: bool = False) -> Json:
    """The three lists of an answer.

    Args:
        of_frame: a page is told for all rows together.
    """
    return {
        "objects": [_object(row, task_id, toggles) for row in lists["objects"]],
        "classifications": [_classification(row, of_frame) for row in lists["classifications"]],
        "relations": [_dated(row) for row in lists["relations"]],
    }


def _object(row: Any, task_id: str, toggles: Mapping[str, Any]) -> Any:
    if not isinstance(row, dict):
        return row
    made = _dated(row)
    if not toggles["segmentation_points"] and "segmentation" in made:
        del made["segmentation"]
    if not toggles["mask_urls"] and "masks" in made:
        del made["masks"]
    has_mask = "segmentation" in row or "brush" in row
    if toggles["mask_urls"] and toggles["mask_host"] and has_mask and row.get("masks") is None:
        annotation = row["objectId"] if isinstance(row.get("objectId"), str) else ""
        made["masks"] = [
            f"{toggles['mask_host']}/v2/mask?annotation={quote(annotation, safe='')}&task={quote(task_id, safe='')}"
        ]
    content = made["pdf"].get("content") if isinstance(made.get("pdf"), dict) else None
    if isinstance(content, dict) and not toggles["box_image_content"]:
        kept = {key: value for key, value in content.items() if key != "image"}
        made["pdf"] = {**made["pdf"], "content": kept}
    if isinstance(made.get("classifications"), list):
        made["classifications"] = [_classification(nested, False) for nested in made["classifications"]]
    return made


def _classification(row: Any, of_frame: bool) -> Any:
    if not isinstance(row, dict):
        return row
    made = _dated(row)
    if not of_frame and row.get("page") is None and "objectId" in made:
        del made["objectId"]
    if isinstance(made.get("classifications"), list):
        made["classifications"] = [_classification(nested, False) for nested in made["classifications"]]
    return made


def _dated(row: Any) -> Any:
    """With ISO times in its metadata."""
    if not isinstance(row, dict):
        return row
    if not isinstance(row.get("metadata"), dict):
        return dict(row)
    metadata = dict(row["metadata"])
    for key in ("createdAt", "updatedAt"):
        if isinstance(metadata.get(key), int | float) and not isinstance(metadata[key], bool):
            with contextlib.suppress(SetAsideError):
                metadata[key] = written_time(instant(metadata[key]))
    return {**row, "metadata": metadata}


def _review(review: Json) -> Json:
    return {
        "status": review.get("status"),
        "completedBy": review.get("completedBy") or [],
        "completedAt": _time(review, "completedAt"),
        "duration(ms)": first_present(review, ("duration(ms)", "duration")),
        "isSkipped": review.get("isSkipped"),
    }


def _issue(issue: Json) -> Json:
    person = issue.get("createdBy")
    if isinstance(person, dict):
        person = {"_id": person.get("_id"), "name": person.get("name")}
    return {
        "_id": issue.get("_id"),
        "status": issue.get("status"),
        "createdBy": person,
        "updatedAt": _time(issue, "updatedAt"),
    }


def _time(record: Json, key: str) -> str | None:
    return written_time(instant_or_none(record.get(key)))


def _score(value: Any) -> str:
    """A number becomes a text."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


def _only_present(record: Json, *keys: str) -> Json:
    return {key: record[key] for key in keys if record.get(key) is not None}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _time_shape(value: Any) -> bool:
    return _text(value) or _number(value)


def _people(value: Any) -> bool:
    return _text(value) or (isinstance(value, list) and all(map(_text, value)))


def _issue_shape(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("status"), str | None)


LEGACY_SHAPES = {
    **dict.fromkeys(("labeledAt", "reviewedAt", "completedAt"), _time_shape),
    "status": _text,
    **dict.fromkeys(("labelDuration", "labelDuration(ms)", "duration(ms)"), _number),
    "consensus": lambda value: _number(value) or value == "",
    "completedBy": _people,
    **dict.fromkeys(("isSkipped", "isBenchmark"), _flag),
    "review": lambda value: isinstance(value, dict),
    "benchmark": lambda value: _text(value) or _number(value),
    "issues": lambda value: isinstance(value, list) and all(map(_issue_shape, value)),
}
REVIEW_SHAPES = {
    "status": _text,
    "completedBy": _people,
    "completedAt": _time_shape,
    **dict.fromkeys(("duration", "duration(ms)"), _number),
    "isSkipped": _flag,
}
