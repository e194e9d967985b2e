"""One copy of a task: decoded, checked, selected or not, and rendered."""

from typing import Any, NamedTuple

import msgspec
import orjson
from orjson import Fragment

from framehaul.transforms.kinds.ango.answer import (
    PAYLOAD_START,
    Answer,
    ToolCounts,
    answer_from,
    count_tools,
    payload,
)
from framehaul.transforms.kinds.ango.source_record import (
    RawTask,
    decoded,
    first,
    raw_list,
    raw_object,
    required,
)
from framehaul.transforms.records.selection import Fields, Selection
from framehaul.transforms.records.times import format_time, parse_time
from framehaul.transforms.video.frame_numbers import frame_total_of
from framehaul.transforms.video.rows import check_rows

_DECODER = msgspec.json.Decoder(RawTask)


class TaskCopy(msgspec.Struct, array_like=True, gc=False):
    """A task record as it travels from reading to assembling.

    Attributes:
        task_id: what the stage history is joined by.
        asset_key: what records are grouped and sorted by: the asset id, or the
            task id where there is none.
        updated_at: sortable time; ranks the copies of one task.
        selected: whether the export's filters select this copy.
        rendered: the record up to its stage history, so without closing braces.
            Of a copy that is not selected only what comes before its payload,
            if that is enough to rank it: it differs there from every copy that
            is selected, unless the selection looks at keys that no record has.
        source: index of the split it was read from, and its place there.
        payload_at: bytes of ``rendered`` before its payload.
        tools: for the manifest; not of a video.
        frames: of a video, else ``None``.
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
    def rank(self) -> tuple[str, bytes, bool]:
        """The copy with the greatest rank stands for the task (transforms/README.md, "Copies").

        The newest wins, then the bytewise greater record; of equal ones one that is selected.
        """
        return (self.updated_at, self.rendered + b"}}", self.selected)


class _VideoHead(msgspec.Struct, rename="camel"):
    frame_total: int | float | None = None


_VIDEO_HEAD = msgspec.json.Decoder(_VideoHead)


def decode_task(text: bytes, source: tuple[int, int], selection: Selection, fields: Fields) -> TaskCopy:
    """A row of ``tasks``, known to be sound and plain JSON, as a ``TaskCopy``.

    Raises:
        InvalidRecordError: ``not_an_object``, ``missing_key``, ``wrong_type``, ``bad_time``,
            ``bad_page`` or ``frame_total_out_of_range``.
    """
    raw = decoded(_DECODER, text)
    task_id, updated_at, batches, selected = identified(raw, selection)
    answer = answer_from(raw.answer, annotation_metadata=fields.annotation_metadata)
    frames = frame_total(raw)
    tools = checked_tools(answer, frames)
    head = asset_keys(raw, batches) | {"task": _task(raw, task_id, format_time(updated_at), fields)}
    parts = [orjson.dumps(head)[:-2]]
    payload_at = len(parts[0])
    if selected or selection.looks_beyond_records:
        parts += payload(answer, raw.brush_data_url, raw.medical_brush_data_url)
    else:
        parts.append(PAYLOAD_START)
    return TaskCopy(
        task_id=task_id,
        asset_key=raw.asset_id or task_id,
        updated_at=updated_at,
        selected=selected,
        rendered=b"".join(parts),
        source=source,
        payload_at=payload_at,
        tools=tools,
        frames=frames,
    )


class Identified(NamedTuple):
    """What tells a task from others, and whether it is exported.

    Attributes:
        updated_at: sortable time.
        batches: names.
    """

    task_id: str
    updated_at: str
    batches: list[str]
    selected: bool


def identified(raw: RawTask, selection: Selection) -> Identified:
    """Raises ``InvalidRecordError``: ``missing_key`` or ``bad_time``."""
    task_id = required(first(raw.task_id, raw.own_id), "taskId")
    stage = required(raw.stage, "stage")
    updated_at = parse_time(raw.updated_at, "updatedAt")
    batches = [name for name in raw.batches or () if name is not None]
    selected = selection.selects(
        task_id=task_id,
        project=first(raw.project_id, raw.project),
        stage=stage,
        stage_id=raw.stage_id,
        batches=batches,
        task_type=raw.type,
        updated_at=updated_at,
        created_at=parse_time(raw.created_at, "createdAt"),
    )
    return Identified(task_id, updated_at, batches, selected)


def frame_total(raw: RawTask) -> int | None:
    """``metadata.frameTotal`` of a video; ``None`` for any other asset (transforms/README.md, "Video")."""
    metadata = raw_object(raw.metadata, "metadata")
    if metadata is None or raw.dataset is not None or b'"frameTotal"' not in metadata:
        return None
    return frame_total_of(decoded(_VIDEO_HEAD, metadata).frame_total)


def checked_tools(answer: Answer, frames: int | None) -> ToolCounts:
    """What the manifest says of the tools; the rows of a video are counted when they are expanded."""
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
