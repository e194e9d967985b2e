"""Parts of records: put together again, and checked against transforms/README.md, "Parts".

Part of the independent judge (see ``reference.export``).
"""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec
import orjson

Json = dict[str, Any]

LISTS = ("tools", "classifications", "relations")
LONGEST_ROW_LINE = 16 << 20


def joined(part_records: list[Json]) -> Json:
    """The unsplit record of all its parts, given in order; its ``part`` is that of an only part."""
    first, *others = (orjson.loads(orjson.dumps(record)) for record in part_records)
    whole: Json = first
    for other in others:
        for mine, theirs in zip(answers_of(whole), answers_of(other), strict=True):
            for name in LISTS:
                mine[name] += theirs[name]
    whole["part"] |= {"index": 0, "count": 1, "lastPage": part_records[-1]["part"]["lastPage"]}
    return whole


def answers_of(record: Json) -> list[Json]:
    """The objects of a record that hold the three lists: its task, then its stage-history entries."""
    return [record["task"], *record["task"].get("stageHistory", [])]


def check_parts(
    lines: list[bytes],
    *,
    max_line_bytes: int,
    is_video: bool,
    frame_total: int | None = None,
    slack: int = 64,
) -> None:
    """Assert everything that transforms/README.md, "Parts", says about the parts of one record, given in order.

    Args:
        lines: without line ends.
        frame_total: length of a video in frames.
        slack: by how many bytes a cut may be made too early, since the numbers
            in ``part`` are not known before all cuts are made.
    """
    parts = [_read(line) for line in lines]
    assert [(part.place["index"], part.place["count"]) for part in parts] == [
        (index, len(parts)) for index in range(len(parts))
    ]
    assert len({part.scalars for part in parts}) == 1, "scalar keys and stage-history entries repeat"
    for part in parts:
        assert list(part.place) == ["index", "count", "firstPage", "lastPage"]
        fits = part.line_bytes <= max_line_bytes
        assert fits or (len(part.rows) == 1 and part.line_bytes <= LONGEST_ROW_LINE), (
            f"part {part.place} has {part.line_bytes} bytes and {len(part.rows)} rows"
        )
    rows = [row for part in parts for row in part.rows]
    assert len(parts) == 1 or _line_bytes(parts, rows) > max_line_bytes - slack, "it fits into one line"
    if is_video:
        assert frame_total is not None
        _check_pages(parts, frame_total, max_line_bytes - slack)
    else:
        assert {(part.first_page, part.last_page) for part in parts} == {(None, None)}


@dataclass
class _Row:
    """A row of the list with this number, in the order in which a record holds its lists."""

    size: int
    page: int | None
    list_number: int


@dataclass
class _Part:
    line_bytes: int
    place: Json
    scalars: str
    rows: list[_Row]

    @property
    def first_page(self) -> Any:
        return self.place["firstPage"]

    @property
    def last_page(self) -> Any:
        return self.place["lastPage"]


def _line_bytes(parts: list[_Part], rows: list[_Row]) -> int:
    """Of a line with these rows of the record, commas between them included."""
    return max(part.line_bytes - _rows_bytes(part.rows) for part in parts) + _rows_bytes(rows)


def _rows_bytes(rows: list[_Row]) -> int:
    return sum(row.size + 1 for row in rows) - len({row.list_number for row in rows})


class _RawLists(msgspec.Struct):
    tools: list[msgspec.Raw]
    classifications: list[msgspec.Raw]
    relations: list[msgspec.Raw]


class _RawTask(_RawLists):
    stage_history: list[_RawLists] = msgspec.field(name="stageHistory", default=[])


class _RawRecord(msgspec.Struct):
    task: _RawTask


def _read(line: bytes) -> _Part:
    raw = msgspec.json.decode(line, type=_RawRecord).task
    record = orjson.loads(line)
    place = record.pop("part")
    for answer in answers_of(record):
        answer.update(dict.fromkeys(LISTS, "rows"))
    lists = ((name, getattr(answer, name)) for answer in (raw, *raw.stage_history) for name in LISTS)
    rows = [
        _Row(len(bytes(text)), _page_of(name, orjson.loads(bytes(text))), number)
        for number, (name, texts) in enumerate(lists)
        for text in texts
    ]
    return _Part(len(line), place, json.dumps(record), rows)


def _page_of(list_name: str, row: Any) -> int | None:
    return row.get("page") if isinstance(row, dict) and list_name != "relations" else None


def _check_pages(parts: list[_Part], frame_total: int, most_bytes: int) -> None:
    assert all(isinstance(page, int) for part in parts for page in (part.first_page, part.last_page))
    assert parts[0].first_page == 0
    assert parts[-1].last_page == frame_total - 1
    for part in parts:
        assert part.first_page <= part.last_page
        # What has no page is shared together with the first page, where that is too long.
        assert all(part.first_page <= (row.page or 0) <= part.last_page for row in part.rows)
    for part, following in pairwise(parts):
        page = part.last_page
        assert following.first_page in (page, page + 1), "a gap, or pages that come twice"
        if following.first_page == page:
            its_rows = [row for each in parts for row in each.rows if (row.page or 0) == page]
            together = _line_bytes(parts, its_rows)
            assert together > most_bytes, f"page {page} is shared, but its {together} bytes fit into one line"
