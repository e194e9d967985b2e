"""Decompressing a stream of bytes, and compressing a shard."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import zstandard
from isal import isal_zlib

from framehaul.transforms.errors import SourceError

SUFFIXES = {"none": "", "gzip": ".gz", "zstd": ".zst"}
_GZIP_WBITS = 31  # a gzip header and trailer around the deflate stream
_GZIP_LEVEL = 2
_ZSTD_LEVEL = 3


class _Decompressor(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes) -> bytes: ...


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: isal_zlib.decompressobj(wbits=_GZIP_WBITS),
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


def decompressed(chunks: Iterable[bytes], compression: str, url: str) -> Iterator[bytes]:
    """The content of a compressed file; members and frames one after another are one content.

    Raises:
        SourceError: the file is damaged or ends too early, so records would be lost unseen.
    """
    if compression == "none":
        yield from chunks
        return
    produced = 0
    ended = False  # at the end of a member; a file of no bytes has none, and so is no compressed file
    member: _Decompressor | None = None
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                member = member or _DECOMPRESSORS[compression]()
                content = member.decompress(rest)
                produced += len(content)
                yield content
                ended = member.eof
                rest, member = (member.unused_data, None) if ended else (b"", member)
    except (isal_zlib.error, zstandard.ZstdError) as error:  # type: ignore[misc] # not in the stubs of isal
        raise _damaged(url, compression, produced, str(error)) from error
    if not ended:
        raise _damaged(url, compression, produced, "the file ends too early")


def _damaged(url: str, compression: str, produced: int, why: str) -> SourceError:
    return SourceError(
        f"{url} is damaged: {compression} gave {produced} bytes, then: {why}. "
        "Records after that cannot be read; copy the file again"
    )


def compressor(compression: str, size: int) -> Any:
    """An object with ``compress(bytes)`` and ``flush()``; the same input gives the same bytes.

    No time and no file name goes into a gzip header. The head of a zstd frame
    tells the size, since some readers refuse a frame without it.

    Args:
        size: of all that will be compressed.
    """
    if compression == "gzip":
        return isal_zlib.compressobj(level=_GZIP_LEVEL, wbits=_GZIP_WBITS)
    if compression == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj(size=size)
    return _Stored()


class _Stored:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""
