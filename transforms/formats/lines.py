"""Lines of NDJSON, from a stream or from a range of bytes of a file."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future

from framehaul.transforms.storage.read_ahead import submit

_PIECE = 4 << 20
NO_LIMIT = 1 << 62
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class OversizedLine(bytes):
    """A line, or an item of an array, that is longer than a record may be: only its length was kept.

    It stands for the line where lines are handed on. Its own bytes are no JSON, so nothing takes it for a record.

    Attributes:
        length: bytes of the line.
        most: bytes that it may have.
    """

    length: int
    most: int

    @classmethod
    def of(cls, length: int, most: int) -> "OversizedLine":
        """Stand-in for a line of ``length`` bytes where ``most`` are allowed."""
        line = cls(b"\0")
        line.length, line.most = length, most
        return line


def lines_of(
    pieces: Iterable[bytes], max_line_bytes: int = NO_LIMIT, *, from_start: bool = True
) -> Iterator[list[bytes]]:
    """All lines of a stream, without line ends: for each piece a list of the lines that end in it.

    The last line needs no line end.

    Args:
        pieces: the stream.
        max_line_bytes: a longer line is not held, and comes as an ``OversizedLine``.
        from_start: whether it is the start of a file, where a byte order mark is dropped.
    """
    unfinished = _Unfinished(max_line_bytes)
    for piece in without_byte_order_mark(pieces) if from_start else pieces:
        lines = piece.split(b"\n")
        unfinished.add(lines[0])
        if len(lines) == 1:
            continue
        lines[0] = unfinished.take()
        unfinished.add(lines.pop())
        yield lines if len(piece) <= max_line_bytes else [_limit_line(line, max_line_bytes) for line in lines]
    if last := unfinished.take():
        yield [last]


def _limit_line(line: bytes, most: int) -> bytes:
    return OversizedLine.of(len(line), most) if len(line) > most else line


class _Unfinished:
    """A line that goes over several pieces, which are joined only once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._length = 0

    def add(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length <= self._most:
            self._pieces.append(piece)
        else:
            self._pieces = []

    def take(self) -> bytes:
        length, line = self._length, b"".join(self._pieces)
        self._pieces, self._length = [], 0
        return OversizedLine.of(length, self._most) if length > self._most else line


def without_byte_order_mark(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Drop a byte order mark at the start of a stream, in however many pieces it comes."""
    rest = iter(pieces)
    start = b""
    for piece in rest:
        start += piece
        if len(start) >= len(_BYTE_ORDER_MARK):
            break
    yield start.removeprefix(_BYTE_ORDER_MARK)
    yield from rest


def lines_between(  # noqa: PLR0913, PLR0917 - a range of a file, and two limits
    fetch: Callable[[int, int], bytes],
    start: int,
    end: int,
    size: int,
    piece_bytes: int = _PIECE,
    max_line_bytes: int = NO_LIMIT,
) -> Iterator[list[bytes]]:
    """The lines of a file that begin at or after byte ``start`` and before byte ``end``.

    Ranges that cover a file give each of its lines exactly once, wherever they are cut.

    Args:
        fetch: returns the bytes from one offset up to another.
        size: of the whole file; the last line of the range may reach beyond ``end``.
        piece_bytes: bytes to fetch at a time.
        max_line_bytes: as for ``lines_of``.
    """
    return lines_of(_whole_lines(fetch, start, end, size, piece_bytes), max_line_bytes, from_start=start == 0)


def _whole_lines(
    fetch: Callable[[int, int], bytes], start: int, end: int, size: int, piece_bytes: int
) -> Iterator[bytes]:
    """Pieces that together hold exactly the lines that begin between ``start`` and ``end``."""
    if start >= end:
        return
    position = max(start - 1, 0)  # a line end right before `start` means that a line begins there
    searching = start > 0
    coming: Future[bytes] | None = None

    def fetch_from(place: int) -> bytes:
        return fetch(place, min(place + piece_bytes, size))

    while position < size:
        content = coming.result() if coming is not None else fetch_from(position)
        offset, position = position, position + len(content)
        # The next one is on its way while the lines of this one are decoded.
        coming = submit(fetch_from, position) if position < end else None
        if searching:
            newline = content.find(b"\n")
            if newline < 0 and position < end:
                continue
            if newline < 0 or offset + newline + 1 >= end:
                return  # no line begins in this range
            searching = False
            offset, content = offset + newline + 1, content[newline + 1 :]
        if position >= end:
            newline = content.find(b"\n", max(end - 1 - offset, 0))
            if newline >= 0:
                yield content[: newline + 1]
                return
        yield content
