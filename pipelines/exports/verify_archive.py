"""Checks that ``verify`` makes of the zip of an export, in bounded memory."""

import base64
import hashlib
import struct
from collections.abc import Iterator

from isal import isal_zlib

from framehaul.transforms.exports.manifest import ArchiveEntry, Manifest
from framehaul.transforms.storage.object_store import ObjectStore

_SMALL = 16 << 10  # bytes to inflate at a time; deflate shrinks to a thousandth at most
_HEADER = 30
_RAW_DEFLATE = -15


def archive_problems(store: ObjectStore, manifest: Manifest) -> Iterator[str]:
    """What is wrong with the zip, if the manifest names one.

    Raises:
        StorageError: it cannot be read.
    """
    said = manifest.zip
    if said is None:
        return
    size = store.size(said.path)
    if size is None:
        yield f"{said.path} is missing"
    elif size != said.size_bytes:
        yield f"{said.path} has {size} bytes, the manifest says {said.size_bytes}"
    else:
        yield from _content_problems(store, said)


def _content_problems(store: ObjectStore, said: ArchiveEntry) -> Iterator[str]:
    member = _FirstMember()
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    for chunk in store.pieces(said.path):
        sha256.update(chunk)
        md5.update(chunk)
        member.feed(chunk)
    is_array = said.member.endswith(".json")
    records = max(0, member.lines - 2) if is_array else member.lines
    for name, found, expected in (
        ("sha256", sha256.hexdigest(), said.sha256),
        ("md5", base64.b64encode(md5.digest()).decode(), said.md5),
        ("first member", member.name, said.member),
        ("number of records", records, said.records),
        ("uncompressed size", member.bytes, said.uncompressed_bytes),
    ):
        if found != expected:
            yield f"{said.path}: {name} is {found}, the manifest says {expected}"


class _FirstMember:
    """The first file in an archive, measured while the archive is read from its beginning."""

    def __init__(self) -> None:
        self._head = b""
        self._inflate = isal_zlib.decompressobj(wbits=_RAW_DEFLATE)
        self.name: str | None = None
        self.lines = 0
        self.bytes = 0

    def feed(self, chunk: bytes) -> None:
        if self.name is None:
            self._head += chunk
            chunk = self._after_header()
        for start in range(0, len(chunk), _SMALL):
            self._add(chunk[start : start + _SMALL])

    def _after_header(self) -> bytes:
        if len(self._head) < _HEADER:
            return b""
        names, extra = struct.unpack_from("<HH", self._head, _HEADER - 4)
        end = _HEADER + names + extra
        if len(self._head) < end:
            return b""
        self.name = self._head[_HEADER : _HEADER + names].decode("utf-8", "replace")
        return self._head[end:]

    def _add(self, deflated: bytes) -> None:
        if self._inflate.eof:
            return
        try:
            content = self._inflate.decompress(deflated)
        except isal_zlib.error:  # type: ignore[misc] # not in its stubs; the checksum says the same
            return
        self.lines += content.count(b"\n")
        self.bytes += len(content)
