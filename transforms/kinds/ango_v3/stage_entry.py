"""One stage that a task has left: decoded, checked and rendered."""

from typing import Any

import msgspec
import orjson

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.answer import answer_from, payload
from framehaul.transforms.kinds.ango.table_rows import STAGE_ENTRY, HistoryId, RawStageEntry
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.json_fields import decoded, first, required
from framehaul.transforms.records.times import format_time, parse_time


class StageEntry(msgspec.Struct, array_like=True, gc=False):
    """A stage-history record as it travels from reading to assembling.

    Attributes:
        task_id: the task it belongs to.
        own_id: its ``_id``; ``""`` where it has none.
        completed_at: sortable time.
        rendered: the entry of ``stageHistory``.
        source: index of the split it was read from, and its place there.
        payload_at: bytes of ``rendered`` before its payload.
    """

    task_id: str
    own_id: str
    completed_at: str
    rendered: bytes
    source: tuple[int, int]
    payload_at: int

    @property
    def size_bytes(self) -> int:
        return len(self.rendered)

    @property
    def slot(self) -> int:
        return 0

    @property
    def rank(self) -> tuple[str, bytes, int, int]:
        """The rank among records with one ``_id``, of which the greatest is kept; of equal ones the first in the input."""
        return (self.completed_at, self.rendered, -self.source[0], -self.source[1])


def decode_stage_entry(text: bytes, source: tuple[int, int], fields: Fields) -> StageEntry:
    """A row of ``stage_history``, known to be sound and plain JSON, as a ``StageEntry``.

    Raises:
        InvalidRecordError: ``not_an_object``, ``missing_key``, ``wrong_type`` or ``bad_time``.
    """
    raw = decoded(STAGE_ENTRY, text)
    task_id = required(first(raw.task_id, raw.label_task, raw.task), "taskId")
    stage = required(first(raw.stage, raw.stage_name), "stage")
    completed_at = parse_time(raw.completed_at, "completedAt")
    if not completed_at:
        raise InvalidRecordError(Reason.MISSING_KEY, "completedAt is absent; every record needs it")
    answer = answer_from(raw.answer, annotation_metadata=fields.annotation_metadata)
    head = orjson.dumps(_head(raw, stage, format_time(completed_at), fields))[:-1]
    parts = [head, *payload(answer, raw.brush_data_url, raw.medical_brush_data_url)]
    if raw.task_history is not None:
        parts.append(b',"taskHistory":' + orjson.dumps({"_id": _history_id(raw.task_history)}))
    rendered = b"".join([*parts, b"}"])
    return StageEntry(task_id, raw.own_id or "", completed_at, rendered, source, len(head))


def _head(raw: RawStageEntry, stage: str, completed_at: str | None, fields: Fields) -> dict[str, Any]:
    """The keys of an entry before its payload, in the order of transforms/README.md, "Record"."""
    entry: dict[str, Any] = {"stage": stage, "stageId": raw.stage_id, "duration": raw.duration}
    if fields.idle_blur_durations:
        entry["idleDuration"] = raw.idle_duration
        entry["blurDuration"] = raw.blur_duration
    entry["completedAt"] = completed_at
    completed_by = first(raw.completed_by, raw.submitted_by)
    if completed_by is not None:
        entry["completedBy"] = completed_by
    if raw.review_status is not None:
        entry["reviewStatus"] = raw.review_status
    return entry


def _history_id(task_history: str | HistoryId) -> str:
    return task_history.own_id if isinstance(task_history, HistoryId) else task_history
