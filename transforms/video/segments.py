"""Segments of tracks, each from one key frame to the next, and the coordinates to interpolate in them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from framehaul.transforms.video.interpolation import Doubles
from framehaul.transforms.video.key_frames import KeyFrame, key_frames
from framehaul.transforms.video.numbers import Numbers
from framehaul.transforms.video.rows import Row
from framehaul.transforms.video.shapes import Layout, fit
from framehaul.transforms.video.tracks import Bools, Gaps, Ints

_COST = 4096  # of any key frame, beside the bytes of its text
_COSTS_AT_ONCE = 1 << 22


class Segments(NamedTuple):
    """Some segments.

    Attributes:
        earlier: the key frame before each.
        later: the one after it, if any.
        numbers: those in the shapes of all of them.
    """

    earlier: list[KeyFrame]
    later: list[KeyFrame | None]
    numbers: Numbers


class Alike(NamedTuple):
    """Segments whose earlier shapes have one layout and whose later shapes fit.

    Attributes:
        places: of these among all segments; shape (segments,).
        layout: of the earlier shapes.
        numbers: for each coordinate, in the order of the text, its index in ``Segments.numbers``: at the earlier
            and at the later key frame; shape (2, segments, coordinates).
        values: the coordinates; same shape.
        differ: whether a coordinate differs between the two; shape (segments, coordinates).
    """

    places: Ints
    layout: Layout
    numbers: Ints
    values: Doubles
    differ: Bools


def portions(rows: Sequence[Row], gaps: Gaps) -> Iterator[Gaps]:
    """The gaps in portions, so that memory holds few key frames at a time that are taken apart.

    Args:
        rows: those that the gaps refer to.
        gaps: one at least.
    """
    costs = np.array([len(rows[place].text) for place in gaps.earlier.tolist()]) + _COST
    portion = np.cumsum(costs) // _COSTS_AT_ONCE
    cuts = np.flatnonzero(portion[1:] != portion[:-1]) + 1
    for columns in zip(*(np.split(column, cuts) for column in gaps), strict=True):
        yield Gaps(*columns)


def segments_of(rows: Sequence[Row], gaps: Gaps) -> tuple[Segments, Ints]:
    """The segments that gaps lie in; and for each gap the index of its segment."""
    earlier, segment_of = np.unique(gaps.earlier, return_inverse=True)
    later = np.empty_like(earlier)
    later[segment_of] = gaps.later
    needed = np.unique(np.concatenate((earlier, later[later >= 0]))).tolist()
    found, numbers = key_frames([rows[place].text for place in needed])
    frames = dict(zip(needed, found, strict=True))
    return Segments(
        [frames[row] for row in earlier.tolist()], [frames.get(row) for row in later.tolist()], numbers
    ), segment_of


def alike(segments: Segments) -> Iterator[Alike]:
    """The segments that have something to interpolate; in the others the earlier key frame holds."""
    groups: dict[int, tuple[Layout, list[int]]] = {}
    for place, (earlier, later) in enumerate(zip(segments.earlier, segments.later, strict=True)):
        layout = earlier.layout
        if layout is not None and later is not None and fit(layout, later.layout):
            groups.setdefault(id(layout), (layout, []))[1].append(place)
    for layout, places in groups.values():
        numbers = _coordinates(segments, places, layout)
        values = segments.numbers.values[numbers]
        yield Alike(np.array(places), layout, numbers, values, values[0] != values[1])


def _coordinates(segments: Segments, places: list[int], layout: Layout) -> Ints:
    laters = [later for place in places if (later := segments.later[place])]
    firsts = np.array(
        [[segments.earlier[place].first for place in places], [later.first for later in laters]]
    )
    coordinates = np.tile(layout.coordinates, (2, len(places), 1))
    for place, later in enumerate(laters):
        if later.layout is not None and later.layout is not layout:
            coordinates[1, place] = later.layout.coordinates
    return (firsts[:, :, np.newaxis] + coordinates)[:, :, np.argsort(layout.coordinates)]
