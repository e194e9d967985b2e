"""Pack all splits of a run into few bytes: they are part of the job's description, whose size engines limit."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec
import zstandard

from framehaul.transforms.sources.splits import Split


class _File(msgspec.Struct, array_like=True, frozen=True):
    """The splits of one file, which share everything but their ranges."""

    table: str
    url: str
    size: int
    file_format: str
    compression: str
    stored_bytes: int
    version: int
    ranges: list[tuple[int, int]]


def pack_splits(splits: Sequence[Split]) -> bytes:
    """Pack splits: about 16 bytes for a file, and next to none for its further splits; a pickled split has 300."""
    files = [
        _File(*shared, [(split.start, split.end) for split in group])
        for shared, group in groupby(splits, key=_shared_fields)
    ]
    return zstandard.ZstdCompressor(level=9).compress(msgspec.msgpack.encode(files))


def unpack_splits(packed: bytes) -> list[Split]:
    """Unpack splits, in the order in which they were packed, numbered from 0."""
    files = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(packed), type=list[_File])
    return list(_splits_of(files))


def _shared_fields(split: Split) -> tuple[str, str, int, str, str, int, int]:
    file = (split.table, split.url, split.size, split.file_format, split.compression)
    return *file, split.stored_bytes, split.version


def _splits_of(files: Iterable[_File]) -> Iterable[Split]:
    index = 0
    for file in files:
        for start, end in file.ranges:
            yield Split(
                index,
                file.table,
                file.url,
                file.size,
                file.file_format,
                file.compression,
                start,
                end,
                file.stored_bytes,
                file.version,
            )
            index += 1
