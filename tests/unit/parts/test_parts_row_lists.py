"""The lines of a record: join(split(x)) is x byte for byte, for any limit and any rows."""

from itertools import chain, pairwise
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.parts.cutting import LONGEST_LINE
from framehaul.transforms.parts.row_lists import (
    RowList,
    page_bytes,
    part_lines,
    parts_of,
    rows_without_pages,
    sizes_of_page,
)
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from reference.parts import check_parts, joined
from unit.kinds.assemblies import rows_in

QUICK = settings(max_examples=150, deadline=None)

FRAMES = 9
TEXT = st.text(max_size=20) | st.just('"},]') | st.just("\u2028\U0001f3a5" * 10)
ODD = (b"1.50", b"1E2", b"-0", b'"\\u00e9\\/"', b"[ ]", b'{"page":7}')


def lines_of(
    skeleton: Skeleton, lists: list[RowList], frames: int | None, max_line_bytes: int
) -> list[bytes]:
    parts = parts_of(skeleton, lists, frames, max_line_bytes)
    return list(part_lines(skeleton, lists, parts, 0, len(parts), is_video=frames is not None))


@st.composite
def row_texts(draw: st.DrawFn, page: int | None) -> bytes:
    """A row with what no JSON writer of ours would write, so that only a copy of its bytes is equal."""
    paged = b"" if page is None else b'"page":%d,' % page
    return b'{%b"odd":%b,"text":%b}' % (paged, draw(st.sampled_from(ODD)), orjson.dumps(draw(TEXT)))


@st.composite
def video_lists(draw: st.DrawFn) -> RowList:
    loose = [draw(row_texts(None)) for _ in range(draw(st.integers(0, 2)))]
    pages = sorted(draw(st.lists(st.integers(0, FRAMES - 1), max_size=9)))
    texts = [*loose, *(draw(row_texts(page)) for page in pages)]
    return RowList(np.array([0] * len(loose) + pages, np.int64), texts)


LOOSE_ROWS = st.lists(row_texts(None), max_size=12).map(rows_without_pages)


@st.composite
def records(draw: st.DrawFn) -> tuple[Skeleton, list[RowList], int | None]:
    """The skeleton of a record with stage history, its lists, and the frames of a video."""
    frames = draw(st.sampled_from([FRAMES, None]))
    name = orjson.dumps(draw(TEXT))
    pieces = [b'{"assetId":%b,"task":{"tools":' % name, b',"classifications":', b',"relations":']
    entries = draw(st.integers(0, 2))
    last = b',"stageHistory":['
    for entry in range(entries):
        pieces += [last + b'{"stage":%b,"tools":' % name, b',"classifications":', b',"relations":']
        last = b"}," if entry + 1 < entries else b"}"
    pieces.append(last + b"]}")
    kinds = [LOOSE_ROWS] * 3 if frames is None else [video_lists(), video_lists(), LOOSE_ROWS]
    return Skeleton(pieces), [draw(kind) for kind in kinds * (1 + entries)], frames


def part_of(line: bytes) -> Any:
    return orjson.loads(line)["part"]


def rows_of_all(lines: list[bytes]) -> list[list[bytes]]:
    """Of each list of a record the rows in all of its parts, one after the other."""
    return [list(chain.from_iterable(some)) for some in zip(*map(rows_in, lines), strict=True)]


@QUICK
@given(records(), st.integers(0, 700))
def test_parts_joined_are_the_record_byte_for_byte(
    record: tuple[Skeleton, list[RowList], int | None], room: int
) -> None:
    skeleton, lists, frames = record
    (whole,) = lines_of(skeleton, lists, frames, LONGEST_LINE)
    limit = skeleton.size_bytes + room
    lines = lines_of(skeleton, lists, frames, limit)
    check_parts(lines, max_line_bytes=limit, is_video=frames is not None, frame_total=frames)
    assert joined(list(map(orjson.loads, lines))) == orjson.loads(whole)
    for line in lines:
        part = part_of(line)
        assert skeleton.line(rows_in(line), part_key(*part.values())) == line
    rows = rows_of_all(lines)
    pages = (None, None) if frames is None else (0, frames - 1)
    assert skeleton.line(rows, part_key(0, 1, *pages)) == whole


