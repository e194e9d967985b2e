"""How the reference writes a task and a stage-history entry: transforms/README.md, "Record".

Part of the independent judge (see ``reference.export``). Both functions take a
checked source record and ``fields``, the toggles of the config.
"""

from collections.abc import Mapping
from typing import Any

from reference import checks as names
from reference.reading import first_present, instant, instant_or_none, written_time

Json = dict[str, Any]


def task_record(task: Json, fields: Mapping[str, bool]) -> Json:
    """One record without its ``stageHistory`` and ``part``, keys in their order."""
    idle_blur = ("totalIdleDuration", "totalBlurDuration") if fields["idle_blur_durations"] else ()
    return {
        "asset": task.get("asset"),
        "assetId": task.get("assetId"),
        "externalId": task.get("externalId"),
        **_only_present(task, "dataset", "contextData", "attachments"),
        "metadata": metadata_of(task),
        "batches": batches_of(task),
        "task": {
            "taskId": first_present(task, names.TASK_ID),
            "type": task.get("type"),
            "stage": task["stage"],
            "stageId": task.get("stageId"),
            "updatedAt": written_time(instant_or_none(task.get("updatedAt"))),
            "updatedBy": task.get("updatedBy"),
            "totalDuration": task.get("totalDuration"),
            "duration": task.get("duration"),
            **{key: task.get(key) for key in idle_blur},
            **_only_present(task, "consensusAverage", "consensusDetailed"),
            **annotation_lists(task, fields),
            **_only_present(task, "brushDataUrl", "medicalBrushDataUrl"),
        },
    }


def stage_history_entry(entry: Json, fields: Mapping[str, bool]) -> Json:
    """One member of ``task.stageHistory``, keys in their order."""
    idle_blur = ("idleDuration", "blurDuration") if fields["idle_blur_durations"] else ()
    completed_by = first_present(entry, names.COMPLETED_BY)
    return {
        "stage": first_present(entry, names.HISTORY_STAGE),
        "stageId": entry.get("stageId"),
        "duration": entry.get("duration"),
        **{key: entry.get(key) for key in idle_blur},
        "completedAt": written_time(instant(entry["completedAt"])),
        **({} if completed_by is None else {"completedBy": completed_by}),
        **_only_present(entry, "reviewStatus"),
        **annotation_lists(entry, fields),
        **_only_present(entry, "brushDataUrl", "medicalBrushDataUrl"),
        **_task_history(entry.get("taskHistory")),
    }


def part_of(task: Json) -> Json:
    """The only part of a record that is not split."""
    last_page = last_page_of(task)
    first_page = None if last_page is None else 0
    return {"index": 0, "count": 1, "firstPage": first_page, "lastPage": last_page}


def last_page_of(task: Json) -> int | None:
    """Of a video, else ``None``."""
    frame_total = metadata_of(task).get("frameTotal")
    return None if frame_total is None or task.get("dataset") is not None else int(frame_total) - 1


def metadata_of(task: Json) -> Json:
    return task.get("metadata") or {}


def batches_of(task: Mapping[str, Any]) -> list[str]:
    return [batch for batch in task.get("batches") or [] if batch is not None]


def tools_of(record: Json) -> list[Any]:
    return first_present(record.get("answer") or {}, names.TOOLS) or []


def _only_present(record: Json, *keys: str) -> Json:
    return {key: record[key] for key in keys if record.get(key) is not None}


def _task_history(value: Any) -> Json:
    if value is None:
        return {}
    return {"taskHistory": {"_id": value if isinstance(value, str) else value["_id"]}}


def annotation_lists(record: Json, fields: Mapping[str, bool]) -> Json:
    """The three lists of a record's answer as they are written for an asset that is no video."""
    answer = record.get("answer") or {}
    parts = {
        "tools": [_with_rings(row) for row in tools_of(record)],
        "classifications": answer.get("classifications") or [],
        "relations": answer.get("relations") or [],
    }
    if fields["annotation_metadata"]:
        return parts
    return {key: [_without_metadata(row) for row in rows] for key, rows in parts.items()}


def _without_metadata(row: Any) -> Any:
    """Only the annotation's own key goes, and that of its nested classifications: not every ``metadata``."""
    if not isinstance(row, dict):
        return row
    row = {key: value for key, value in row.items() if key != "metadata"}
    if isinstance(row.get("classifications"), list):
        row["classifications"] = [_without_metadata(nested) for nested in row["classifications"]]
    return row


def _with_rings(tool: Any) -> Any:
    """A tool in which a flat ``holes`` list of a zone of its segmentation is a list of one ring."""
    segmentation = tool.get("segmentation") if isinstance(tool, dict) else None
    zones = segmentation.get("zones") if isinstance(segmentation, dict) else None
    if not isinstance(zones, list):
        return tool
    rings = [
        {**zone, "holes": [zone["holes"]]} if isinstance(zone, dict) and _is_flat(zone.get("holes")) else zone
        for zone in zones
    ]
    return {**tool, "segmentation": {**segmentation, "zones": rings}}


def _is_flat(holes: Any) -> bool:
    """``[[x, y], ...]`` instead of ``[[[x, y], ...], ...]``."""
    return isinstance(holes, list) and bool(holes) and all(_is_point(member) for member in holes)


def _is_point(member: Any) -> bool:
    return (
        isinstance(member, list)
        and bool(member)
        and all(isinstance(value, int | float) and not isinstance(value, bool) for value in member)
    )
