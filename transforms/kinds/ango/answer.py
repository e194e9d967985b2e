"""The annotations of a task or of one of its stages, ready to be written."""

from typing import Any

import msgspec
import orjson

from framehaul.transforms.kinds.ango.holes import with_rings
from framehaul.transforms.kinds.ango.source_record import RawAnswer, decoded, raw_list
from framehaul.transforms.records.json_text import rewrite

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
        annotation_metadata: without it, ``metadata`` goes from every tool,
            classification and relation, nested ones too.

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
    """The keys that a task and a stage-history entry share, in the order of transforms/README.md, "Record".

    Joined, not encoded: an answer is most of a record, and its bytes are ready.
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


class ToolCounts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the manifest says about the tools of one answer.

    Attributes:
        titles: number of tools by ``title``; ``""`` where there is none.
        key_rows: rows of a video that a person made; 0 for other assets.
        computed_rows: rows of a video that were computed, here or by the editor.
    """

    titles: dict[str, int]
    key_rows: int = 0
    computed_rows: int = 0


def count_tools(tools: bytes) -> ToolCounts:
    """Raises ``InvalidRecordError`` (``wrong_type``) for a tool that is no object or has no proper title."""
    if tools == _NONE:
        return ToolCounts({})
    titles: dict[str, int] = {}
    for head in decoded(_TOOL_HEADS, tools):
        title = head.title or ""
        titles[title] = titles.get(title, 0) + 1
    return ToolCounts(titles)
