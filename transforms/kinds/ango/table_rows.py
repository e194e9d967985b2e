"""Rows of the tables of Ango Hub, as they come.

The structs name what is used of a record (transforms/README.md, "Tables"); other
keys are skipped without being built. ``msgspec.Raw`` parts are checked for their kind
(list, object) and otherwise handed through as bytes.
"""

from typing import Any

import msgspec
from msgspec import Raw

_ABSENT = Raw(b"null")


class RawAnswer(msgspec.Struct, rename="camel", gc=False):
    """The annotations of a task, or of a stage as the task left it; rows are not looked at."""

    tools: Raw = _ABSENT
    objects: Raw = _ABSENT  # what ``tools`` was called in the legacy generation
    classifications: Raw = _ABSENT
    relations: Raw = _ABSENT


class RawTask(msgspec.Struct, rename="camel", gc=False):
    """A row of ``tasks``."""

    task_id: str | None = None
    own_id: str | None = msgspec.field(name="_id", default=None)
    project_id: str | None = None
    project: str | None = None
    asset_id: str | None = None
    asset: str | None = None
    external_id: str | None = None
    metadata: Raw = _ABSENT
    context_data: Raw = _ABSENT
    dataset: list[str] | None = None
    attachments: Raw = _ABSENT
    batches: list[str | None] | None = None
    type: str | None = None
    stage: str | None = None
    stage_id: str | None = None
    created_at: str | int | float | None = None
    updated_at: str | int | float | None = None
    updated_by: str | None = None
    total_duration: int | float | None = None
    duration: int | float | None = None
    total_idle_duration: int | float | None = None
    total_blur_duration: int | float | None = None
    brush_data_url: str | None = None
    medical_brush_data_url: str | None = None
    consensus_average: int | float | None = None
    consensus_detailed: Raw = _ABSENT
    answer: RawAnswer | None = None


class HistoryId(msgspec.Struct, gc=False):
    """``taskHistory`` where it is an object."""

    own_id: str = msgspec.field(name="_id")


class RawStageEntry(msgspec.Struct, rename="camel", gc=False):
    """A row of ``stage_history``."""

    task_id: str | None = None
    label_task: str | None = None
    task: str | None = None
    own_id: str | None = msgspec.field(name="_id", default=None)
    stage: str | None = None
    stage_name: str | None = None
    stage_id: str | None = None
    completed_at: str | int | float | None = None
    completed_by: str | None = None
    submitted_by: str | None = None
    duration: int | float | None = None
    idle_duration: int | float | None = None
    blur_duration: int | float | None = None
    review_status: str | None = None
    task_history: str | HistoryId | None = None
    brush_data_url: str | None = None
    medical_brush_data_url: str | None = None
    answer: RawAnswer | None = None


class RawFrames(msgspec.Struct, rename="camel", gc=False):
    """A row of ``frames``."""

    task_id: str | None = None
    label_task: str | None = None
    task: str | None = None
    history_id: str | None = None
    page: Any = None
    tools: Raw = _ABSENT
    objects: Raw = _ABSENT
    classifications: Raw = _ABSENT


TASK = msgspec.json.Decoder(RawTask)
STAGE_ENTRY = msgspec.json.Decoder(RawStageEntry)
FRAMES = msgspec.json.Decoder(RawFrames)
