"""Layouts of shapes: which of their numbers are coordinates, and whether two shapes fit.

A shape is looked at as text: the numbers in it, and what stands between them, its *frame*, in which every
number is a ``0``. The frame says which numbers are coordinates. Nearly all key frames of a track have the same
frame, so it is read once.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

INTERPOLATED = ("bounding-box", "point", "polygon", "segmentation")

Ring = list[list[int]]  # points, each number as its place among the numbers of the text

NUMBER = re.compile(rb"-?[0-9][-+.0-9eE]*")

_STRING_OR_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*', re.DOTALL)
_BOX = ("x", "y", "width", "height")


class Layout(NamedTuple):
    """The coordinates among the numbers of a shape's text.

    Attributes:
        structure: equal for two shapes that fit: same kind, zones, rings and points.
        coordinates: for every coordinate, its index among the numbers of the text. Their order depends on
            ``structure`` alone, not on the order of keys in the text.
        fields: the coordinates in the order of the text, as fields: 0 is a single number, n is n points of x and
            y that are written together, such as ``1,2],[3,4`` for 2.
    """

    structure: Any
    coordinates: NDArray[np.int64]
    fields: tuple[int, ...]


def fit(one: Layout, other: Layout | None) -> bool:
    """Tell whether two shapes have the same coordinates, so that shapes between them can be computed."""
    return one is other or (other is not None and one.structure == other.structure)


@lru_cache(maxsize=256)
def layout_of(kind: str, text: bytes) -> Layout | None:
    """The layout of a shape; ``None`` where it cannot be interpolated.

    Args:
        kind: one of ``INTERPOLATED``.
        text: JSON of the shape, or its frame. A text with a backslash has to be the JSON: digits behind it may
            be part of the name of a key.
    """
    try:
        structure, rings = _READERS[kind](orjson.loads(_numbered(text)))
    except (TypeError, KeyError, orjson.JSONDecodeError):
        return None
    coordinates = [place for ring in rings for point in ring for place in point]
    if not coordinates:
        return None
    between = NUMBER.split(text)
    ordered = sorted(rings, key=lambda ring: ring[:1])
    fields = tuple(field for ring in ordered for field in _fields(ring, between))
    return Layout((kind, structure), np.array(coordinates, np.int64), fields)


def _numbered(text: bytes) -> bytes:
    """``text`` with each number replaced by its place among the numbers, digits in strings counted too."""
    place = 0

    def numbered(match: re.Match[bytes]) -> bytes:
        nonlocal place
        found, before = match[0], place
        place += len(NUMBER.findall(found)) if found[:1] == b'"' else 1
        return found if found[:1] == b'"' else b"%d" % before

    return _STRING_OR_NUMBER.sub(numbered, text)


def _fields(ring: Ring, between: list[bytes]) -> list[int]:
    places = [place for point in ring for place in point]
    pairs = [b",", b"],["] * len(ring)
    if len(ring) > 1 and between[places[0] + 1 : places[-1] + 1] == pairs[:-1]:
        return [len(ring)]
    return [0] * len(places)


def _read_box(box: Any) -> tuple[Any, list[Ring]]:
    return None, [[[_place(box[key]) for key in _BOX]]]


def _read_point(point: Any) -> tuple[Any, list[Ring]]:
    ring = [_point(point)]
    return len(ring[0]), [ring]


def _read_polygon(points: Any) -> tuple[Any, list[Ring]]:
    ring = _ring(points)
    return _lengths(ring), [ring]


def _read_segmentation(shape: Any) -> tuple[Any, list[Ring]]:
    zones = [[_ring(zone["region"]), *_holes(zone)] for zone in _list(shape["zones"])]
    structure = tuple(tuple(_lengths(ring) for ring in zone) for zone in zones)
    return structure, [ring for zone in zones for ring in zone]


def _holes(zone: dict[str, Any]) -> list[Ring]:
    holes = zone.get("holes")
    return [] if holes is None else [_ring(hole) for hole in _list(holes)]


def _lengths(ring: Ring) -> tuple[int, ...]:
    return tuple(len(point) for point in ring)


def _ring(points: Any) -> Ring:
    return [_point(point) for point in _list(points)]


def _point(numbers: Any) -> list[int]:
    return [_place(number) for number in _list(numbers)]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _place(value: Any) -> int:
    if type(value) is not int:  # a bool is an int, and is no coordinate
        raise TypeError
    return value


_READERS = {
    "bounding-box": _read_box,
    "point": _read_point,
    "polygon": _read_polygon,
    "segmentation": _read_segmentation,
}
