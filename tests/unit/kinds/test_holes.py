"""Holes of segmentations: a flat list of points is one ring, and nothing else is changed."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.holes import with_rings

QUICK = settings(max_examples=100, deadline=None)
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
POINTS = st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=3)


def row_with(holes: str, colon: str = ":") -> bytes:
    zone = f'{{"region"{colon}[],"holes"{colon}{holes}}}'
    return f'[{{"segmentation"{colon}{{"zones"{colon}[{zone}]}}}}]'.encode()


def holes_of(rows: bytes) -> Any:
    ((zone,),) = (row["segmentation"]["zones"] for row in orjson.loads(rows))
    return zone["holes"]


@pytest.mark.parametrize(
    ("holes", "rings"),
    [
        ("[[1,2],[3.5,-4]]", [[[1, 2], [3.5, -4]]]),
        ("[ [ 1 , 2 ] ]", [[[1, 2]]]),
        ("[[-1,2]]", [[[-1, 2]]]),
        ("[[[1,2],[3,4]],[[5,6]]]", [[[1, 2], [3, 4]], [[5, 6]]]),
        ("[]", []),
        ("[[]]", [[]]),
        ("null", None),
    ],
)
@pytest.mark.parametrize("colon", [":", ": ", " : ", ":\n\t"])
def test_a_flat_list_of_holes_becomes_one_ring(holes: str, rings: Any, colon: str) -> None:
    assert holes_of(with_rings(row_with(holes, colon))) == rings


@QUICK
@given(POINTS)
def test_rings_stay_as_they_are_however_often_they_are_read(points: list[list[float]]) -> None:
    once = with_rings(row_with(orjson.dumps(points).decode()))
    assert holes_of(once) == ([points] if points else [])
    assert with_rings(once) == once


def test_rows_without_flat_holes_keep_their_bytes() -> None:
    rows = b'[{"a":1.50,"note":"\\"holes\\":[[1,2]]","segmentation":{"zones":[{"holes":[[[1E2,2]]]}]}}]'
    assert with_rings(rows) == rows


def test_flat_holes_in_one_row_change_no_value_of_another() -> None:
    flat = b'{"segmentation":{"zones":[{"holes":[[1,2]]},5]}}'
    rows = orjson.loads(with_rings(b'[%b,{"x":[[1,2]],"y":{"holes":[[3,4]]}},5,null]' % flat))
    assert rows[0] == {"segmentation": {"zones": [{"holes": [[[1, 2]]]}, 5]}}
    assert rows[1:] == [{"x": [[1, 2]], "y": {"holes": [[3, 4]]}}, 5, None]


def test_flat_holes_beside_deep_nesting_set_the_record_aside() -> None:
    with pytest.raises(InvalidRecordError, match="too_deep"):
        with_rings(b'[{"holes":[[1,2]],"x":%b}]' % (b"[" * 400 + b"]" * 400))
