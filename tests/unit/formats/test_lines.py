"""Lines of NDJSON: however a file is cut, each of its lines comes exactly once and whole."""

import itertools
import threading
import tracemalloc
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.lines import BYTE_ORDER_MARK
from framehaul.transforms.formats.lines import OversizedLine, lines_between, lines_of

QUICK = settings(max_examples=300, deadline=None)

LINES = st.sampled_from([b"", b"{}", b"\r", b'{"k":1}\r', b" ", b"x" * 70]) | st.binary(max_size=9).map(
    lambda line: line.replace(b"\n", b"").replace(b"\xef", b"")  # no byte order mark by chance
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    content = b"\n".join(draw(st.lists(LINES, max_size=8)))
    return content + draw(st.sampled_from([b"", b"\n", b"\n\n"]))


def lines_in(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def reader(content: bytes) -> Callable[[int, int], bytes]:
    def fetch(start: int, end: int) -> bytes:
        assert 0 <= start < end <= len(content)
        return content[start:end]

    return fetch


def read_in_ranges(content: bytes, cuts: Iterable[int], chunk: int) -> list[bytes]:
    inside = {cut % max(len(content), 1) for cut in cuts} - {0}
    return [
        line
        for start, end in itertools.pairwise([0, *sorted(inside), len(content)])
        for lines in lines_between(reader(content), start, end, len(content), chunk)
        for line in lines
    ]


def pieces(content: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    return [content[start:end] for start, end in itertools.pairwise(edges)]


CUTS = st.lists(st.integers(0, 400), max_size=6)


@QUICK
@given(contents(), CUTS, st.integers(1, 40))
def test_ranges_that_cover_a_file_give_each_line_once_and_in_order(
    content: bytes, cuts: list[int], chunk: int
) -> None:
    assert read_in_ranges(content, cuts, chunk) == lines_in(content)


@QUICK
@given(contents(), CUTS)
def test_a_stream_gives_the_same_lines_in_chunks_of_any_size(content: bytes, cuts: list[int]) -> None:
    found = [line for lines in lines_of(pieces(content, cuts)) for line in lines]
    assert found == lines_in(content)


@QUICK
@given(contents(), CUTS, st.integers(3, 40))
def test_a_byte_order_mark_is_dropped_at_the_start_of_the_file_alone(
    content: bytes, cuts: list[int], chunk: int
) -> None:
    content = b"x" + content + b"\n" + BYTE_ORDER_MARK + b"y"
    assert read_in_ranges(BYTE_ORDER_MARK + content, cuts, chunk) == lines_in(content)


@pytest.mark.parametrize("size", [1, 2])
def test_a_byte_order_mark_in_two_chunks_is_dropped_too(size: int) -> None:
    content = BYTE_ORDER_MARK + b"{}\n{}\n"
    assert [line for lines in lines_of([content[:size], content[size:]]) for line in lines] == [b"{}", b"{}"]
    assert read_in_ranges(content, [], chunk=size) == [b"{}", b"{}"]


def test_a_byte_order_mark_after_an_empty_first_chunk_is_dropped() -> None:
    # what a gzip file with an empty first member decompresses to
    assert list(lines_of([b"", BYTE_ORDER_MARK + b"{}\n"])) == [[b"{}"]]


@pytest.mark.parametrize("cut", range(1, 8))
def test_every_cut_around_a_line_end_gives_both_lines_to_one_range_each(cut: int) -> None:
    content = b"abc\ndef\n"
    first, second = (
        [line for lines in lines_between(reader(content), start, end, len(content)) for line in lines]
        for start, end in ((0, cut), (cut, len(content)))
    )
    assert first + second == [b"abc", b"def"]
    assert len(first) == (1 if cut <= 4 else 2)


@pytest.mark.parametrize("place", [0, 2, 4, 8])
def test_no_line_begins_in_an_empty_range(place: int) -> None:
    content = b"abc\ndef\n"
    assert list(lines_between(reader(content), place, place, len(content))) == []


@pytest.mark.parametrize("content", [b"", BYTE_ORDER_MARK])
def test_an_empty_file_has_no_lines(content: bytes) -> None:
    assert list(lines_of([content] if content else [])) == []
    assert read_in_ranges(content, [], chunk=10) == []


def test_a_line_longer_than_many_ranges_belongs_to_the_range_in_which_it_begins() -> None:
    content = b"a\n" + b"x" * 1000 + b"\nb\n"
    ranges = [
        [
            line
            for lines in lines_between(reader(content), start, start + 10, len(content), 16)
            for line in lines
        ]
        for start in range(0, 1000, 10)
    ]
    assert ranges[0] == [b"a", b"x" * 1000]
    assert all(found == [] for found in ranges[1:])


def test_the_next_chunk_is_on_its_way_while_lines_are_looked_at_and_nothing_is_fetched_twice() -> None:
    content = b"".join(b"%07d\n" % number for number in range(100))
    fetched: list[tuple[int, int]] = []
    second = threading.Event()

    def fetch(start: int, end: int) -> bytes:
        fetched.append((start, end))
        if start == 80:
            second.set()
        return content[start:end]

    lines = lines_between(fetch, 0, 240, len(content), 80)
    assert len(next(lines)) == 10
    assert second.wait(10)
    assert sum(map(len, lines)) == 20
    assert fetched == [(0, 80), (80, 160), (160, 240)]


def test_a_chunk_that_cannot_be_fetched_ahead_fails_the_reading() -> None:
    def fetch(start: int, end: int) -> bytes:
        if start:
            raise OSError("gone")
        return b"1\n" * 40

    with pytest.raises(OSError, match="gone"):
        list(lines_between(fetch, 0, 800, 800, 80))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_line_that_is_too_long_is_not_held_and_takes_no_other_with_it(size: int) -> None:
    content = b"first\n" + b"x" * 101 + b"\n" + b"y" * 100 + b"\nlast" + b"z" * 300
    pieces = (content[start : start + size] for start in range(0, len(content), size))
    found = [line for some in lines_of(pieces, 100) for line in some]
    assert found[0] == b"first"
    assert found[2] == b"y" * 100
    assert [line.length for line in found if isinstance(line, OversizedLine)] == [101, 304]
    assert len(found) == 4


def test_a_line_without_an_end_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        ((line,),) = lines_of(itertools.repeat(bytes(1 << 20), 40), 4 << 20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(line, OversizedLine)
    assert line.length == 40 << 20
    assert peak < 16 << 20
