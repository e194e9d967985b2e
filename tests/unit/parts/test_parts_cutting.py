"""Where a record is cut: nothing lost, nothing twice, and every part as long as fits."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.parts.cutting import Part, cut_parts, cut_rows
from framehaul.transforms.reasons import Reason

QUICK = settings(max_examples=200, deadline=None)

ROOM = st.integers(0, 40)
PAGES = st.lists(st.lists(st.integers(1, 25), max_size=5), min_size=1, max_size=30)


def parts_of(pages: list[list[int]], room: int) -> list[Part]:
    return cut_parts(np.array([sum(rows) for rows in pages]), room, lambda page: pages[page])


def bytes_of(pages: list[list[int]], part: Part) -> int:
    if part.has_whole_pages:
        return sum(sum(rows) for rows in pages[part.first_page : part.last_page + 1])
    return sum(pages[part.first_page][part.first_row : part.end_row])


@QUICK
@given(PAGES, ROOM)
def test_parts_cover_every_page_and_every_row_once_and_in_order(pages: list[list[int]], room: int) -> None:
    found = []
    for part in parts_of(pages, room):
        if part.has_whole_pages:
            numbers = range(part.first_page, part.last_page + 1)
            found += [(page, row) for page in numbers for row in range(max(1, len(pages[page])))]
        else:
            assert part.first_page == part.last_page
            found += [(part.first_page, row) for row in range(part.first_row, part.end_row)]
    # a page without rows stands for itself here, so that a gap would be seen
    assert found == [(page, row) for page, rows in enumerate(pages) for row in range(max(1, len(rows)))]


@QUICK
@given(PAGES, ROOM)
def test_no_part_is_over_the_room_unless_it_is_a_single_row(pages: list[list[int]], room: int) -> None:
    for part in parts_of(pages, room):
        is_single_row = not part.has_whole_pages and part.end_row - part.first_row == 1
        assert bytes_of(pages, part) <= room or is_single_row


@QUICK
@given(PAGES, ROOM)
def test_only_a_page_that_is_too_long_by_itself_is_shared(pages: list[list[int]], room: int) -> None:
    for part in parts_of(pages, room):
        assert part.has_whole_pages or sum(pages[part.first_page]) > room


@QUICK
@given(PAGES, ROOM)
def test_no_two_neighbours_could_be_one(pages: list[list[int]], room: int) -> None:
    for part, following in pairwise(parts_of(pages, room)):
        if part.has_whole_pages and following.has_whole_pages:
            assert bytes_of(pages, part) + sum(pages[following.first_page]) > room
        elif part.last_page == following.first_page:
            assert bytes_of(pages, part) + pages[part.first_page][part.end_row] > room


@QUICK
@given(PAGES, ROOM)
def test_the_rows_of_a_page_are_looked_at_only_where_it_does_not_fit(
    pages: list[list[int]], room: int
) -> None:
    looked_at: list[int] = []

    def rows_of_page(page: int) -> Sequence[int]:
        looked_at.append(page)
        return pages[page]

    cut_parts(np.array([sum(rows) for rows in pages]), room, rows_of_page)
    assert looked_at == [page for page, rows in enumerate(pages) if sum(rows) > room]


@QUICK
@given(st.lists(st.integers(1, 25), max_size=30), ROOM)
def test_ranges_of_rows_are_as_long_as_fits(sizes: list[int], room: int) -> None:
    ranges = list(cut_rows(sizes, room))
    assert [row for first, end in ranges for row in range(first, end)] == list(range(len(sizes)))
    for first, end in ranges:
        assert sum(sizes[first:end]) <= room or end - first == 1
        assert end == len(sizes) or sum(sizes[first : end + 1]) > room


def test_a_page_of_very_many_rows_is_cut_like_any_other() -> None:
    sizes = [100] * 100_000
    parts = cut_parts(np.array([50, sum(sizes), 50]), 1000, lambda page: sizes)
    assert parts[0] == Part(0, 0)
    assert parts[1:-1] == [Part(1, 1, row, row + 10) for row in range(0, 100_000, 10)]
    assert parts[-1] == Part(2, 2)


@pytest.mark.parametrize("room", [0, 1, 1 << 20])
def test_a_record_without_rows_is_one_part_of_all_pages(room: int) -> None:
    assert cut_parts(np.zeros(1_000_000, np.int64), room, lambda page: []) == [Part(0, 999_999)]


def test_sizes_beyond_32_bits_are_cut_too() -> None:
    sizes = np.full(40, 1 << 33)
    assert parts_of([[1 << 33]] * 40, 1 << 34) == [Part(page, page + 1) for page in range(0, 40, 2)]
    assert cut_parts(sizes, int(sizes.sum()), lambda page: []) == [Part(0, 39)]


def test_a_page_that_cannot_be_cut_refuses_the_record() -> None:
    def refuse(page: int) -> Sequence[int]:
        raise InvalidRecordError(Reason.LINE_TOO_LONG, f"page {page}")

    with pytest.raises(InvalidRecordError, match="page 1"):
        cut_parts(np.array([5, 50, 5]), 10, refuse)
