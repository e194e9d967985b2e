"""Shapes of tracked objects, from key frame to key frame: of all tools, and now and then of an unlike kind."""

from random import Random
from typing import Any

from awkward.values import Json, Maker

Points = list[list[float]]

# No value here is written in two ways by two JSON writers.
COORDINATES = (
    0,
    10,
    20,
    -5,
    7,
    1280,
    0.5,
    10.25,
    -3.75,
    20.0,
    1e6,
    {"$numberDouble": "2.5"},
    {"$numberInt": "7"},
)
BREAKS: tuple[Any, ...] = (None, True, "10", [], {})


def coordinate(random: Random) -> Any:
    return random.choice(COORDINATES) if random.random() < 0.7 else random.uniform(-100, 2000)


def point(random: Random) -> list[Any]:
    return [coordinate(random), coordinate(random)]


def ring(random: Random, size: int) -> list[Any]:
    return [point(random) for _ in range(size)]


def _box(random: Random, size: int) -> Any:
    keys = [*(["note"] if size == 1 else []), "x", "y", "height", "width"]
    return {key: coordinate(random) for key in keys}


def _rotated_box(random: Random, _: int) -> Any:
    return _box(random, 0) | {"rotation": coordinate(random), "corners": ring(random, 4)}


def _segmentation(random: Random, size: int) -> Any:
    """One or two zones, with no hole, one as a flat list of points, or one or two rings."""
    zones: list[Json] = [{"region": ring(random, 3 + size)} for _ in range(1 + size % 2)]
    if size == 2:
        zones[0]["holes"] = ring(random, 3)
    if size >= 3:
        zones[-1] = {"holes": [ring(random, 3) for _ in range(size - 2)], **zones[-1]}
    return {"zones": zones}


def _circle(random: Random, _: int) -> Any:
    return {"center": point(random), "radius": coordinate(random)}


KINDS: dict[str, Any] = {
    "bounding-box": _box,
    "rotated-bounding-box": _rotated_box,
    "polygon": ring,
    "polyline": lambda random, size: ring(random, 2 + size),
    "point": lambda random, _: point(random),
    "segmentation": _segmentation,
    "circle": _circle,
    "angle": lambda random, _: {
        "vertex": point(random),
        "p1": point(random),
        "p2": point(random),
        "angle": 45,
    },
    "ner": lambda random, _: {"start": 0, "end": 2, "selection": "\U0001f697"},
}
MOVING = ("bounding-box", "polygon", "point", "segmentation")


def shapes_of_a_track(random: Random) -> Maker:
    """Shapes of one object: mostly of one kind and size, so that frames between them can be computed."""
    kind = random.choice([*MOVING, *MOVING, *KINDS])
    size = random.randrange(5)
    still = random.random() < 0.1

    def shape(within: Random) -> Json:
        if still:
            within = Random(size)
        if within.random() < 0.05:
            return {}
        if within.random() < 0.05:
            return {kind: broken(KINDS[kind](within, size), within)}
        if within.random() < 0.1:
            other = within.choice(list(KINDS))
            return {other: KINDS[other](within, within.randrange(5))}
        return {kind: KINDS[kind](within, size)}

    return shape


def broken(shape: Any, random: Random) -> Any:
    """The shape without one of its members, or with something else in its place; never in a list of holes."""
    if isinstance(shape, dict) and shape and not next(iter(shape)).startswith("$"):
        key = random.choice([name for name in shape if name != "holes"])
        if random.random() < 0.3:
            return {name: member for name, member in shape.items() if name != key}
        return shape | {key: broken(shape[key], random)}
    if isinstance(shape, list) and shape:
        place = random.randrange(len(shape))
        return [broken(member, random) if index == place else member for index, member in enumerate(shape)]
    return random.choice(BREAKS)
