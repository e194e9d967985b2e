"""Shapes between two key frames: linear in every coordinate, and exact at both ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.video.interpolation import interpolated

coordinates = st.floats(-1e9, 1e9)
lengths = st.integers(1, 10_000_000)


def between(start: float, end: float, steps: list[int], length: int) -> list[float]:
    rows = np.ones((len(steps), 1))
    found = interpolated(
        rows * start, rows * end, np.array(steps, np.float64), np.full(len(steps), length, np.float64)
    )
    return found[:, 0].tolist()


def test_the_example_of_the_format_gives_x_12_at_page_1():
    assert between(10, 50, [0, 1, 2, 19, 20], 20) == [10, 12, 14, 48, 50]


@pytest.mark.parametrize(
    ("start", "end", "step", "length", "result"),
    [
        pytest.param(0, 1, 1, 3, 1 / 3, id="not-rounded"),
        pytest.param(0.1, 0.7, 1, 3, 0.1 + (0.7 - 0.1) * 1 / 3, id="in-this-order-of-operations"),
        pytest.param(5, -5, 1, 2, 0, id="downwards"),
        pytest.param(2**53, 2**53 + 2, 1, 2, 2**53, id="in-double-precision"),
    ],
)
def test_known_answers(start, end, step, length, result):
    assert between(start, end, [step], length) == [result]


@given(coordinates, coordinates, lengths, st.data())
def test_an_object_never_turns_round_between_two_key_frames(start, end, length, data):
    steps = sorted(data.draw(st.lists(st.integers(0, length), min_size=2, max_size=8)))
    found = between(start, end, steps, length)
    assert found == sorted(found, reverse=start > end)


@given(coordinates, coordinates, lengths, st.data())
def test_nothing_goes_beyond_the_key_frames(start, end, length, data):
    (found,) = between(start, end, [data.draw(st.integers(0, length - 1))], length)
    assert min(start, end) <= found <= max(start, end)


def test_an_overflow_is_no_number_and_no_warning():
    assert not np.isfinite(between(1e308, -1e308, [1], 2)).any()
