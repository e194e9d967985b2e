"""Which bucket and which shard a record is in.

The known answers are stored forever: whoever changes ``bucket_of`` or
``cut_shards`` moves the records of every export out there to other shards, and
all that compare exports shard by shard will see every one of them changed.
"""

import hashlib
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.records.buckets import (
    BUCKETS,
    LONG,
    BucketRange,
    bucket_of,
    cut_shards,
    no_bytes,
    overlapping,
)

QUICK = settings(max_examples=100, deadline=None)

SIZES = st.dictionaries(
    st.integers(0, BUCKETS - 1) | st.sampled_from([0, 1, 2, BUCKETS - 1]),
    st.integers(1, 200) | st.sampled_from([10**4, 10**9, 10**13]),
    max_size=40,
)
SHARD_BYTES = st.integers(1, 500) | st.sampled_from([1 << 20, 64 << 20, 10**15])


def counted(sizes: dict[int, int]) -> Any:
    bucket_bytes = no_bytes()
    for bucket, size in sizes.items():
        bucket_bytes[bucket] = size
    return bucket_bytes


@pytest.mark.parametrize(
    ("asset_key", "bucket"),
    [
        ("", 45566),
        ("a1", 13561),
        ("a10", 12524),
        ("65f0aa11bb22cc33dd44ee01", 49931),
        ("T 2/\u00e4\u2028", 25357),
        ("a\U0001f3a5", 62077),
    ],
)
def test_known_buckets(asset_key: str, bucket: int) -> None:
    assert bucket_of(asset_key) == bucket


@given(st.text(max_size=30))
def test_a_bucket_is_the_first_two_bytes_of_blake2(asset_key: str) -> None:
    digest = hashlib.blake2b(asset_key.encode(), digest_size=2).hexdigest()
    assert bucket_of(asset_key) == int(digest, 16) < BUCKETS


@pytest.mark.parametrize(
    ("sizes", "shard_bytes", "starts"),
    [
        ({}, 100, [0]),
        ({5: 1}, 100, [0]),
        ({5: 149}, 100, [0]),
        ({5: 60, 70: 60, 90: 60}, 100, [0, 90]),
        ({5: 60, 70: 60, 90: 60}, 60, [0, 70, 90]),
        ({5: 60, 70: 60, 90: 60}, 1, [0, 70, 90]),
        ({0: 100, 1: 100, 65535: 100}, 150, [0, 65535]),
        ({0: 1, 1: 1000, 2: 1, 3: 1}, 100, [0, 2]),
        (dict.fromkeys(range(BUCKETS), 10), 10 * BUCKETS // 4, [0, 16384, 32768, 49152]),
        (dict.fromkeys(range(BUCKETS), 10), 10 * BUCKETS // 3, [0, 21846, 43691]),
    ],
)
def test_known_cuts(sizes: dict[int, int], shard_bytes: int, starts: list[int]) -> None:
    ranges = cut_shards(counted(sizes), shard_bytes)
    assert ranges == [BucketRange(start, end) for start, end in itertools.pairwise([*starts, BUCKETS])]


@QUICK
@given(SIZES, SHARD_BYTES, st.integers(1, 10**13))
def test_records_with_shards_of_their_own_move_no_other(
    sizes: dict[int, int], shard_bytes: int, long_bytes: int
) -> None:
    ranges = cut_shards(counted(sizes | {LONG: long_bytes}), shard_bytes)
    assert ranges == (cut_shards(counted(sizes), shard_bytes) if sizes else [])


@QUICK
@given(SIZES, SHARD_BYTES)
def test_ranges_are_contiguous_and_lose_no_bucket(sizes: dict[int, int], shard_bytes: int) -> None:
    ranges = cut_shards(counted(sizes), shard_bytes)
    assert (ranges[0].start, ranges[-1].end) == (0, BUCKETS)
    assert all(before.end == after.start for before, after in itertools.pairwise(ranges))
    assert all(shard.start < shard.end for shard in ranges)


@QUICK
@given(SIZES, SHARD_BYTES)
def test_no_shard_is_empty_and_none_is_much_larger_than_asked(
    sizes: dict[int, int], shard_bytes: int
) -> None:
    bucket_bytes = counted(sizes)
    ranges = cut_shards(bucket_bytes, shard_bytes)
    shards = [bucket_bytes[shard.start : shard.end] for shard in ranges]
    assert all(shard.any() for shard in shards) or ranges == [BucketRange(0, BUCKETS)]
    # A shard begins anew where the next share of the whole begins, and a share is up to half as much again.
    assert all(int(shard.sum()) <= 1.5 * shard_bytes + int(shard.max()) for shard in shards)


@QUICK
@given(SIZES, SHARD_BYTES, st.randoms(use_true_random=False))
def test_cuts_depend_on_the_sums_alone(sizes: dict[int, int], shard_bytes: int, random: Any) -> None:
    parts = [no_bytes(), no_bytes()]
    for bucket, size in sizes.items():
        share = random.randint(0, size)
        parts[0][bucket], parts[1][bucket] = share, size - share
    assert cut_shards(parts[1] + parts[0], shard_bytes) == cut_shards(counted(sizes), shard_bytes)


@QUICK
@given(SIZES, SHARD_BYTES, st.integers(0, BUCKETS - 1), st.integers(1, 9000))
def test_a_range_overlaps_with_the_shards_that_share_a_bucket_with_it(
    sizes: dict[int, int], shard_bytes: int, start: int, length: int
) -> None:
    ranges = cut_shards(counted(sizes), shard_bytes)
    other = BucketRange(start, min(start + length, BUCKETS))
    sharing = [
        index
        for index, shard in enumerate(ranges)
        if max(shard.start, other.start) < min(shard.end, other.end)
    ]
    assert list(overlapping(ranges, other)) == sharing


def test_an_export_of_petabytes_has_as_many_shards_as_there_are_buckets() -> None:
    bucket_bytes = np.full(BUCKETS + 1, 10**12, np.uint64)  # 65 PB
    assert len(cut_shards(bucket_bytes, 64 << 20)) == BUCKETS
