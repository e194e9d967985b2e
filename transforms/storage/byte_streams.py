"""Streams of bytes on their way to a store: pieces, some consecutive bytes each."""

import io
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from framehaul.transforms.storage.ranged_stream import RangedStream


def gather(pieces: Iterator[bytes], limit: int) -> io.BytesIO:
    """Join pieces until there are at least ``limit`` bytes or no more pieces."""
    content = io.BytesIO()
    for piece in pieces:
        content.write(piece)
        if content.tell() >= limit:
            break
    return content


def note_failure(pieces: Iterable[bytes], failed: list[BaseException]) -> Iterator[bytes]:
    """Hand pieces on; an error in making them is added to ``failed``, so it can be told from an error of the store."""
    try:
        yield from pieces
    except BaseException as error:
        failed.append(error)
        raise


@dataclass(frozen=True)
class RepeatablePieces:
    """Pieces that are made anew each time somebody reads them, so that nobody has to hold them all.

    Attributes:
        sizes: of each piece, in bytes; none is empty.
        make: a piece, by its place.
    """

    sizes: Sequence[int]
    make: Callable[[int], bytes]

    @property
    def size(self) -> int:
        """Bytes of all pieces together."""
        return sum(self.sizes)

    def __iter__(self) -> Iterator[bytes]:
        return map(self.make, range(len(self.sizes)))

    def stream(self) -> BinaryIO:
        """The pieces joined, as a stream that can be read several times; it holds one piece at a time."""
        return cast(BinaryIO, RangedStream(_Ranges(self).fetch, self.size))


class _Ranges:
    """Finds the bytes of a range in the pieces that have them, and keeps the last of these."""

    def __init__(self, pieces: RepeatablePieces) -> None:
        self._pieces = pieces
        self._starts = list(itertools.accumulate(pieces.sizes, initial=0))
        self._kept: tuple[int, bytes] = (-1, b"")

    def fetch(self, start: int, end: int) -> bytes:
        first, last = bisect_right(self._starts, start) - 1, bisect_left(self._starts, end)
        return b"".join(self._bytes_of_piece(number, start, end) for number in range(first, last))

    def _bytes_of_piece(self, number: int, start: int, end: int) -> bytes:
        if self._kept[0] != number:
            self._kept = number, self._pieces.make(number)
        begin = self._starts[number]
        return self._kept[1][max(start - begin, 0) : end - begin]
