"""One copy of a task: decoded, checked, selected or not, and rendered."""

from typing import Any

import msgspec
import orjson
from orjson import Fragment

from framehaul.transforms.kinds.ango.answer import PAYLOAD_START, answer_from, payload
from framehaul.transforms.kinds.ango.table_rows import TASK, RawTask
from framehaul.transforms.kinds.ango.task_identity import asset_keys, checked_tools, frame_total, identify
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.json_fields import decoded, raw_list
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import format_time
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.records.winners import Rank, rank_of


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
