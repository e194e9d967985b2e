"""What a plan looks at in a record: keys that say what it is, and of a video where its rows stand.

Everything else is skipped while a record is decoded, never built.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from framehaul.transforms.kinds.ango.source_record import RawAnswer, decoded, raw_list, raw_object
from framehaul.transforms.records.json_text import plain
from framehaul.transforms.video.frame_numbers import frame_total_of

_ABSENT = Raw(b"null")


class TaskHead(msgspec.Struct, rename="camel", gc=False):
    """A row of ``tasks`` without its payload."""

    task_id: str | None = None
    own_id: str | None = msgspec.field(name="_id", default=None)
    project_id: str | None = None
    project: str | None = None
    asset_id: str | None = None
    metadata: Raw = _ABSENT
    dataset: Raw = _ABSENT
    batches: list[str | None] | None = None
    type: str | None = None
    stage: str | None = None
    stage_id: str | None = None
    created_at: str | int | float | None = None
    updated_at: str | int | float | None = None


class StageHead(msgspec.Struct, rename="camel", gc=False):
    """A row of ``stage_history`` without its payload."""

    task_id: str | None = None
    label_task: str | None = None
    task: str | None = None
    own_id: str | None = msgspec.field(name="_id", default=None)


class FramesHead(msgspec.Struct, rename="camel", gc=False):
    """A row of ``frames``."""

    task_id: str | None = None
    label_task: str | None = None
    task: str | None = None
    page: Any = None
    history_id: str | None = None
    tools: Raw = _ABSENT
    objects: Raw = _ABSENT
    classifications: Raw = _ABSENT


class RowHead(msgspec.Struct, rename="camel", gc=False):
    """Where one row of a video stands."""

    page: Any = None
    object_id: str | None = None
    schema_id: str | None = None
    interpolation_stopped: bool | None = None
    key_frame: bool | None = None
    interpolated: bool | None = None

    @property
    def is_key_frame(self) -> bool:
        """A stop is one, whatever it says: the editor computes none."""
        return self.interpolation_stopped is True or not (
            self.key_frame is False or self.interpolated is True
        )


class _Payload(msgspec.Struct, gc=False):
    answer: RawAnswer | None = None


class _VideoHead(msgspec.Struct, rename="camel", gc=False):
    frame_total: int | float | None = None


TASK = msgspec.json.Decoder(TaskHead)
STAGE = msgspec.json.Decoder(StageHead)
FRAMES = msgspec.json.Decoder(FramesHead)
_ROW = msgspec.json.Decoder(RowHead)
_RAWS = msgspec.json.Decoder(list[Raw])
_PAYLOAD = msgspec.json.Decoder(_Payload)
_VIDEO = msgspec.json.Decoder(_VideoHead)


def text_of(line: bytes) -> bytes:
    """A record without extended JSON; white space is left, since nothing is handed on.

    Raises:
        InvalidRecordError: it is not JSON, or extended JSON that is none.
    """
    return plain(line) if b'"$' in line else line


def answer_lists(text: bytes) -> dict[str, memoryview]:
    """The lists of an answer that may hold rows of a video, where they stand in the text.

    Raises:
        InvalidRecordError: ``wrong_type``.
    """
    answer = decoded(_PAYLOAD, text).answer
    return {} if answer is None else lists_of(answer)


def lists_of(rows: RawAnswer | FramesHead) -> dict[str, memoryview]:
    """The same, of what was decoded already.

    Raises:
        InvalidRecordError: ``wrong_type``.
    """
    tools = _list_in(rows.tools, "tools")
    lists = {
        "tools": tools if tools is not None else _list_in(rows.objects, "objects"),
        "classifications": _list_in(rows.classifications, "classifications"),
    }
    return {kind: content for kind, content in lists.items() if content is not None}


def _list_in(raw: Raw, key: str) -> memoryview | None:
    """A list without copying it, since it may be most of a very long record; ``None`` where there is none."""
    content = memoryview(raw)
    if bytes(content[:1]) == b"[":
        return content
    raw_list(raw, key)
    return None


def rows_in(content: memoryview) -> Iterator[RowHead]:
    """The rows of a list, decoded one at a time.

    Raises:
        InvalidRecordError: ``wrong_type``.
    """
    for row in _RAWS.decode(content):
        yield decoded(_ROW, bytes(row))


def frame_total(head: TaskHead) -> int | None:
    """The frames of a video, ``None`` for any other asset (transforms/README.md, "Video").

    Raises:
        InvalidRecordError: ``wrong_type`` or ``frame_total_out_of_range``.
    """
    metadata = raw_object(head.metadata, "metadata")
    if metadata is None or bytes(head.dataset) != b"null" or b'"frameTotal"' not in metadata:
        return None
    return frame_total_of(decoded(_VIDEO, metadata).frame_total)
