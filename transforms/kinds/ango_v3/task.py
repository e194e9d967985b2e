"""One copy of a task: decoded, checked, selected or not, and rendered."""

from typing import Any, NamedTuple

import msgspec
import orjson
from orjson import Fragment

from framehaul.transforms.kinds.ango.answer import PAYLOAD_START, Answer, answer_from, count_tools, payload
from framehaul.transforms.kinds.ango.table_rows import TASK, RawTask
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.json_fields import decoded, first, raw_list, raw_object, required
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import format_time, parse_time
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.records.winners import Rank, rank_of
from framehaul.transforms.video.frame_numbers import frame_total_of
from framehaul.transforms.video.rows import check_rows


class TaskCopy(msgspec.Struct, array_like=True, gc=False):
    """A task record as it travels from reading to assembling.

    Attributes:
        task_id: key by which stage history is joined.
        asset_key: key by which records are grouped and sorted: the asset id, or
            the task id where there is none.
        updated_at: sortable time; ranks the copies of one task.
        selected: whether the export's filters select this copy.
        rendered: the record up to its stage history, so without closing braces.
            A copy that is not selected is only ranked. It ends before its
            payload: the keys up to there differ from those of every selected
            copy. A filter on a key that no record has may leave them equal; with
            one, the copy is whole.
        source: index of the split it was read from, and its place there.
        payload_at: bytes of ``rendered`` before its payload.
        tools: figures for the manifest; empty for a video.
        frames: number of frames of a video, else ``None``.
    """

    task_id: str
    asset_key: str
    updated_at: str
    selected: bool
    rendered: bytes
    source: tuple[int, int]
    payload_at: int
    tools: ToolCounts
    frames: int | None

    @property
    def size_bytes(self) -> int:
        return len(self.rendered)

    @property
    def slot(self) -> int:
        return 0

    @property
    def rank(self) -> Rank:
        return rank_of(self.updated_at, self.rendered + b"}}", selected=self.selected)


class _VideoHead(msgspec.Struct, rename="camel"):
    frame_total: int | float | None = None


_VIDEO_HEAD = msgspec.json.Decoder(_VideoHead)


def decode_task(text: bytes, source: tuple[int, int], selection: Selection, fields: Fields) -> TaskCopy:
    """A row of ``tasks``, known to be sound and plain JSON, as a ``TaskCopy``.

    Raises:
        InvalidRecordError: ``not_an_object``, ``missing_key``, ``wrong_type``, ``bad_time``,
            ``bad_page`` or ``frame_total_out_of_range``.
    """
    raw = decoded(TASK, text)
    known = identify(raw, selection)
    task_id, updated_at, selected = known.task_id, known.updated_at, known.selected
    answer = answer_from(raw.answer, annotation_metadata=fields.annotation_metadata)
    frames = frame_total(raw)
    tools = checked_tools(answer, frames)
    head = asset_keys(raw, known.batches) | {"task": _task(raw, task_id, format_time(updated_at), fields)}
    parts = [orjson.dumps(head)[:-2]]
    payload_at = len(parts[0])
    if selected or selection.looks_beyond_records:
        parts += payload(answer, raw.brush_data_url, raw.medical_brush_data_url)
    else:
        parts.append(PAYLOAD_START)
    return TaskCopy(
        task_id=task_id,
        asset_key=known.asset_key,
        updated_at=updated_at,
        selected=selected,
        rendered=b"".join(parts),
        source=source,
        payload_at=payload_at,
        tools=tools,
        frames=frames,
    )


class TaskIdentity(NamedTuple):
    """Keys that tell a task from others, and whether it is selected.

    Attributes:
        project: id, where the record has one.
        asset_key: see ``TaskCopy``.
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


def _task(raw: RawTask, task_id: str, updated_at: str | None, fields: Fields) -> dict[str, Any]:
    """The keys of the task before its payload, in the order of transforms/README.md, "Record"."""
    task: dict[str, Any] = {
        "taskId": task_id,
        "type": raw.type,
        "stage": raw.stage,
        "stageId": raw.stage_id,
        "updatedAt": updated_at,
        "updatedBy": raw.updated_by,
        "totalDuration": raw.total_duration,
        "duration": raw.duration,
    }
    if fields.idle_blur_durations:
        task["totalIdleDuration"] = raw.total_idle_duration
        task["totalBlurDuration"] = raw.total_blur_duration
    if raw.consensus_average is not None:
        task["consensusAverage"] = raw.consensus_average
    if (detailed := raw_list(raw.consensus_detailed, "consensusDetailed")) is not None:
        task["consensusDetailed"] = Fragment(detailed)
    return task
