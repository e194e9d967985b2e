"""The shape of every tool, drawn inside an area. Coordinates are pixels, floats with two decimals.

Source: transforms/README.md, "Shapes". Nobody has published the shapes of ``spline`` (here a list
of points), ``circle`` (centre and radius) and ``message`` (the message's id): these three are assumed.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.names import DRAWN_AREA, SELECTIONS

# (degrees, cosine, sine) as literals: math.sin is not the same to the last bit everywhere
_TURNS = (
    (0.0, 1.0, 0.0),
    (30.0, 0.8660254, 0.5),
    (-45.0, 0.70710678, -0.70710678),
    (60.0, 0.5, 0.8660254),
    (-90.0, 0.0, -1.0),
    (135.0, -0.70710678, 0.70710678),
)

Point = list[float]


class Area(NamedTuple):
    """A rectangle of the asset, in pixels."""

    x: float
    y: float
    width: float
    height: float


Draw = Callable[[Draws, Area, int], object]
"""Function that draws one shape inside an area, with a number of points where a tool lets one choose."""


def box(draws: Draws, area: Area, _points: int) -> object:
    """``{"x", "y", "height", "width"}``."""
    width, height = draws.between(area.width / 2, area.width), draws.between(area.height / 2, area.height)
    return {"x": int(area.x * 100) / 100, "y": int(area.y * 100) / 100, "height": height, "width": width}


def rotated_box(draws: Draws, area: Area, _points: int) -> object:
    """A box about the middle of the area; ``x`` and ``y`` are its first corner."""
    degrees, cosine, sine = draws.pick(_TURNS)
    middle_x, middle_y = area.x + area.width / 2, area.y + area.height / 2
    half_width = min(area.width, area.height) * 0.35
    half_height = half_width * (0.4 + 0.5 * draws.random())
    corners = [
        [
            int((middle_x + u * cosine - v * sine) * 100) / 100,
            int((middle_y + u * sine + v * cosine) * 100) / 100,
        ]
        for u, v in (
            (-half_width, -half_height),
            (half_width, -half_height),
            (half_width, half_height),
            (-half_width, half_height),
        )
    ]
    width, height = int(half_width * 200) / 100, int(half_height * 200) / 100
    x, y = corners[0]
    return {"x": x, "y": y, "width": width, "height": height, "rotation": degrees, "corners": corners}


def ring(draws: Draws, area: Area, points: int) -> list[Point]:
    """A polygon round the middle of the area, not closed."""
    random = draws.random
    middle_x, radius_x = area.x + area.width / 2, area.width / 2
    middle_y, radius_y = area.y + area.height / 2, area.height / 2
    return [
        [
            int((middle_x + radius_x * u * (0.7 + 0.3 * random())) * 100) / 100,
            int((middle_y + radius_y * v * (0.7 + 0.3 * random())) * 100) / 100,
        ]
        for u, v in _unit_ring(points)
    ]


def line(draws: Draws, area: Area, points: int) -> list[Point]:
    """A polyline or spline from left to right."""
    random, step = draws.random, area.width / points
    return [
        [int((area.x + index * step) * 100) / 100, int((area.y + area.height * random()) * 100) / 100]
        for index in range(points)
    ]


def point(draws: Draws, area: Area, _points: int) -> object:
    """``[x, y]``."""
    return [draws.between(area.x, area.x + area.width), draws.between(area.y, area.y + area.height)]


def zones(draws: Draws, area: Area, points: int) -> object:
    """A segmentation: one or two zones, some with a hole."""
    left = area._replace(width=area.width / 2)
    areas = (left, left._replace(x=area.x + area.width / 2)) if points % 4 == 0 else (area,)
    return {"zones": [_zone(draws, part, points) for part in areas]}


def circle(draws: Draws, area: Area, _points: int) -> object:
    """Assumed shape: centre and radius."""
    radius = min(area.width, area.height) / 2
    return {"center": point(draws, area, 1), "radius": int(radius * 100) / 100}


def text_span(draws: Draws, _area: Area, _points: int) -> object:
    """Named entity in a text; offsets are characters."""
    start, selection = draws.below(4000), draws.pick(SELECTIONS)
    return {"start": start, "end": start + len(selection), "selection": selection}


def audio_span(draws: Draws, _area: Area, _points: int) -> object:
    """Named entity in a recording; offsets are seconds."""
    start = draws.between(0, 1800)
    return {"start": start, "end": draws.between(start + 1, start + 9), "selection": draws.pick(SELECTIONS)}


def pdf_mark(draws: Draws, _area: Area, points: int) -> object:
    """Marked text of a page, or at times an area drawn on it; ``pageNumber`` is 1-based."""
    bounds = _pdf_rectangle(draws)
    drawn = points % 6 == 0
    rectangles = [] if drawn else [bounds]
    content = {"image": DRAWN_AREA} if drawn else {"text": draws.pick(SELECTIONS)}
    position = {"boundingRect": bounds, "rects": rectangles, "pageNumber": 1 + draws.below(12)}
    return {"position": position, "content": content}


def angle(draws: Draws, _area: Area, _points: int) -> object:
    """Three voxels (coronal, sagittal, axial) and the angle between them in degrees."""
    corners = {name: [draws.between(0, 400) for _ in range(3)] for name in ("vertex", "p1", "p2")}
    return {**corners, "angle": draws.between(1, 179)}


def box_3d(draws: Draws, area: Area, _points: int) -> object:
    """Two opposite corners in a volume; the tape measure has the same keys."""
    near = {"x1": area.x, "y1": area.y, "z1": draws.between(0, 60)}
    far = {"x2": area.x + area.width, "y2": area.y + area.height, "z2": draws.between(61, 120)}
    return {name: int(value * 100) / 100 for name, value in {**near, **far}.items()}


def voxel_brush(_draws: Draws, _area: Area, _points: int) -> object:
    """The voxels are in ``medicalBrushDataUrl``; the entry only says that there are some."""
    return True


def message(draws: Draws, _area: Area, _points: int) -> object:
    """Assumed shape: the id of the message that is judged."""
    return f"msg-{draws.below(40):04d}"


@functools.cache
def _unit_ring(points: int) -> tuple[tuple[float, float], ...]:
    """Points round the unit circle, by its rational parametrisation: no ``sin``, same digits everywhere."""
    corners = []
    for index in range(points):
        quadrant, position = divmod(4 * index / points, 1)
        u = (1 - position * position) / (1 + position * position)
        v = 2 * position / (1 + position * position)
        corners.append(((u, v), (-v, u), (-u, -v), (v, -u))[int(quadrant)])
    return tuple(corners)


def _zone(draws: Draws, area: Area, points: int) -> dict[str, object]:
    hole = Area(area.x + area.width * 0.4, area.y + area.height * 0.4, area.width * 0.2, area.height * 0.2)
    holes = [ring(draws, hole, 4)] if points % 3 == 0 else []
    return {"region": ring(draws, area, points), "holes": holes}


def _pdf_rectangle(draws: Draws) -> dict[str, float]:
    x1, y1 = draws.between(20, 300), draws.between(20, 700)
    x2, y2 = draws.between(x1 + 20, x1 + 250), draws.between(y1 + 8, y1 + 60)
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "width": 612.0, "height": 792.0}  # of the page
