"""Sizes of the pages of a video, in bytes, without making their rows."""

from collections.abc import Iterator, Sequence

import numpy as np

from framehaul.transforms.video.expansion import VideoOptions
from framehaul.transforms.video.numbers import Numbers
from framehaul.transforms.video.rows import Row, columns_of
from framehaul.transforms.video.segments import alike, portions, segments_of
from framehaul.transforms.video.track_entries import extra_bytes
from framehaul.transforms.video.tracks import Gaps, Ints, gaps

_LONGEST_NUMBER = 25  # of a double as text, -1.2345678901234567e-308, and one to spare
_ROWS_AT_ONCE = 4096
_BYTES_AT_ONCE = 1 << 22


class PageBytes:
    """An upper bound of the bytes of each page of a video.

    It is exact with two exceptions. A coordinate that is or may be interpolated counts as 25 bytes. In the layout
    ``tracks`` every row counts the whole of its entry, though rows may share one.

    Rows are added in page order, in any number of portions. Only the last row and the last key row of each track
    are kept, and some rows that wait until there are many, since many at once take less time.

    Args:
        frames: number of frames of the video.
        options: see ``VideoOptions``.
    """

    def __init__(self, frames: int, options: VideoOptions) -> None:
        self._frames = frames
        self._options = options
        self._changes = np.zeros(frames + 1, np.int64)  # of the bytes, from each page to the next
        self._last: dict[str, Row] = {}
        self._last_keys: dict[str, Row] = {}
        self._waiting: list[Row] = []
        self._waiting_bytes = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Add settled rows of one list, none of which stands before the rows of an earlier call."""
        self._waiting += rows
        self._waiting_bytes += sum([len(row.text) for row in rows])
        if len(self._waiting) >= _ROWS_AT_ONCE or self._waiting_bytes >= _BYTES_AT_ONCE:
            self._take()

    def _take(self) -> None:
        rows, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._add_own(rows)
        if rows and not self._options.only_key_frames:
            neighbours = [*self._neighbours({row.track for row in rows}), *rows]
            found = self._new(
                gaps(columns_of(neighbours), first=0, end=self._frames, open_end=None), neighbours
            )
            if len(found.start):
                for some in portions(neighbours, found):
                    self._fill(some.start, some.end, self._filled_sizes(neighbours, some))
            self._last |= {row.track: row for row in rows if row.track}
            self._last_keys |= {row.track: row for row in rows if row.track and row.key}

    def _add_own(self, rows: Sequence[Row]) -> None:
        if self._options.only_key_frames:
            rows = [row for row in rows if row.key]
        pages = np.array([row.page for row in rows], np.int64)
        extra = {key: len(self._options.ending(key=key)) for key in (False, True)}
        sizes = np.array([len(row.text) + extra[row.key] for row in rows], np.int64)
        self._change(pages, pages + 1, sizes + self._entry_sizes(rows))

    def totals(self) -> Ints:
        """Bytes of each page, with one comma a row: shape (frames,)."""
        self._take()
        opened = [track for track, row in self._last_keys.items() if not row.stopped]
        keys = [self._last_keys[track] for track in opened]
        start = np.array([self._last[track].page + 1 for track in opened], np.int64)
        end = np.full(len(opened), self._frames)
        before = self._changes.copy()
        self._fill(start, end, self._held_sizes(keys))
        totals = np.cumsum(self._changes)[:-1]
        self._changes = before
        return totals

    def _neighbours(self, tracks: set[str]) -> Iterator[Row]:
        """The rows that are kept of earlier portions, of these tracks; in page order within each track."""
        for track in tracks & self._last.keys():
            last, key = self._last[track], self._last_keys.get(track)
            if key is not None and key is not last:
                yield key
            yield last

    def _new(self, found: Gaps, rows: Sequence[Row]) -> Gaps:
        """The gaps without those between the rows of earlier portions."""
        tracks = [rows[place].track for place in found.earlier.tolist()]
        done = np.array([self._last[track].page if track in self._last else -1 for track in tracks], np.int64)
        return Gaps(*(column[found.start > done] for column in found))

    def _held_sizes(self, keys: Sequence[Row]) -> Ints:
        """Bytes of copies of these key rows at another page, without the page, with a comma."""
        extra = len(self._options.ending(key=False))
        sizes = np.array([len(row.text) - len(str(row.page)) + extra for row in keys], np.int64)
        return sizes + self._entry_sizes(keys)

    def _entry_sizes(self, rows: Sequence[Row]) -> Ints | int:
        """The most bytes that each row's entry takes beside its rows."""
        if not self._options.with_entries:
            return 0
        return np.array([extra_bytes(row.track) for row in rows], np.int64)

    def _filled_sizes(self, rows: Sequence[Row], found: Gaps) -> Ints:
        """The most bytes that a row of each gap takes, without the page, with a comma."""
        segments, segment_of = segments_of(rows, found)
        growth = np.zeros(len(segments.earlier), np.int64)
        for group in alike(segments):
            lengths = _lengths(segments.numbers, group.numbers[0])
            growth[group.places] = (_growth(lengths) * group.differ).sum(axis=1)
        of_gap = growth[segment_of]
        # Behind a gap that ends at a computed row the next key frame may not have come yet: take the most it may be.
        ends = np.array([rows[place].page if place >= 0 else -1 for place in found.later.tolist()])
        for gap in np.flatnonzero(ends != found.end).tolist():
            frame = segments.earlier[segment_of[gap]]
            if frame.layout is not None:
                lengths = _lengths(segments.numbers, frame.first + frame.layout.coordinates)
                of_gap[gap] = _growth(lengths).sum()
        return self._held_sizes([rows[place] for place in found.earlier.tolist()]) + of_gap

    def _fill(self, start: Ints, end: Ints, sizes: Ints) -> None:
        """Add rows of these sizes, and their pages, at the pages from ``start`` to ``end``."""
        for digits in range(1, len(str(self._frames)) + 1):
            first = np.maximum(start, 10 ** (digits - 1) if digits > 1 else 0)
            last = np.minimum(end, 10**digits)
            some = first < last
            if some.any():
                self._change(first[some], last[some], sizes[some] + digits)

    def _change(self, start: Ints, end: Ints, sizes: Ints) -> None:
        np.add.at(self._changes, start, sizes)
        np.subtract.at(self._changes, end, sizes)


def _lengths(numbers: Numbers, places: Ints) -> Ints:
    return numbers.ends[places] - numbers.starts[places]


def _growth(lengths: Ints) -> Ints:
    """The bytes by which a number of this length may grow."""
    return np.maximum(_LONGEST_NUMBER - lengths, 0)
