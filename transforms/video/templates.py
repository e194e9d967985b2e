"""Computed rows of many segments as templates that are filled in at once.

The rows of a segment are alike but for the page and the coordinates that differ between its key frames.
Segments whose templates have the same places are a batch.
"""

from dataclasses import dataclass

import numpy as np

from framehaul.transforms.video.interpolation import Doubles
from framehaul.transforms.video.segments import Alike, Segments, alike
from framehaul.transforms.video.tracks import Ints


@dataclass
class Batch:
    """Segments with the same places in their templates.

    Attributes:
        fields: the interpolated coordinates, in the order of the text; see ``Layout``.
        page_place: how many fields stand before the page.
        segments: their indices among all segments.
        texts: those around the fields and the page: columns with one text for each segment.
        values: coordinates at both key frames, in the order of the text: blocks of shape
            (2, segments, numbers), to be put together along the segments.
    """

    fields: tuple[int, ...]
    page_place: int
    segments: list[int]
    texts: list[list[bytes]]
    values: list[Doubles]


class Batches:
    """Sorts segments into batches.

    Args:
        segments: see ``Segments``.
        ending: the end of a computed row, in place of its closing brace.
    """

    def __init__(self, segments: Segments, ending: bytes) -> None:
        self._segments = segments
        self._pages = np.array([frame.page for frame in segments.earlier], np.int64)
        self._ending = ending
        self._found: dict[tuple[tuple[int, ...], int], Batch] = {}

    def all(self) -> list[Batch]:
        """All batches; every segment is in one of them."""
        is_held = np.ones(len(self._pages), np.bool_)
        for group in alike(self._segments):
            is_held[group.places] = ~group.differ.any(axis=1)
            self._add_alike(group)
        held = np.flatnonzero(is_held)
        if len(held):
            self._add(held, (), np.empty((len(held), 0, 2), np.int64), np.empty((2, len(held), 0)))
        return list(self._found.values())

    def _add_alike(self, group: Alike) -> None:
        """Add segments of one layout, in groups with the same side of the page and number of coordinates that differ."""
        starts, ends, _ = self._segments.numbers
        numbers = group.numbers[0]
        counts = group.differ.sum(axis=1)
        kinds = 2 * counts + (starts[numbers[:, 0]] < self._pages[group.places, 0])
        for kind in np.unique(kinds[counts > 0]).tolist():
            chosen = np.flatnonzero(kinds == kind)
            differ, count = group.differ[chosen], kind // 2
            fields = group.layout.fields if count == differ.shape[1] else (0,) * count
            lengths = np.array([2 * points or 1 for points in fields])
            first = np.cumsum(lengths) - lengths
            own = numbers[chosen][differ].reshape(len(chosen), count)
            places = np.stack((starts[own[:, first]], ends[own[:, first + lengths - 1]]), axis=2)
            values = group.values[:, chosen][:, differ].reshape(2, len(chosen), count)
            self._add(group.places[chosen], fields, places, values)

    def _add(self, segments: Ints, fields: tuple[int, ...], places: Ints, values: Doubles) -> None:
        """Add segments that belong to one batch.

        Args:
            segments: their indices among all segments.
            fields: see ``Batch``.
            places: where the fields stand: shape (segments, fields, 2).
            values: see ``Batch``.
        """
        pages = self._pages[segments]
        page_place = int((places[0, :, 0] < pages[0, 0]).sum())
        batch = self._found.get((fields, page_place))
        if batch is None:
            batch = Batch(fields, page_place, [], [[] for _ in range(len(fields) + 2)], [])
            self._found[fields, page_place] = batch
        batch.segments += segments.tolist()
        batch.values.append(values)
        rows = [self._segments.earlier[segment].text for segment in segments.tolist()]
        places = np.insert(places, page_place, pages, axis=1)
        befores = np.insert(places[:, :, 1], 0, 0, axis=1).T.tolist()
        afters = [*places[:, :, 0].T.tolist(), [-1] * len(rows)]
        for column, starts, ends in zip(batch.texts, befores, afters, strict=True):
            column += [row[start:end] for row, start, end in zip(rows, starts, ends, strict=True)]
        batch.texts[-1][-len(rows) :] = [text + self._ending for text in batch.texts[-1][-len(rows) :]]
