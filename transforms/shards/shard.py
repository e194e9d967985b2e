"""Shards: the name, the bytes and the manifest entry of each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.formats.compression import SUFFIXES, compressor
from framehaul.transforms.formats.digests import Digests
from framehaul.transforms.storage.byte_streams import RepeatablePieces
from framehaul.transforms.storage.object_names import safe_name
from framehaul.transforms.storage.object_store import ObjectStore

_PIECE = 1 << 20


def shard_path(index: int, shards: int, compression: str) -> str:
    """Path of a shard relative to the export's folder. Stored forever.

    >>> shard_path(3, 12, "gzip")
    'data/assets-00003-of-00012.ndjson.gz'
    """
    return f"data/assets-{index:05d}-of-{shards:05d}.ndjson{SUFFIXES[compression]}"


def long_shard_path(asset_id: str, index: int, shards: int, compression: str) -> str:
    """Path of a shard that holds one long asset alone. Stored forever.

    >>> long_shard_path("a/b", 3, 12, "none")
    'data/long-a~2fb-00003-of-00012.ndjson'
    """
    name = safe_name(asset_id)
    return f"data/long-{name}-{index:05d}-of-{shards:05d}.ndjson{SUFFIXES[compression]}"


def write_shard(  # noqa: PLR0913, PLR0917 - what is in a shard and where it goes
    store: ObjectStore,
    path: str,
    lines: Sequence[bytes],
    compression: str,
    asset_ids: tuple[str, str] | None,
    buckets: tuple[int, int] | None = None,
) -> ShardEntry:
    """Store lines, in the order given, as one object.

    Args:
        lines: records without line ends.
        asset_ids: of the first and the last record; ``None`` if there are none.
        buckets: range of buckets that it holds, the end not included; ``None`` for a long asset.

    Raises:
        StorageError: the object could not be stored.
    """
    digests = Digests()
    pieces = _join_lines(lines)
    content: Iterable[bytes] = _hash_once(pieces, digests)
    if compression != "none":
        content = map(digests.add, _compress(pieces, compressor(compression, pieces.size)))
    size = store.write(path, content)
    first, last = asset_ids or (None, None)
    return ShardEntry(
        path=path,
        records=len(lines),
        size_bytes=size,
        sha256=digests.sha256,
        md5=digests.md5,
        uncompressed_bytes=pieces.size,
        max_line_bytes=max(map(len, lines), default=0),
        first_asset_id=first,
        last_asset_id=last,
        buckets=buckets,
    )


def _join_lines(lines: Sequence[bytes]) -> RepeatablePieces:
    """Join lines, with line ends, to about a megabyte each: the same cuts give the same compressed bytes."""
    cuts, sizes = [0], [0]
    for number, line in enumerate(lines, 1):
        sizes[-1] += len(line) + 1
        if sizes[-1] >= _PIECE or number == len(lines):
            cuts.append(number)
            sizes.append(0)
    return RepeatablePieces(
        sizes[:-1], lambda piece: b"\n".join([*lines[cuts[piece] : cuts[piece + 1]], b""])
    )


def _compress(pieces: Iterable[bytes], compress: Any) -> Iterator[bytes]:
    for piece in pieces:
        yield compress.compress(piece)
    yield compress.flush()


def _hash_once(pieces: RepeatablePieces, digests: Digests) -> RepeatablePieces:
    """Hash pieces when they are made for the first time, which has to happen in their order."""
    hashed = 0

    def make(number: int) -> bytes:
        nonlocal hashed
        piece = pieces.make(number)
        if number == hashed:
            digests.add(piece)
            hashed += 1
        return piece

    return RepeatablePieces(pieces.sizes, make)
