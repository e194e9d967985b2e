"""What one record of an input table is, as it comes.

The structs name what is used of a record (transforms/README.md, "Tables"); other
keys are skipped without being built. ``msgspec.Raw`` parts are checked for their kind
(list, object) and otherwise handed through as bytes.
"""

from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.records.json_text import check

_ABSENT = Raw(b"null")
_T = TypeVar("_T")


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


def decoded(decoder: msgspec.json.Decoder[_T], text: bytes) -> _T:
    """``text`` as the struct of ``decoder``.

    Raises:
        InvalidRecordError: ``not_an_object`` or ``wrong_type``, or a reason of ``json_text.check``.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        check(text)  # msgspec stops at a wrong type, be the rest JSON or not
        message = str(error)
        if message.startswith("Expected `object`") and "`$" not in message:
            raise InvalidRecordError("not_an_object", f"{message}; a record is one JSON object") from None
        raise InvalidRecordError("wrong_type", message) from None
    except msgspec.DecodeError as error:
        check(text)
        raise InvalidRecordError("not_json", f"{error}; a record is one JSON object") from None


def first(*values: str | None) -> str | None:
    """The first that is there, of a key and its aliases."""
    for value in values:
        if value is not None:
            return value
    return None


def required(value: str | None, key: str) -> str:
    """Raises ``InvalidRecordError`` (``missing_key``) for a key that is absent, null or empty."""
    if not value:
        raise InvalidRecordError(
            "missing_key", f"{key} is {'empty' if value == '' else 'absent'}; every record needs it"
        )
    return value


def raw_list(raw: Raw, key: str) -> bytes | None:
    """The bytes of a list, or ``None`` where it is absent or null."""
    content = bytes(raw)
    if content[:1] == b"[":
        return content
    _refuse_other(content, key, "array")
    return None


def raw_object(raw: Raw, key: str) -> bytes | None:
    """The bytes of an object, or ``None`` where it is absent or null."""
    content = bytes(raw)
    if content[:1] == b"{":
        return content
    _refuse_other(content, key, "object")
    return None


def _refuse_other(content: bytes, key: str, kind: str) -> None:
    if content != b"null":
        found = _shown(content)
        raise InvalidRecordError("wrong_type", f"Expected `{kind} | null`, got `{found}` - at `$.{key}`")


def _shown(content: bytes) -> Any:
    text = content[:40].decode(errors="replace")
    return text if len(content) <= 40 else f"{text}…"
