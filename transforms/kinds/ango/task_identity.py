"""Identity of a task, the keys of its asset, and the checks of its answer."""

from typing import Any, NamedTuple

import msgspec
from orjson import Fragment

from framehaul.transforms.kinds.ango.answer import Answer, count_tools
from framehaul.transforms.kinds.ango.table_rows import RawTask
from framehaul.transforms.records.json_fields import decoded, first, raw_list, raw_object, required
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import parse_time
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.video.frame_numbers import frame_total_of
from framehaul.transforms.video.rows import check_rows


class _VideoHead(msgspec.Struct, rename="camel"):
    frame_total: int | float | None = None


_VIDEO_HEAD = msgspec.json.Decoder(_VideoHead)


class TaskIdentity(NamedTuple):
    """Keys that tell a task from others, and whether it is selected.

    Attributes:
        project: id, where the record has one.
        asset_key: key by which records are grouped and sorted: the asset id, or the task id where there is none.
        stage_id: where the record has one.
        updated_at: sortable time.
        batches: names.
    """

    task_id: str
    project: str | None
    asset_key: str
    stage: str
    stage_id: str | None
    updated_at: str
    batches: list[str]
    selected: bool


def identify(raw: RawTask, selection: Selection) -> TaskIdentity:
    """The identity of a task. Raises ``InvalidRecordError``: ``missing_key`` or ``bad_time``."""
    task_id = required(first(raw.task_id, raw.own_id), "taskId")
    stage = required(raw.stage, "stage")
    updated_at = parse_time(raw.updated_at, "updatedAt")
    batches = [name for name in raw.batches or () if name is not None]
    project = first(raw.project_id, raw.project)
    selected = selection.selects(
        task_id=task_id,
        project=project,
        stage=stage,
        stage_id=raw.stage_id,
        batches=batches,
        task_type=raw.type,
        updated_at=updated_at,
        created_at=parse_time(raw.created_at, "createdAt"),
    )
    asset_key = raw.asset_id or task_id
    return TaskIdentity(task_id, project, asset_key, stage, raw.stage_id, updated_at, batches, selected)


def frame_total(raw: RawTask) -> int | None:
    """``metadata.frameTotal`` of a video; ``None`` for any other asset (transforms/README.md, "Video")."""
    metadata = raw_object(raw.metadata, "metadata")
    if metadata is None or raw.dataset is not None or b'"frameTotal"' not in metadata:
        return None
    return frame_total_of(decoded(_VIDEO_HEAD, metadata).frame_total)


def checked_tools(answer: Answer, frames: int | None) -> ToolCounts:
    """Figures of the tools; empty for a video, whose rows are checked here and counted when they are expanded.

    Raises:
        InvalidRecordError: ``wrong_type`` or ``bad_page``.
    """
    if frames is None:
        return count_tools(answer.tools)
    for rows in (answer.tools, answer.classifications):
        check_rows(rows, frames - 1)
    return ToolCounts({})


def asset_keys(raw: RawTask, batches: list[str]) -> dict[str, Any]:
    """The keys of the asset, in the order of transforms/README.md, "Record"."""
    asset: dict[str, Any] = {"asset": raw.asset, "assetId": raw.asset_id, "externalId": raw.external_id}
    if raw.dataset is not None:
        asset["dataset"] = raw.dataset
    if (context_data := raw_object(raw.context_data, "contextData")) is not None:
        asset["contextData"] = Fragment(context_data)
    if (attachments := raw_list(raw.attachments, "attachments")) is not None:
        asset["attachments"] = Fragment(attachments)
    # The platform always has an object here, and programs look for frameTotal in it.
    asset["metadata"] = Fragment(raw_object(raw.metadata, "metadata") or b"{}")
    asset["batches"] = batches
    return asset
