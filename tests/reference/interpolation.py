"""How the reference moves a shape between two key frames (transforms/README.md, "Video").

Part of the independent judge (see ``reference.export``).
"""

import math
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Move = Callable[[float, float], float]

CORNER_AND_SIZE = ("x", "y", "width", "height")


class UnlikeError(Exception):
    """Two shapes without a way from one to the other: the earlier one is held."""


def moved_shapes(earlier: Json, later: Json, first: int, last: int, page: int) -> Json:
    """The shapes of a row at ``page``, between key rows ``earlier`` at ``first`` and ``later`` at ``last``.

    Only what moves is in it: a shape that has to be held is not.
    """

    def move(start: float, end: float) -> float:
        value = start + (end - start) * (page - first) / (last - first)
        if not math.isfinite(value):
            raise UnlikeError
        return value

    shapes = {}
    for kind, moved in MOVED.items():
        if kind in earlier and kind in later:
            try:
                shapes[kind] = moved(earlier[kind], later[kind], move)
            except UnlikeError:
                continue
    return shapes


def _lists(depth: int) -> Callable[[Any, Any, Move], Any]:
    """For lists in lists of numbers: a point is 1 deep, a ring 2, the rings of a zone 3."""

    def moved(start: Any, end: Any, move: Move) -> Any:
        if depth == 0:
            return _coordinate(start, end, move)
        if not isinstance(start, list) or not isinstance(end, list) or len(start) != len(end):
            raise UnlikeError
        return [_lists(depth - 1)(*pair, move) for pair in zip(start, end, strict=True)]

    return moved


def _coordinate(start: Any, end: Any, move: Move) -> Any:
    """A coordinate that stays keeps its writing: 20 does not become 20.0."""
    if not _is_number(start) or not _is_number(end):
        raise UnlikeError
    return start if start == end else move(float(start), float(end))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _box(start: Any, end: Any, move: Move) -> Json:
    box: Json = _object(start)
    end = _object(end)
    return box | {key: _coordinate(box.get(key), end.get(key), move) for key in CORNER_AND_SIZE}


def _segmentation(start: Any, end: Any, move: Move) -> Json:
    segmentation: Json = _object(start)
    zones = segmentation.get("zones"), _object(end).get("zones")
    if not all(isinstance(value, list) for value in zones) or len(zones[0]) != len(zones[1]):
        raise UnlikeError
    return segmentation | {
        "zones": [_zone(_object(a), _object(b), move) for a, b in zip(*zones, strict=True)]
    }


def _zone(start: Json, end: Json, move: Move) -> Json:
    zone = start | {"region": _lists(2)(start.get("region"), end.get("region"), move)}
    if not start.get("holes") and not end.get("holes"):
        return zone
    return zone | {"holes": _lists(3)(start.get("holes"), end.get("holes"), move)}


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise UnlikeError
    return value


MOVED: dict[str, Callable[[Any, Any, Move], Any]] = {
    "bounding-box": _box,
    "point": _lists(1),
    "polygon": _lists(2),
    "segmentation": _segmentation,
}