@QUICK
@given(records())
def test_a_record_is_in_parts_only_where_it_is_longer_than_the_limit(
    record: tuple[Skeleton, list[RowList], int | None],
) -> None:
    skeleton, lists, frames = record
    (whole,) = lines_of(skeleton, lists, frames, LONGEST_LINE)
    assert lines_of(skeleton, lists, frames, len(whole)) == [whole]
    if len(whole) - 1 >= skeleton.size_bytes:
        lines = lines_of(skeleton, lists, frames, len(whole) - 1)
        assert len(lines) > 1 or sum(len(some.texts) for some in lists) == 1


ANSWER = Skeleton([b'{"task":{"tools":', b',"classifications":', b',"relations":', b"}"])


def answer_of(tools: list[bytes], classifications: list[bytes] = []) -> list[RowList]:  # noqa: B006
    return list(map(rows_without_pages, (tools, classifications, [])))


def test_a_row_longer_than_the_limit_is_alone_in_its_line() -> None:
    small, giant = b'{"x":1}', b'{"x":"%b"}' % (b"x" * 5000)
    lines = lines_of(ANSWER, answer_of([small, small, giant, small], [small]), None, 1024)
    assert [list(map(len, rows_in(line))) for line in lines] == [[2, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert [len(line) > 1024 for line in lines] == [False, True, False]
    check_parts(lines, max_line_bytes=1024, is_video=False)


@pytest.mark.parametrize("max_line_bytes", [1024, LONGEST_LINE])
def test_a_row_for_which_no_line_is_long_enough_refuses_the_record(max_line_bytes: int) -> None:
    room = LONGEST_LINE - ANSWER.size_bytes - len("[,]")
    (*_, longest) = lines_of(ANSWER, answer_of([b"1", b"2" * room]), None, max_line_bytes)
    assert LONGEST_LINE - 100 < len(longest) <= LONGEST_LINE
    with pytest.raises(InvalidRecordError, match="a single row has 167") as caught:
        lines_of(ANSWER, answer_of([b"1", b"2" * (room + 100)]), None, max_line_bytes)
    assert caught.value.reason == "line_too_long"


def test_one_page_of_a_hundred_thousand_rows_is_shared_by_parts_in_the_order_of_its_lists() -> None:
    counts = (60_000, 30_000, 10_000)
    texts = [[b'{"page":3,"n":%d}' % (10_000 + row) for row in range(count)] for count in counts]
    lists = [RowList(np.full(len(some), 3), some) for some in texts]
    lines = lines_of(ANSWER, lists, 5, 1 << 16)
    places = [part_of(line) for line in lines]
    assert [place["firstPage"] for place in places] == [0] + [3] * (len(lines) - 2) + [4]
    assert max(map(len, lines)) <= 1 << 16
    assert len(lines) == 2 + -(-100_000 * 21 // (1 << 16))
    assert rows_of_all(lines) == texts
    shares = [[len(some) > 0 for some in rows_in(line)] for line in lines[1:-1]]
    assert all(before <= after for before, after in pairwise([share.index(True) for share in shares]))


def test_what_has_no_page_is_in_part_0() -> None:
    row = b'{"extra":"%b"}' % (b"x" * 50)
    tools = RowList(np.array([0, 0, 1, 2]), [row] * 4)  # two without a page, then pages 1 and 2
    lists = [tools, *answer_of([row], [row])[:2]]
    lines = lines_of(ANSWER, lists, 3, ANSWER.size_bytes + 4 * (len(row) + 1))
    assert [list(map(len, rows_in(line))) for line in lines] == [[2, 1, 1], [2, 0, 0]]
    assert [(part_of(line)["firstPage"], part_of(line)["lastPage"]) for line in lines] == [(0, 0), (1, 2)]


@QUICK
@given(st.lists(video_lists(), min_size=1, max_size=4))
def test_bytes_of_pages_are_those_of_their_rows_with_a_comma_each(lists: list[RowList]) -> None:
    expected = [
        sum(
            len(text) + 1
            for some in lists
            for page, text in zip(some.pages, some.texts, strict=True)
            if page == number
        )
        for number in range(FRAMES)
    ]
    assert page_bytes(lists, FRAMES).tolist() == expected
    assert [sum(sizes_of_page(lists, page, 100)) for page in range(FRAMES)] == expected
