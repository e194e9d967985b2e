"""Streams of bytes on their way to a store."""

import io
import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast


def gathered(pieces: Iterator[bytes], limit: int) -> io.BytesIO:
    """Pieces joined, until there are at least ``limit`` bytes or no more pieces."""
    content = io.BytesIO()
    for piece in pieces:
        content.write(piece)
        if content.tell() >= limit:
            break
    return content


def told_when_failed(pieces: Iterable[bytes], failed: list[BaseException]) -> Iterator[bytes]:
    """The same pieces; what goes wrong in making them is put into ``failed``, so it can be told from what else does."""
    try:
        yield from pieces
    except BaseException as error:
        failed.append(error)
        raise


@dataclass(frozen=True)
class RepeatablePieces:
    """Pieces that are made again whenever they are asked for, so that nobody need hold them all.

    Attributes:
        sizes: of each piece, in bytes; none is empty.
        make: a piece, by its place.
    """

    sizes: Sequence[int]
    make: Callable[[int], bytes]

    @property
    def size(self) -> int:
        """Of all of them, in bytes."""
        return sum(self.sizes)

    def __iter__(self) -> Iterator[bytes]:
        return map(self.make, range(len(self.sizes)))

    def stream(self) -> BinaryIO:
        """What they join to, for whoever must read it more than once."""
        return cast("BinaryIO", _PiecesStream(self))


class _PiecesStream(io.BufferedIOBase):
    """Holds one piece at a time."""

    def __init__(self, pieces: RepeatablePieces) -> None:
        self._pieces = pieces
        self._starts = list(itertools.accumulate(pieces.sizes, initial=0))
        self._place = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        beginning = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._starts[-1]}[whence]
        self._place = max(beginning + offset, 0)
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        end = self._starts[-1]
        if size is not None and size >= 0:
            end = min(end, self._place + size)
        return b"".join(self._up_to(end))

    def _up_to(self, end: int) -> Iterator[bytes]:
        while self._place < end:
            number = bisect_right(self._starts, self._place) - 1
            if self._held[0] != number:
                self._held = number, self._pieces.make(number)
            start = self._starts[number]
            found = self._held[1][self._place - start : end - start]
            self._place += len(found)
            yield found
