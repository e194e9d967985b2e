"""The rows of a video, a chunk at a time: any window gives what the whole gives at its pages."""

from itertools import pairwise
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango.frames_table import FramesTable, TaskFrames
from framehaul.transforms.parts.row_lists import RowList
from framehaul.transforms.parts.video_rows import VideoRows
from framehaul.transforms.video.expansion import VideoOptions, expand
from framehaul.transforms.video.rows import Row, rows_of, settled
from unit.kinds.assemblies import block_with, frames_of, small_chunks

QUICK = settings(max_examples=200, deadline=None)

FRAMES = 24
OPTIONS = st.builds(VideoOptions, only_key_frames=st.booleans(), key_frame_flag=st.booleans())
OWNERS = {"": 0, "h1": 1}


class Source(NamedTuple):
    """A row as it is read.

    Attributes:
        index: of its list: tools and classifications of the answer are 0 and 1, those of ``h1`` 3 and 4.
        in_table: whether it stands in the frames table.
    """

    index: int
    page: int
    in_table: bool
    row: dict[str, Any]


SOURCES = st.builds(
    lambda index, page, in_table, track, marks, x: Source(
        index, page, in_table, {**track, **marks, "page": page, "point": [x, 10 * x]}
    ),
    st.sampled_from([0, 0, 0, 1, 3, 4]),
    st.integers(0, FRAMES - 1),
    st.booleans(),
    st.sampled_from([*({"objectId": name} for name in ("a", "b", "\u00f6")), {"schemaId": "s"}, {}]),
    st.sampled_from(
        [{}, {}, {}, {"interpolationStopped": True}, {"keyFrame": False}, {"interpolated": True}]
    ),
    st.integers(0, 99),
)
PROJECTS = st.lists(SOURCES, max_size=25)


def lists_of(sources: list[Source]) -> list[list[Row]]:
    """Those of the record."""
    lists = []
    for index in range(6):
        own = [source.row for source in sources if source.index == index and not source.in_table]
        lists.append(rows_of(orjson.dumps(own), last_page=FRAMES - 1, classifications=index % 3 == 1))
    return lists


def entries_of(sources: list[Source]) -> list[FramesEntry]:
    names = {
        0: ("tools", None),
        1: ("classifications", None),
        3: ("tools", "h1"),
        4: ("classifications", "h1"),
    }
    return [
        frames_of(
            "t1", source.page, historyId=names[source.index][1], **{names[source.index][0]: [source.row]}
        )
        for source in sources
        if source.in_table
    ]


def table_of(entries: list[FramesEntry]) -> TaskFrames | None:
    """The entries of a task, in several blocks, among those of others."""
    table = FramesTable()
    others = [frames_of("t2", entry.page, tools=[{"objectId": "other"}]) for entry in entries]
    mixed = [entry for pair in zip(others, entries, strict=True) for entry in pair]
    for first in range(0, len(mixed), 5):
        table.add(block_with(mixed[first : first + 5]))
    return table.take("t1")


def gone_through(sources: list[Source]) -> VideoRows:
    rows = VideoRows(lists_of(sources), FRAMES, OWNERS, table_of(entries_of(sources)))
    list(rows.chunks())
    return rows


def whole_of(sources: list[Source]) -> list[tuple[list[Row], int]]:
    """What stands in each list, and how many rows are superseded, without any chunks."""
    of_table = [
        rows_of(
            orjson.dumps([source.row for source in sources if source.in_table and source.index == index]),
            last_page=FRAMES - 1,
            classifications=index % 3 == 1,
        )
        for index in range(6)
    ]
    return [settled(own, table) for own, table in zip(lists_of(sources), of_table, strict=True)]


CHUNKS = st.sampled_from([1, 3, 7, 1024])
HELD = st.sampled_from([0, 1 << 20])


