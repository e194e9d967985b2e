"""Cuts of a record that is too long for one line (transforms/README.md, "Parts").

A video is cut between pages. Only a page that is too long by itself is shared
by several parts, and then it is cut between rows; so is a record that has no
pages, which counts as one page here.
"""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

LONGEST_LINE = 16 << 20
"""The longest line that DuckDB reads; no line is ever longer."""

PageBytes = NDArray[np.int64]
RowSizes = Callable[[int], Sequence[int]]
"""Bytes of each row of one page, a comma included, in the order in which parts share them: list by list."""


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of a record.

    Attributes:
        first_page, last_page: the pages in it, both inclusive.
        first_row, end_row: the rows of its page, half open, counted through all
            lists; ``end_row`` is -1 where the part has whole pages.
    """

    first_page: int
    last_page: int
    first_row: int = 0
    end_row: int = -1

    @property
    def has_whole_pages(self) -> bool:
        return self.end_row < 0


def cut_parts(page_bytes: PageBytes, room: int, rows_of_page: RowSizes) -> list[Part]:
    """The parts of a record, each as long as fits.

    Args:
        page_bytes: shape (pages,), bytes of the rows of each page, with a comma for each row.
        room: bytes of rows that fit in a line.
        rows_of_page: called only for pages that do not fit.

    >>> cut_parts(np.array([4, 4, 9, 0, 3]), 8, lambda page: [3, 3, 3])
    [Part(first_page=0, last_page=1, first_row=0, end_row=-1), Part(first_page=2, last_page=2, first_row=0, end_row=2), Part(first_page=2, last_page=2, first_row=2, end_row=3), Part(first_page=3, last_page=4, first_row=0, end_row=-1)]
    """
    ends = np.cumsum(page_bytes)
    parts: list[Part] = []
    page, before = 0, 0
    while page < len(ends):
        end = int(np.searchsorted(ends, before + room, side="right"))
        if end > page:
            parts.append(Part(page, end - 1))
        else:
            end = page + 1
            parts.extend(Part(page, page, *rows) for rows in cut_rows(rows_of_page(page), room))
        page, before = end, int(ends[end - 1])
    return parts


def cut_rows(sizes: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows that fit together; a row that does not fit is alone.

    >>> list(cut_rows([3, 3, 9, 1], 6))
    [(0, 2), (2, 3), (3, 4)]
    """
    first, held = 0, 0
    for row, size in enumerate(sizes):
        if held + size > room and row > first:
            yield first, row
            first, held = row, 0
        held += size
    if len(sizes) > first:
        yield first, len(sizes)
