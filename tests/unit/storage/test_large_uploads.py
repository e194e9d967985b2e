"""Objects are cut so that any length fits the parts that a store takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.storage.large_uploads import LIMITS, UploadLimits, upload_parts

S3_LARGEST_PART = 5 << 30
S3_LARGEST_OBJECT = 5 << 40


def test_parts_reach_the_largest_object_before_they_are_too_large_or_too_many() -> None:
    size = number = 0
    while size < S3_LARGEST_OBJECT:
        part = LIMITS.part_bytes(number)
        assert 5 << 20 <= part <= S3_LARGEST_PART
        assert part % (256 << 10) == 0, "Google asks for that"
        size += part
        number += 1
    assert number <= 10_000


def test_an_object_of_a_hundred_gigabytes_is_sent_with_little_memory() -> None:
    size = number = 0
    while size < 100 << 30:
        size += LIMITS.part_bytes(number)
        number += 1
    assert LIMITS.part_bytes(number) <= 64 << 20


@given(st.lists(st.binary(max_size=40)), st.integers(1, 9))
def test_parts_are_the_same_bytes_and_none_is_too_small(pieces: list[bytes], first_part: int) -> None:
    limits = UploadLimits(first_part=first_part, most_parts=10_000)
    parts = list(upload_parts(pieces, limits))
    assert b"".join(parts) == b"".join(pieces)
    assert [len(part) for part in parts[:-1]] == [limits.part_bytes(n) for n in range(len(parts) - 1)]
    assert len(parts) == 1 or parts[-1]


def test_what_is_too_large_is_an_error_and_never_cut_off() -> None:
    limits = UploadLimits(first_part=1, most_parts=10)
    most = sum(limits.part_bytes(number) for number in range(10))
    assert sum(map(len, upload_parts([b"x"] * most, limits))) == most
    with pytest.raises(OverflowError, match="larger than 10 parts"):
        list(upload_parts([b"x"] * (most + 1), limits))
