"""The annotations of a task or of one of its stages, ready to be written."""

from typing import Any

import msgspec
import orjson

from framehaul.transforms.formats.json_text import rewrite
from framehaul.transforms.kinds.ango.holes import with_rings
from framehaul.transforms.kinds.ango.table_rows import RawAnswer
from framehaul.transforms.records.json_fields import decoded, raw_list
from framehaul.transforms.records.tool_counts import ToolCounts

_NONE = b"[]"
PAYLOAD_START = b',"tools":'


class Answer(msgspec.Struct, frozen=True, gc=False):
    """Three JSON lists, as bytes."""

    tools: bytes = _NONE
    classifications: bytes = _NONE
    relations: bytes = _NONE


def answer_from(raw: RawAnswer | None, *, annotation_metadata: bool) -> Answer:
    """The lists of an answer; absent ones are empty.

    Args:
        raw: as it stands in the source, or ``None`` where there is no answer.
        annotation_metadata: whether tools, classifications and relations keep
            their ``metadata``, nested ones too.

    Raises:
        InvalidRecordError: ``wrong_type``, a part is not a list.
    """
    if raw is None:
        return Answer()
    tools = raw_list(raw.tools, "answer.tools")
    lists: list[bytes | None] = [
        tools if tools is not None else raw_list(raw.objects, "answer.objects"),
        raw_list(raw.classifications, "answer.classifications"),
        raw_list(raw.relations, "answer.relations"),
    ]
    lists[0] = lists[0] and with_rings(lists[0])
    if not annotation_metadata:
        lists = [content and _without_metadata(content) for content in lists]
    return Answer(*(content or _NONE for content in lists))


def payload(answer: Answer, brush_data_url: str | None, medical_brush_data_url: str | None) -> list[bytes]:
    """The keys that a task and a stage-history entry share, in the order of transforms/README.md, "Record", a comma before each.

    They are joined, not encoded: an answer is most of a record, and its bytes are ready.
    """
    parts = [
        PAYLOAD_START, answer.tools, b',"classifications":', answer.classifications, b',"relations":', answer.relations
    ]  # fmt: skip
    for key, url in ((b"brushDataUrl", brush_data_url), (b"medicalBrushDataUrl", medical_brush_data_url)):
        if url is not None:
            parts += (b',"', key, b'":', orjson.dumps(url))
    return parts


def _without_metadata(content: bytes) -> bytes:
    if b'"metadata"' not in content:
        return content
    return rewrite(content, lambda rows: [_bare(row) for row in rows])


def _bare(row: Any) -> Any:
    """A row without its metadata and that of the classifications nested in it; shapes stay as they are."""
    if not isinstance(row, dict):
        return row
    bare = {key: value for key, value in row.items() if key != "metadata"}
    nested = bare.get("classifications")
    if isinstance(nested, list):
        bare["classifications"] = [_bare(inner) for inner in nested]
    return bare


class _ToolHead(msgspec.Struct, rename="camel", gc=False):
    title: str | None = None
    key_frame: bool | None = None
    interpolated: bool | None = None


_TOOL_HEADS = msgspec.json.Decoder(list[_ToolHead])


def count_tools(tools: bytes) -> ToolCounts:
    """Count the tools of an answer by title.

    Raises:
        InvalidRecordError: ``wrong_type``, a tool is no object or its title is no text.
    """
    if tools == _NONE:
        return ToolCounts({})
    titles: dict[str, int] = {}
    for head in decoded(_TOOL_HEADS, tools):
        title = head.title or ""
        titles[title] = titles.get(title, 0) + 1
    return ToolCounts(titles)