@QUICK
@given(PROJECTS, CHUNKS, HELD)
def test_chunks_hold_every_row_once_in_the_order_of_the_video(
    sources: list[Source], pages: int, held: int
) -> None:
    expected = whole_of(sources)
    with small_chunks(pages, held):
        rows = VideoRows(lists_of(sources), FRAMES, OWNERS, table_of(entries_of(sources)))
        chunks = list(rows.chunks())
    assert [[row for chunk in chunks for row in chunk.lists[index]] for index in range(6)] == [
        some for some, _ in expected
    ]
    assert sum(chunk.superseded for chunk in chunks) == sum(superseded for _, superseded in expected)
    assert all(len({row.page // pages for some in chunk.lists for row in some}) == 1 for chunk in chunks)


@QUICK
@given(PROJECTS, CHUNKS, HELD, st.lists(st.integers(1, FRAMES - 1), max_size=6), OPTIONS)
def test_any_window_gives_the_rows_that_the_whole_gives_at_its_pages(
    sources: list[Source], pages: int, held: int, cuts: list[int], options: VideoOptions
) -> None:
    bounds = sorted({0, *cuts, FRAMES})
    windows = [(first, end - 1) for first, end in pairwise(bounds)]
    with small_chunks(pages, held):
        rows = gone_through(sources)
        found = [rows.window(*window) for window in windows]
    for index, (some, _) in enumerate(whole_of(sources)):
        whole = expand(some, 0, FRAMES - 1, FRAMES - 1, options)
        in_whole = RowList(whole.pages, whole.texts)
        for window, lists in zip(windows, found, strict=True):
            part = expand(lists[index], *window, FRAMES - 1, options)
            start, end = in_whole.places(*window)
            assert part.texts == whole.texts[start:end]
            assert part.pages.tolist() == whole.pages[start:end].tolist()


@QUICK
@given(PROJECTS, CHUNKS, st.integers(0, FRAMES - 1), st.integers(0, FRAMES - 1))
def test_a_window_holds_no_more_than_its_rows_and_their_neighbours(
    sources: list[Source], pages: int, one: int, other: int
) -> None:
    first, last = sorted((one, other))
    with small_chunks(pages):
        lists = gone_through(sources).window(first, last)
    for some in lists:
        before = [row.track for row in some if row.page < first]
        after = [row.track for row in some if row.page > last]
        assert len(before) == len(set(before))
        assert len(after) == len(set(after))
        assert all(row.key and not row.stopped for row in some if row.page < first)
        assert all(row.key for row in some if row.page > last)
        assert [(row.page, row.track) for row in some] == sorted((row.page, row.track) for row in some)


def test_a_key_frame_many_chunks_away_is_a_neighbour() -> None:
    sources = [
        Source(0, page, False, {"objectId": "a", "page": page, "point": [page, 0]}) for page in (2, 20)
    ]
    with small_chunks(3):
        (tools, *_) = gone_through(sources).window(9, 10)
    assert [row.page for row in tools] == [2, 20]
    assert [
        orjson.loads(text)["point"] for text in expand(tools, 9, 10, FRAMES - 1, VideoOptions()).texts
    ] == [
        [9.0, 0],
        [10.0, 0],
    ]


@pytest.mark.parametrize("history_id", ["h9", "H1", " "])
def test_rows_of_no_answer_and_of_no_page_are_passed_over(history_id: str) -> None:
    entries = [
        frames_of("t1", 3, historyId=history_id, tools=[{"objectId": "a"}]),
        frames_of("t1", FRAMES, tools=[{"objectId": "a"}]),
        frames_of("t1", 9_999_999, tools=[{"objectId": "a"}]),
        frames_of("t1", FRAMES - 1, historyId="h1", tools=[{"objectId": "a"}]),
    ]
    rows = VideoRows(lists_of([]), FRAMES, OWNERS, table_of(entries))
    assert [[len(some) for some in chunk.lists] for chunk in rows.chunks()] == [[0, 0, 0, 1, 0, 0]]


def test_rows_without_a_page_keep_the_order_of_the_source() -> None:
    tools = [{"objectId": name} for name in "zay"]
    lists = [rows_of(orjson.dumps(tools), last_page=FRAMES - 1, classifications=False)]
    rows = VideoRows(lists, FRAMES, OWNERS, None)
    assert list(rows.chunks()) == []
    assert [[orjson.loads(row.text) for row in some] for some in rows.without_page] == [tools]
    assert rows.window(0, FRAMES - 1) == [[]]
