"""Known answers: how the reference moves shapes, and which ones it holds."""

import json
from typing import Any

import pytest

from reference.interpolation import moved_shapes

Json = dict[str, Any]

RING: list[Any] = [[0, 0], [4, 0], [4, 4]]
MOVED_RING = [[0, 8], [8, 0], [4, 4]]
HALF_RING = [[0, 4.0], [6.0, 0], [4, 4]]


def zones(*members: Json) -> Json:
    return {"segmentation": {"zones": list(members)}}


@pytest.mark.parametrize(
    ("earlier", "later", "between"),
    [
        ({"point": [0, 1]}, {"point": [5, 1.0]}, {"point": [2.5, 1]}),
        ({"polygon": RING}, {"polygon": MOVED_RING}, {"polygon": HALF_RING}),
        ({"polygon": []}, {"polygon": []}, {"polygon": []}),
        (
            {"bounding-box": {"x": 0, "note": "a", "y": 1.5, "width": -3, "height": 2}},
            {"bounding-box": {"y": 2.5, "x": 1, "width": 3, "height": 2, "other": 1}},
            {"bounding-box": {"x": 0.5, "note": "a", "y": 2.0, "width": 0.0, "height": 2}},
        ),
        (
            zones({"region": RING, "holes": [RING, RING], "note": 1}, {"region": RING}),
            zones({"holes": [RING, MOVED_RING], "region": MOVED_RING}, {"region": RING, "holes": []}),
            zones({"region": HALF_RING, "holes": [RING, HALF_RING], "note": 1}, {"region": RING}),
        ),
    ],
)
def test_every_coordinate_is_linear_and_one_that_stays_keeps_its_writing(
    earlier: Json, later: Json, between: Json
) -> None:
    assert json.dumps(moved_shapes(earlier, later, 10, 14, 12)) == json.dumps(between)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"point": [0, 1]}, {"point": [0, 1, 2]}),
        ({"point": [0, 1]}, {"point": [0, None]}),
        ({"point": [0, 1]}, {"point": [True, 1]}),
        ({"point": [0, 1]}, {"polygon": [[0, 1]]}),
        ({"point": [0, 1]}, {}),
        ({"polygon": RING}, {"polygon": RING[:2]}),
        ({"polygon": RING}, {"polygon": [[0, 0], [4, 0], 4]}),
        ({"polygon": [0, 1]}, {"polygon": [1, 2]}),
        ({"bounding-box": {"x": 0, "y": 0, "width": 1}}, {"bounding-box": {"x": 0, "y": 0, "width": 1}}),
        ({"bounding-box": None}, {"bounding-box": {}}),
        ({"bounding-box": {"x1": 0}}, {"bounding-box": {"x1": 1}}),
        (zones({"region": RING}), zones({"region": RING}, {"region": RING})),
        (zones({"region": RING, "holes": [RING]}), zones({"region": RING})),
        (zones({"region": RING, "holes": [RING]}), zones({"region": RING, "holes": [RING, RING]})),
        (zones({"holes": []}), zones({"holes": []})),
        ({"segmentation": {}}, {"segmentation": {}}),
        ({"polyline": RING}, {"polyline": MOVED_RING}),
        ({"rotated-bounding-box": {"x": 0}}, {"rotated-bounding-box": {"x": 2}}),
        ({"circle": {"radius": 1}}, {"circle": {"radius": 2}}),
        ({"point": [-1e308, 0]}, {"point": [1e308, 0]}),
    ],
)
def test_shapes_that_are_unlike_and_other_tools_are_held(earlier: Json, later: Json) -> None:
    assert moved_shapes(earlier, later, 0, 2, 1) == {}


def test_the_formula_is_carried_out_in_the_order_of_the_contract() -> None:
    a, b, f0, f1, f = 0.1, 0.7, 3, 10, 5
    assert moved_shapes({"point": [a]}, {"point": [b]}, f0, f1, f) == {
        "point": [a + (b - a) * (f - f0) / (f1 - f0)]
    }
    assert moved_shapes({"point": [2**53]}, {"point": [0.5]}, 0, 3, 1) == {
        "point": [2.0**53 + (0.5 - 2.0**53) * 1 / 3]
    }
