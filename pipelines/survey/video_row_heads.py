"""Rows of a video as plan and watch look at them: the page and track of each, and whether it is a key frame."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango.table_rows import RawAnswer, RawFrames
from framehaul.transforms.records.json_fields import decoded, raw_list


class RowHead(msgspec.Struct, rename="camel", gc=False):
    """Page and track of one row of a video."""

    page: Any = None
    object_id: str | None = None
    schema_id: str | None = None
    interpolation_stopped: bool | None = None
    key_frame: bool | None = None
    interpolated: bool | None = None

    @property
    def is_key_frame(self) -> bool:
        """Tell whether it is a key frame; a stop always is, since the editor computes none."""
        return self.interpolation_stopped is True or not (
            self.key_frame is False or self.interpolated is True
        )


_ROW = msgspec.json.Decoder(RowHead)
_RAWS = msgspec.json.Decoder(list[Raw])


def text_of(line: bytes) -> bytes:
    """Text of a record without extended JSON; white space is left, since nothing is handed on.

    Raises:
        InvalidRecordError: it is not JSON, or extended JSON that is none.
    """
    return rewrite_plain(line) if b'"$' in line else line


def lists_of(rows: RawAnswer | RawFrames) -> dict[str, memoryview]:
    """The lists of an answer that may hold rows of a video, where they stand in the text.

    Raises:
        InvalidRecordError: ``wrong_type``.
    """
    tools = _list_bytes(rows.tools, "tools")
    lists = {
        "tools": tools if tools is not None else _list_bytes(rows.objects, "objects"),
        "classifications": _list_bytes(rows.classifications, "classifications"),
    }
    return {kind: content for kind, content in lists.items() if content is not None}


def _list_bytes(raw: Raw, key: str) -> memoryview | None:
    """Bytes of a list, which are not copied, since they may be most of a very long record; ``None`` without list."""
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
