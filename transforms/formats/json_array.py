"""Items of one JSON array, read as a stream.

Each item is found by its brackets and handed on as the bytes it came as, like a
line of NDJSON: numbers keep their digits, and an item that is not JSON is set
aside alone. ijson, the usual library for this, builds objects (so numbers have
to be written anew), and its parser ends at the first bad item: all after it
would be lost.
"""

import re
from collections.abc import Iterable, Iterator

from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats.lines import NO_LIMIT, OversizedLine, without_byte_order_mark

# A string as one token, so that brackets and commas in it do not count; a quote alone begins an unfinished one.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_REST_OF_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_QUOTE, _COMMA = b'"', b","
_OPENING = (b"[", b"{")
_CLOSING = (b"]", b"}")
_SPACE = b" \t\r\n"


def items_of(pieces: Iterable[bytes], url: str, max_item_bytes: int = NO_LIMIT) -> Iterator[list[bytes]]:
    """The items of the array: for each piece of the stream a list of the items that end in it.

    No more than one piece and one item is held.

    Args:
        max_item_bytes: a longer item is not held, and comes as an ``OversizedLine``.

    Raises:
        SourceError: there is no array, it does not end, or something comes after its end.
    """
    scanner = _ArrayScanner(url, max_item_bytes)
    for piece in without_byte_order_mark(pieces):
        if items := scanner.feed(piece):
            yield items
    scanner.finish()


class _ArrayScanner:
    """Finds items by their brackets; every byte is looked at once, however long an item or a text in it is."""

    def __init__(self, url: str, most: int) -> None:
        self._url = url
        self._most = most
        self._buffer = bytearray()  # the unfinished item and what follows it
        self._dropped = 0  # bytes of the unfinished item that are not held, since it is too long
        self._scanned = 0
        self._depth = 0
        self._in_string = False
        self._ended = False
        self._found = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The items that end in ``piece``."""
        self._buffer += piece
        if self._depth == 0 and not self._ended:
            self._open()
        items = list(self._items()) if self._depth else []
        if self._ended:
            self._refuse_more()
            if items == [b""] and not self._found:
                items = []  # [] has no items
        elif len(self._buffer) + self._dropped > self._most:
            self._dropped += self._scanned
            del self._buffer[: self._scanned]
            self._scanned = 0
        self._found += len(items)
        return items

    def finish(self) -> None:
        """Raise ``SourceError`` if the array has not ended."""
        if not self._ended:
            raise SourceError(
                f"{self._url} ends inside its array (after item {self._found}), so records are missing; "
                "copy the file again"
            )

    def _open(self) -> None:
        start = self._buffer.lstrip(_SPACE)
        if not start:
            return
        if not start.startswith(b"["):
            raise SourceError(f"{self._url} does not begin with the [ of a JSON array; copy the file again")
        self._buffer, self._depth = start[1:], 1

    def _items(self) -> Iterator[bytes]:
        """Take the items that end in the buffer out of it."""
        start = 0
        while (end := self._next_end()) is not None:
            yield self._item(start, end)
            start = end + 1
            if self._ended:
                break
        del self._buffer[:start]
        self._scanned = max(0, self._scanned - start)

    def _item(self, start: int, end: int) -> bytes:
        dropped, self._dropped = self._dropped, 0
        if dropped + end - start > self._most:
            return OversizedLine.of(dropped + end - start, self._most)
        return bytes(self._buffer[start:end]).strip(_SPACE)

    def _next_end(self) -> int | None:
        """Place of the comma or bracket that ends an item, or ``None`` if it has not been read yet."""
        if self._in_string and not self._leave_string():
            return None
        for token in _TOKEN.finditer(self._buffer, self._scanned):
            mark = token.group()
            self._scanned = token.end()
            if mark == _QUOTE:
                self._leave_string()
                return None
            if mark in _OPENING:
                self._depth += 1
            elif mark in _CLOSING:
                self._depth -= 1
                self._ended = self._depth == 0
            if self._ended or (mark == _COMMA and self._depth == 1):
                return token.start()
        self._scanned = len(self._buffer)
        return None

    def _leave_string(self) -> bool:
        """Go on to the end of a string; false if it has not been read yet."""
        rest = _REST_OF_STRING.match(self._buffer, self._scanned)
        self._scanned = rest.end() if rest is not None else self._scanned
        self._in_string = self._buffer[self._scanned : self._scanned + 1] != _QUOTE
        self._scanned += not self._in_string  # a backslash at the end waits for what it escapes
        return not self._in_string

    def _refuse_more(self) -> None:
        if self._buffer.strip(_SPACE):
            raise SourceError(f"{self._url} goes on after the end of its array (after item {self._found})")
