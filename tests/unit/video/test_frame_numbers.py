"""Frame numbers: which pages and which numbers of frames are taken."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.video.frame_numbers import MOST_FRAMES, frame_total_of, page_of


@given(st.integers(0, MOST_FRAMES - 1), st.sampled_from([int, float]))
def test_a_whole_number_is_a_page_however_it_is_written(page: int, kind: Any) -> None:
    found = page_of(kind(page), MOST_FRAMES - 1)
    assert (found, type(found)) == (page, int)


@pytest.mark.parametrize(
    "value",
    [-1, -1.0, 5, 5.0, 1.5, 1e300, -1e300, 10**30, True, False, "3", "", None, [], [3], {}, {"page": 3}],
)
def test_anything_else_is_a_bad_page(value: Any) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        page_of(value, 4)
    assert caught.value.reason == "bad_page"
    assert caught.value.detail.endswith("a page is a whole number from 0 to 4")


def test_what_was_found_is_told_but_never_at_length() -> None:
    with pytest.raises(InvalidRecordError, match=r"page is -1;") as caught:
        page_of(-1, 4)
    with pytest.raises(InvalidRecordError) as caught:
        page_of("x" * 1_000_000, 4)
    assert len(caught.value.detail) < 200


@given(st.integers(1, MOST_FRAMES), st.sampled_from([int, float]))
def test_a_number_of_frames_may_be_written_as_a_double(frames: int, kind: Any) -> None:
    found = frame_total_of(kind(frames))
    assert (found, type(found)) == (frames, int)


def test_no_number_of_frames_is_none() -> None:
    assert frame_total_of(None) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        *((value, "wrong_type") for value in (0.5, 1.5, -0.5, 506.999, 10**7 + 0.5)),
        *(
            (value, "frame_total_out_of_range")
            for value in (0, -0.0, -1, MOST_FRAMES + 1, 10**12, 1e300, 10**18)
        ),
    ],
)
def test_an_absurd_number_of_frames_is_refused(value: float, reason: str) -> None:
    with pytest.raises(InvalidRecordError, match=r"metadata\.frameTotal is ") as caught:
        frame_total_of(value)
    assert caught.value.reason == reason
