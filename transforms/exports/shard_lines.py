"""The lines of a stored shard, checked against the shard's entry in the manifest while they are read."""

import base64
import hashlib
from collections.abc import Iterator

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import Manifest, ShardEntry
from framehaul.transforms.exports.output_form import form_of_path
from framehaul.transforms.formats.compression import decompress
from framehaul.transforms.formats.lines import lines_of
from framehaul.transforms.storage.object_store import ObjectStore

# Bytes to decompress at a time. A large polygon that is held over many frames shrinks to a ten-thousandth in zstd.
_COMPRESSED_PIECE = 512


class ShardLines:
    """One shard, measured while its lines are read.

    Attributes:
        form: as far as its name tells it.
        left_out: how many records were too long to be handed out.

    Raises:
        StorageError: its path leads out of the export.
    """

    def __init__(self, store: ObjectStore, shard: ShardEntry) -> None:
        self.form = form_of_path(shard.path)
        self._store = store
        self._shard = shard
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._records = 0
        self._bytes = 0
        self._longest = 0
        self.left_out = 0

    def __iter__(self) -> Iterator[list[bytes]]:
        """All lines without line ends, in lists that hold about a megabyte.

        Raises:
            SourceError: the shard cannot be decompressed.
            StorageError: it cannot be read.
        """
        for lines in lines_of(self.content()):
            self._records += len(lines)
            self._bytes += sum(map(len, lines)) + len(lines)
            self._longest = max(self._longest, *map(len, lines))
            yield lines

    def content(self) -> Iterator[bytes]:
        """What is stored, decompressed, some of it at a time."""
        compression = self.form.compression
        chunks = self._chunks() if compression == "none" else self._small_chunks()
        return decompress(chunks, compression, self._store.url_of(self._shard.path))

    def _chunks(self) -> Iterator[bytes]:
        for chunk in self._store.pieces(self._shard.path):
            self._sha256.update(chunk)
            self._md5.update(chunk)
            yield chunk

    def _small_chunks(self) -> Iterator[bytes]:
        for chunk in self._chunks():
            for start in range(0, len(chunk), _COMPRESSED_PIECE):
                yield chunk[start : start + _COMPRESSED_PIECE]

    def size_problem(self) -> str | None:
        """What is wrong with the object as the store lists it; nothing is read."""
        size = self._store.size(self._shard.path)
        if size is None:
            return f"{self._shard.path} is missing"
        if size != self._shard.size_bytes:
            return f"{self._shard.path} has {size} bytes, the manifest says {self._shard.size_bytes}"
        return None

    def problems(self) -> Iterator[str]:
        """What differs from the manifest, once all lines have been read."""
        yield from self.checksum_problems()
        shard = self._shard
        for name, found, said in (
            ("number of lines", self._records, shard.records),
            ("uncompressed size", self._bytes, shard.uncompressed_bytes),
            ("longest line", self._longest, shard.max_line_bytes),
        ):
            if found != said:
                yield f"{shard.path}: {name} is {found}, the manifest says {said}"

    def checksum_problems(self) -> Iterator[str]:
        """What differs from the manifest of the bytes as they are stored, once all have been read."""
        shard = self._shard
        for name, found, said in (
            ("sha256", self._sha256.hexdigest(), shard.sha256),
            ("md5", base64.b64encode(self._md5.digest()).decode(), shard.md5),
        ):
            if found != said:
                yield f"{shard.path}: {name} is {found}, the manifest says {said}"


def shard_groups(manifest: Manifest) -> Iterator[list[ShardEntry]]:
    """Shards in which records may go on from one to the next: those of one long asset together, any other alone.

    Raises:
        StorageError: ``longAssets`` names a shard that the manifest does not describe.
    """
    by_path = {shard.path: shard for shard in manifest.shards}
    of_asset: dict[str, dict[str, None]] = {}
    for asset in manifest.long_assets:
        of_asset.setdefault(asset.asset_id, {}).update(dict.fromkeys(asset.shards))
    following = {path: paths for paths in of_asset.values() for path in paths}
    done: set[str] = set()
    for shard in manifest.shards:
        if shard.path in done:
            continue
        paths = following.get(shard.path, {shard.path: None})
        if unknown := [path for path in paths if path not in by_path]:
            raise StorageError(f"the manifest names {unknown[0]} as a long asset's, but not among its shards")
        done.update(paths)
        yield [by_path[path] for path in paths]
