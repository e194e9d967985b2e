"""Entries of a list, and the rows that stand in each (layout ``tracks``)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from framehaul.transforms.parts.skeleton import LISTS, RELATIONS
from framehaul.transforms.video.rows import NO_PAGE, Row
from framehaul.transforms.video.track_entries import ENTRY_END, NOBODY, Owner, without_page
from framehaul.transforms.video.tracks import in_order

_LOOSE = -2  # a row without page
_ALONE = -1  # a row of no track


class _Head(msgspec.Struct, rename="camel", gc=False):
    object_id: str | None = None


_HEADS = msgspec.json.Decoder(list[_Head])


@dataclass(frozen=True)
class Entries:
    """The entries of one list.

    Attributes:
        numbers: number of the entry that each row is in; below 0 for a row that shares no entry.
        heads: the text before the first row of each entry.
    """

    numbers: NDArray[np.int64]
    heads: Sequence[bytes]

    def gathered(self, texts: Sequence[bytes], start: int, end: int) -> list[bytes]:
        """The elements of a list that has the rows from ``start`` to ``end``."""
        order = np.argsort(self.numbers[start:end], kind="stable") + start
        found, firsts = np.unique(self.numbers[order], return_index=True)
        bounds = [*firsts.tolist(), len(order)]
        elements: list[bytes] = []
        for number, (first, after) in zip(found.tolist(), pairwise(bounds), strict=True):
            elements += self._elements(number, in_order(texts, order[first:after]))
        return elements

    def _elements(self, number: int, rows: list[bytes]) -> list[bytes]:
        if number == _LOOSE:
            return rows
        if number == _ALONE:
            return [NOBODY.head() + row + ENTRY_END for row in rows]
        return [self.heads[number] + b",".join(rows) + ENTRY_END]

    def extra_bytes(self, start: int, end: int) -> NDArray[np.int64]:
        """The most bytes that each of some rows adds beside its own: those of its whole entry."""
        return self._sizes()[self.numbers[start:end]]

    def repeated_bytes(self) -> int:
        """The bytes that ``extra_bytes`` counts too many for all rows, since rows share entries."""
        found, counts = np.unique(self.numbers[self.numbers >= 0], return_counts=True)
        return int((self._sizes()[found] * (counts - 1)).sum())

    def _sizes(self) -> NDArray[np.int64]:
        """Bytes of the entries without their rows, by number; -2 and -1 are the last two."""
        shared = [len(head) + len(ENTRY_END) for head in self.heads]
        return np.array([*shared, 0, len(NOBODY.head()) + len(ENTRY_END)], np.int64)


def kept_apart(lists: Sequence[list[Row]]) -> list[list[Row]]:
    """All lists of a record, with rows without page written so that no reader takes one for an entry."""
    return [
        rows if number % LISTS == RELATIONS else [_apart(row) for row in rows]
        for number, rows in enumerate(lists)
    ]


def _apart(row: Row) -> Row:
    text = without_page(row.text) if row.page == NO_PAGE else row.text
    return row if text is row.text else msgspec.structs.replace(row, text=text)


def entries_of(
    loose: int, rows: Sequence[Row], sources: NDArray[np.int64], *, classifications: bool
) -> Entries:
    """The entries of a list.

    Args:
        loose: number of rows without page, which come first.
        rows: those that have a page.
        sources: for each row of the list after these, the index in ``rows`` of the row that it is or is computed
            from.
        classifications: whether the list is one of classifications.
    """
    owners = list(_owners(rows, classifications=classifications))
    names = sorted({*owners} - {NOBODY})  # by code point, which is the order of UTF-8
    ranks = {NOBODY: _ALONE} | {name: rank for rank, name in enumerate(names)}
    of_row = np.fromiter(map(ranks.__getitem__, owners), np.int64, len(owners))
    return Entries(np.concatenate([np.full(loose, _LOOSE), of_row[sources]]), [name.head() for name in names])


def _owners(rows: Sequence[Row], *, classifications: bool) -> Iterator[Owner]:
    if not classifications:
        return map(Owner, (row.track for row in rows))
    heads = _HEADS.decode(b"[%b]" % b",".join([row.text for row in rows]))
    return (
        Owner(row.track, bool(row.track) and not head.object_id)
        for row, head in zip(rows, heads, strict=True)
    )
