"""One shard: its name, its bytes and its entry in the manifest."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from transforms.formats.compression import SUFFIXES, compressor
from transforms.formats.manifest import ShardEntry
from transforms.storage.object_names import safe_name
from transforms.storage.object_store import ObjectStore

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
        buckets: from which to which, the latter not included, its assets come; ``None`` for a long asset.

    Raises:
        StorageError: the object could not be stored.
    """
    uncompressed_bytes = sum(map(len, lines)) + len(lines)
    content = _ShardContent(lines, compressor(compression, uncompressed_bytes))
    size = store.write(path, content)
    first, last = asset_ids or (None, None)
    return ShardEntry(
        path=path,
        records=len(lines),
        size_bytes=size,
        sha256=content.sha256.hexdigest(),
        md5=base64.b64encode(content.md5.digest()).decode(),
        uncompressed_bytes=uncompressed_bytes,
        max_line_bytes=max(map(len, lines), default=0),
        first_asset_id=first,
        last_asset_id=last,
        buckets=buckets,
    )


class _ShardContent:
    """The bytes of a shard, hashed while they are handed out, so that no second copy is needed."""

    def __init__(self, lines: Sequence[bytes], compress: Any) -> None:
        self._lines = lines
        self._compressor = compress
        self.sha256 = hashlib.sha256()
        self.md5 = hashlib.md5(usedforsecurity=False)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces():
            yield from self._stored(self._compressor.compress(piece))
        yield from self._stored(self._compressor.flush())

    def _pieces(self) -> Iterator[bytes]:
        """Lines with line ends, about a megabyte at a time: the same cuts give the same compressed bytes."""
        gathered: list[bytes] = []
        size = 0
        for line in self._lines:
            gathered.append(line)
            size += len(line) + 1
            if size >= _PIECE:
                yield b"\n".join([*gathered, b""])
                gathered, size = [], 0
        if gathered:
            yield b"\n".join([*gathered, b""])

    def _stored(self, content: bytes) -> Iterator[bytes]:
        if content:
            self.sha256.update(content)
            self.md5.update(content)
            yield content
