"""Rows of many tracks as arrays: their order, and the pages at which a row has to be computed."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_T = TypeVar("_T")


def track_ranks(tracks: list[str]) -> Ints:
    """The place of each row's track among all tracks, in the order of their UTF-8; -1 for a row of no track."""
    names = sorted({*tracks} - {""})  # by code point, which is the order of UTF-8
    ranks = {"": -1} | {name: rank for rank, name in enumerate(names)}
    return np.fromiter(map(ranks.__getitem__, tracks), np.int64, len(tracks))


def in_order(items: Sequence[_T], order: Ints) -> list[_T]:
    """The items at the places ``order``."""
    return list(map(items.__getitem__, order.tolist()))


class Columns(NamedTuple):
    """Rows as arrays of one length, by page in each track.

    Attributes:
        ranks: of the track; -1 for a row of no track.
        keys: whether it is a key row.
        stopped: whether it switches its object off.
    """

    pages: Ints
    ranks: Ints
    keys: Bools
    stopped: Bools

    def order_keys(self) -> Ints:
        """Numbers that ascend by page, then track."""
        return self.pages * np.int64(self.ranks.max(initial=0) + 2) + self.ranks


class Gaps(NamedTuple):
    """Ranges of pages at which an object is on and has no row; arrays of one length.

    Attributes:
        start, end: pages, half open.
        earlier: index of the key frame before each.
        later: index of the next key frame after each; -1 where there is none.
    """

    start: Ints
    end: Ints
    earlier: Ints
    later: Ints


def gaps(columns: Columns, *, first: int, end: int, open_end: int | None) -> Gaps:
    """Find the pages at which rows have to be computed, track by track.

    Args:
        columns: the rows; those outside of the pages count as neighbours.
        first, end: the pages to look at, half open.
        open_end: half-open end of the pages at which the last row of a track holds; ``None`` where the rows that
            come next are not known yet.
    """
    order = np.argsort(columns.ranks, kind="stable")
    pages, ranks = columns.pages[order], columns.ranks[order]
    keys, stopped = columns.keys[order], columns.stopped[order]
    following = np.append(pages[1:], 0)
    is_last = np.append(ranks[1:] != ranks[:-1], True)
    following[is_last] = pages[is_last] + 1 if open_end is None else open_end
    places = np.arange(len(order))
    earlier = np.maximum.accumulate(np.where(keys, places, -1))
    starts, ends = np.maximum(pages + 1, first), np.minimum(following, end)
    wanted = (starts < ends) & (ranks >= 0) & (earlier >= 0)
    wanted &= (ranks[earlier] == ranks) & ~stopped[earlier]
    later = _next_key(keys, places)
    later[(later >= 0) & (ranks[later] != ranks)] = -1
    later = np.where(later >= 0, order[later], -1)
    return Gaps(starts[wanted], ends[wanted], order[earlier[wanted]], later[wanted])


def _next_key(keys: Bools, places: Ints) -> Ints:
    """The first key row after each row; -1 where there is none."""
    count = len(places)
    after = np.append(np.where(keys, places, count)[1:], count)
    nearest = np.minimum.accumulate(after[::-1])[::-1]
    return np.where(nearest < count, nearest, -1)
