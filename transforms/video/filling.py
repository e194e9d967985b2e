"""The rows that stand between key frames, as text.

Nearly all of an expanded video is made here, so everything is done for many rows at once: numpy computes the
coordinates, orjson writes them as one list, and rows are joined from columns of texts.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from framehaul.transforms.video.interpolation import Doubles, interpolated
from framehaul.transforms.video.number_texts import PAGES, number_texts, page_texts
from framehaul.transforms.video.rows import Row
from framehaul.transforms.video.segments import Segments, portions, segments_of
from framehaul.transforms.video.templates import Batch, Batches
from framehaul.transforms.video.tracks import Gaps, Ints

_NUMBERS_AT_ONCE = 1 << 16


class Filled(NamedTuple):
    """Computed rows, in no particular order.

    Attributes:
        pages: of each row.
        sources: for each row, the index of its earlier key frame.
        texts: as they are written.
    """

    pages: Ints
    sources: Ints
    texts: list[bytes]


class _Spans(NamedTuple):
    """Ranges of pages, each filled from one segment and inside one block of ``PAGES``; arrays of one length."""

    start: Ints
    end: Ints
    source: Ints  # which row is the earlier key frame
    segment: Ints


def filled(rows: Sequence[Row], gaps: Gaps, ending: bytes) -> Iterator[Filled]:
    """A row for every page of every gap.

    Args:
        rows: those that the gaps refer to.
        gaps: one at least.
        ending: the end of a computed row, in place of its closing brace.
    """
    for some in portions(rows, gaps):
        segments, segment_of = segments_of(rows, some)
        spans = _cut(_Spans(some.start, some.end, some.earlier, segment_of), PAGES)
        for batch in Batches(segments, ending).all():
            yield from _filled_batch(batch, segments, spans, ending)


def _cut(spans: _Spans, pages: int) -> _Spans:
    """Cut spans so that each is inside one block of ``pages`` pages."""
    first = spans.start // pages
    counts = (spans.end - 1) // pages - first + 1
    block = np.repeat(first, counts) + _places_within(counts)
    return _Spans(
        np.maximum(np.repeat(spans.start, counts), block * pages),
        np.minimum(np.repeat(spans.end, counts), (block + 1) * pages),
        np.repeat(spans.source, counts),
        np.repeat(spans.segment, counts),
    )


def _places_within(counts: Ints) -> Ints:
    """0, 1, ... up to each count.

    >>> _places_within(np.array([2, 3]))
    array([0, 1, 0, 1, 2])
    """
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _filled_batch(batch: Batch, segments: Segments, spans: _Spans, ending: bytes) -> Iterator[Filled]:
    place = np.full(len(segments.earlier), -1)
    place[batch.segments] = np.arange(len(batch.segments))
    own = place[spans.segment]
    spans = _Spans(*(column[own >= 0] for column in spans._replace(segment=own)))
    template = _Template(batch, segments, ending)
    for some in _at_once(spans, template.numbers + 1):
        pages, texts = template.filled(some)
        yield Filled(pages, np.repeat(some.source, some.end - some.start), texts)


def _at_once(spans: _Spans, numbers: int) -> Iterator[_Spans]:
    """The spans in portions whose rows have about ``_NUMBERS_AT_ONCE`` numbers, ``numbers`` in each row."""
    pages = PAGES
    while pages > 1 and pages * numbers > _NUMBERS_AT_ONCE:
        pages //= 2
    if pages < PAGES:
        spans = _cut(spans, pages)
    portion = np.cumsum(spans.end - spans.start) * numbers // _NUMBERS_AT_ONCE
    cuts = np.flatnonzero(portion[1:] != portion[:-1]) + 1
    for columns in zip(*(np.split(column, cuts) for column in spans), strict=True):
        yield _Spans(*columns)


class _Template:
    """The rows of one batch of segments; see ``Batch``."""

    def __init__(self, batch: Batch, segments: Segments, ending: bytes) -> None:
        self._ending = ending
        self._fields, self._page_place = batch.fields, batch.page_place
        self._frames = [segments.earlier[place] for place in batch.segments]
        self._texts = batch.texts
        self._starts, self._ends = np.concatenate(batch.values, axis=1)
        self._first = np.array([frame.page_number for frame in self._frames])
        laters = [segments.later[place] for place in batch.segments]
        self._last = np.array([later.page_number if later else 0 for later in laters])
        self.numbers = self._starts.shape[1]

    def filled(self, spans: _Spans) -> tuple[Ints, list[bytes]]:
        """The pages and the texts of the rows of some spans; their segments are numbered as in the batch."""
        start, end, _, segment = spans
        counts = end - start
        pages = np.repeat(start, counts) + _places_within(counts)
        numbers = np.repeat(segment, counts)
        columns = [_repeated(texts, segment.tolist(), counts.tolist()) for texts in self._texts]
        own_pages = chain.from_iterable(map(page_texts, start.tolist(), end.tolist()))
        if not self.numbers:
            return pages, list(map(b"".join, zip(columns[0], own_pages, columns[1], strict=False)))
        first = self._first[numbers]
        step, length = (pages - first).astype(np.float64), (self._last[numbers] - first).astype(np.float64)
        values = interpolated(self._starts[numbers], self._ends[numbers], step, length)
        fields = number_texts(values, self._fields)
        fields.insert(self._page_place, own_pages)
        texts = list(map(b"".join, zip(*_alternating(columns, fields), strict=False)))
        self._hold(texts, values, pages, numbers)
        return pages, texts

    def _hold(self, texts: list[bytes], values: Doubles, pages: Ints, segments: Ints) -> None:
        """Put the earlier key frame where the result of an interpolation is no number."""
        for row in np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist():
            frame = self._frames[segments[row]]
            start, end = frame.page
            texts[row] = b"%b%d%b%b" % (frame.text[:start], pages[row], frame.text[end:-1], self._ending)


def _alternating(texts: list[Iterable[bytes]], fields: list[Iterable[bytes]]) -> list[Iterable[bytes]]:
    columns = [texts[0]]
    for own, following in zip(fields, texts[1:], strict=True):
        columns += own, following
    return columns


def _repeated(texts: Sequence[bytes], segments: list[int], counts: list[int]) -> Iterable[bytes]:
    """The text of each span's segment, once for each of its rows; endless where all are equal."""
    if texts.count(texts[0]) == len(texts):
        return repeat(texts[0])
    return chain.from_iterable(map(repeat, map(texts.__getitem__, segments), counts))
