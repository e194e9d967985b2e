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
_MOST_CONTENT = 8 << 20
_SMALLEST_PIECE = 512
_MOST_HEAD = 1 << 20


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

    Pieces stay small however well the file is packed. Zeros behind the last member of gzip are padding, as tapes
    and ``dd`` write it.

    Raises:
        SourceError: the file is damaged or ends too early, so records would be lost unseen.
    """
    if compression == "none":
        yield from chunks
        return
    produced = 0
    ended = False  # at the end of a member; a file of no bytes has none, and so is no compressed file
    member: _Decompressor | None = None
    pieces = _SmallPieces(chunks)
    try:
        for piece in pieces:
            rest = piece.lstrip(b"\0") if ended and compression == "gzip" else piece
            while rest:
                member = member or _DECOMPRESSORS[compression]()
                content = member.decompress(rest)
                produced += len(content)
                pieces.gave(len(content))
                yield content
                ended = member.eof
                rest, member = (member.unused_data, None) if ended else (b"", member)
                if ended and compression == "gzip":
                    rest = rest.lstrip(b"\0")
    except (isal_zlib.error, zstandard.ZstdError) as error:  # type: ignore[misc] # not in the stubs of isal
        raise _damaged(url, compression, produced, str(error)) from error
    if not ended:
        raise _damaged(url, compression, produced, "the file ends too early")


class _SmallPieces:
    """Cuts what is to be unpacked so small that no piece becomes much more than ``_MOST_CONTENT``.

    A byte may become 32,768 in zstd, and a thousand in gzip. So pieces begin small, and grow with what they gave.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._size = _SMALLEST_PIECE
        self._given = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            start = 0
            while start < len(chunk):
                piece = chunk[start : start + self._size]
                start += len(piece)
                self._given = 0
                yield piece
                ratio = max(1, self._given // len(piece))
                self._size = max(_SMALLEST_PIECE, min(2 * self._size, _MOST_CONTENT // ratio))

    def gave(self, size: int) -> None:
        """Take note of what the last piece became."""
        self._given += size


def first_content(head: bytes, compression: str) -> bytes:
    """What the beginning of a file holds, as far as it can be unpacked: a few bytes at least, of a sound file."""
    if compression == "none":
        return head
    content = b""
    member = _DECOMPRESSORS[compression]()
    for start in range(0, len(head), _SMALLEST_PIECE):
        try:
            content += member.decompress(head[start : start + _SMALLEST_PIECE])
        except (isal_zlib.error, zstandard.ZstdError):  # type: ignore[misc] # as above; told when it is read
            break
        if member.eof or len(content) > _MOST_HEAD:
            break
    return content


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
