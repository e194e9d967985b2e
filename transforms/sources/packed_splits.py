"""All splits of a run as one small text of bytes: they are part of the job's description, which engines limit."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec
import zstandard

from framehaul.transforms.sources.splits import Split


class _File(msgspec.Struct, array_like=True, frozen=True):
    """The splits of one file, which share all but their places."""

    table: str
    url: str
    size: int
    file_format: str
    compression: str
    stored_bytes: int
    version: int
    places: list[tuple[int, int]]


def pack_splits(splits: Sequence[Split]) -> bytes:
    """About 16 bytes for a file, and next to nothing for its further splits; a pickled split has 300."""
    files = [
        _File(*shared, [(split.start, split.end) for split in group])
        for shared, group in groupby(splits, key=_shared)
    ]
    return zstandard.ZstdCompressor(level=9).compress(msgspec.msgpack.encode(files))


def unpack_splits(packed: bytes) -> list[Split]:
    """As they were packed, numbered from 0."""
    files = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(packed), type=list[_File])
    return list(_numbered(files))


def _shared(split: Split) -> tuple[str, str, int, str, str, int, int]:
    file = (split.table, split.url, split.size, split.file_format, split.compression)
    return *file, split.stored_bytes, split.version


def _numbered(files: Iterable[_File]) -> Iterable[Split]:
    index = 0
    for file in files:
        for start, end in file.places:
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
