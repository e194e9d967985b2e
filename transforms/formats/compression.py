"""Decompress streams of bytes, and compress shards."""

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


def decompress(pieces: Iterable[bytes], compression: str, url: str) -> Iterator[bytes]:
    """Decompress a file; members and frames that follow each other are one content.

    Pieces stay small however well the file is packed. Zeros behind the last member of gzip are padding, as tapes
    and ``dd`` write it.

    Raises:
        SourceError: the file is damaged or ends too early, so records would be lost unseen.
    """
    if compression == "none":
        yield from pieces
        return
    produced = 0
    ended = False  # at the end of a member; a file of no bytes has none, and so is no compressed file
    member: _Decompressor | None = None
    small_pieces = _SmallPieces(pieces)
    try:
        for piece in small_pieces:
            rest = piece.lstrip(b"\0") if ended and compression == "gzip" else piece
            while rest:
                member = member or _DECOMPRESSORS[compression]()
                content = member.decompress(rest)
                produced += len(content)
                small_pieces.note_content(len(content))
                yield content
                ended = member.eof
                rest, member = (member.unused_data, None) if ended else (b"", member)
                if ended and compression == "gzip":
                    rest = rest.lstrip(b"\0")
    except (isal_zlib.error, zstandard.ZstdError) as error:  # type: ignore[misc] # not in the stubs of isal
        raise _damage_error(url, compression, produced, str(error)) from error
    if not ended:
        raise _damage_error(url, compression, produced, "the file ends too early")


class _SmallPieces:
    """Cuts packed bytes into pieces so small that none becomes much more than ``_MOST_CONTENT``.

    A byte may become 32,768 in zstd, and a thousand in gzip. So pieces begin small, and grow by what came out of them.
    """

    def __init__(self, packed: Iterable[bytes]) -> None:
        self._packed = packed
        self._size = _SMALLEST_PIECE
        self._given = 0

    def __iter__(self) -> Iterator[bytes]:
        for packed in self._packed:
            start = 0
            while start < len(packed):
                piece = packed[start : start + self._size]
                start += len(piece)
                self._given = 0
                yield piece
                ratio = max(1, self._given // len(piece))
                self._size = max(_SMALLEST_PIECE, min(2 * self._size, _MOST_CONTENT // ratio))

    def note_content(self, size: int) -> None:
        """Take note of the bytes that the last piece became."""
        self._given += size


def first_content(head: bytes, compression: str) -> bytes:
    """Unpack the beginning of a file, as far as that goes: of a sound file at least a few bytes."""
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


def _damage_error(url: str, compression: str, produced: int, why: str) -> SourceError:
    return SourceError(
        f"{url} is damaged: {compression} gave {produced} bytes, then: {why}. "
        "Records after that cannot be read; copy the file again"
    )


def compressor(compression: str, size: int) -> Any:
    """Make an object with ``compress(bytes)`` and ``flush()``; the same input gives the same bytes.

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
