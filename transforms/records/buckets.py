"""The bucket that a record belongs to, and the ranges of buckets that make shards.

Shards are cut from the content, so that they do not depend on how the input is
split, ordered or compressed: a record's bucket follows from its asset alone,
the bytes of each bucket are counted, and contiguous ranges of buckets become
shards. All tasks of one asset are in one bucket, and so in one shard.

Stored forever: a change of ``bucket_of`` or ``cut_shards`` moves records to
other shards, and every consumer that compares exports by shard sees all of
them changed. Known answers are in ``test_buckets.py``.
"""

import bisect
import hashlib
import itertools
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16
LONG = BUCKETS
"""The place in ``BucketBytes`` that counts the records with shards of their own."""

BucketBytes = NDArray[np.uint64]


def bucket_of(asset_key: str) -> int:
    """The bucket of an asset, from 0 to ``BUCKETS - 1``.

    Uses BLAKE2, not ``hash()``: Python salts the latter anew in every process,
    so two workers would disagree.
    """
    return int.from_bytes(hashlib.blake2b(asset_key.encode(), digest_size=2).digest(), "big")


class BucketRange(msgspec.Struct, frozen=True, array_like=True):
    """Buckets from ``start`` up to, not including, ``end``."""

    start: int
    end: int


def cut_shards(bucket_bytes: BucketBytes, shard_bytes: int) -> list[BucketRange]:
    """Contiguous, even ranges of buckets of about ``shard_bytes`` each, empty ones left out.

    Args:
        bucket_bytes: uncompressed bytes of each bucket and of ``LONG``, shape (BUCKETS + 1,).
        shard_bytes: bytes that a shard should hold. There are at most ``BUCKETS``
            shards, so those of an export over 64 Ki times this size hold more.

    Returns:
        No range if all records have shards of their own; otherwise at least
        one, which is empty if there are no records.

    >>> sizes = no_bytes(); sizes[[5, 70, 90]] = 60
    >>> cut_shards(sizes, 100)
    [BucketRange(start=0, end=90), BucketRange(start=90, end=65536)]
    """
    long_bytes, bucket_bytes = bucket_bytes[LONG], bucket_bytes[:BUCKETS]
    filled = np.flatnonzero(bucket_bytes)
    total = int(bucket_bytes.sum())
    if not total and long_bytes:
        return []
    shards = max(1, round(total / shard_bytes))
    before = (np.cumsum(bucket_bytes) - bucket_bytes)[filled]
    # A bucket belongs to the shard into which its first byte falls.
    shard = before * np.uint64(shards) // np.uint64(max(total, 1))
    starts = filled[1:][np.diff(shard) > 0].tolist()
    return [BucketRange(start, end) for start, end in itertools.pairwise([0, *starts, BUCKETS])]


def no_bytes() -> BucketBytes:
    """Zero bytes in every bucket and in ``LONG``."""
    return np.zeros(BUCKETS + 1, np.uint64)


def overlapping(ranges: Sequence[BucketRange], other: BucketRange) -> range:
    """Indices of the sorted, contiguous ``ranges`` that share a bucket with ``other``."""
    first = bisect.bisect_right(ranges, other.start, key=lambda candidate: candidate.end)
    last = bisect.bisect_left(ranges, other.end, key=lambda candidate: candidate.start)
    return range(first, last)
