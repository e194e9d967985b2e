"""Lines of NDJSON, from a stream or from a range of bytes of a file."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future

from framehaul.transforms.storage.read_ahead import submitted

_CHUNK = 4 << 20
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
        """A line of ``length`` bytes where ``most`` are allowed."""
        line = cls(b"\0")
        line.length, line.most = length, most
        return line


def lines_of(
    chunks: Iterable[bytes], max_line_bytes: int = NO_LIMIT, *, from_start: bool = True
) -> Iterator[list[bytes]]:
    """All lines of a stream, without line ends, in lists that come as the chunks do.

    The last line needs no line end.

    Args:
        chunks: the stream.
        max_line_bytes: a longer line is not held, and comes as an ``OversizedLine``.
        from_start: whether it is the start of a file, where a byte order mark is dropped.
    """
    unfinished = _Unfinished(max_line_bytes)
    for chunk in without_byte_order_mark(chunks) if from_start else chunks:
        lines = chunk.split(b"\n")
        unfinished.add(lines[0])
        if len(lines) == 1:
            continue
        lines[0] = unfinished.take()
        unfinished.add(lines.pop())
        yield lines if len(chunk) <= max_line_bytes else [_held(line, max_line_bytes) for line in lines]
    if last := unfinished.take():
        yield [last]


def _held(line: bytes, most: int) -> bytes:
    return OversizedLine.of(len(line), most) if len(line) > most else line


class _Unfinished:
    """A line longer than a chunk, in pieces that are joined only once."""

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


def without_byte_order_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same stream; a mark at its start, in however many chunks, is dropped."""
    rest = iter(chunks)
    start = b""
    for chunk in rest:
        start += chunk
        if len(start) >= len(_BYTE_ORDER_MARK):
            break
    yield start.removeprefix(_BYTE_ORDER_MARK)
    yield from rest


def lines_between(  # noqa: PLR0913, PLR0917 - a range of a file, and two limits
    fetch: Callable[[int, int], bytes],
    start: int,
    end: int,
    size: int,
    chunk: int = _CHUNK,
    max_line_bytes: int = NO_LIMIT,
) -> Iterator[list[bytes]]:
    """The lines of a file that begin at or after byte ``start`` and before byte ``end``.

    Ranges that cover a file give each of its lines exactly once, wherever they are cut.

    Args:
        fetch: gives the bytes from one offset up to another.
        size: of the whole file; the last line of the range may reach beyond ``end``.
        chunk: bytes to fetch at a time.
        max_line_bytes: as for ``lines_of``.
    """
    return lines_of(_whole_lines(fetch, start, end, size, chunk), max_line_bytes, from_start=start == 0)


def _whole_lines(
    fetch: Callable[[int, int], bytes], start: int, end: int, size: int, chunk: int
) -> Iterator[bytes]:
    """Chunks that together hold exactly the lines that begin between ``start`` and ``end``."""
    if start >= end:
        return
    position = max(start - 1, 0)  # a line end right before `start` means that a line begins there
    searching = start > 0
    coming: Future[bytes] | None = None

    def fetched(place: int) -> bytes:
        return fetch(place, min(place + chunk, size))

    while position < size:
        content = coming.result() if coming is not None else fetched(position)
        offset, position = position, position + len(content)
        # The next one is on its way while the lines of this one are decoded.
        coming = submitted(fetched, position) if position < end else None
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
