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
from framehaul.transforms.formats.lines import without_byte_order_mark

# A string as one token, so that brackets and commas in it do not count.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_OPENING = (b"[", b"{")
_CLOSING = (b"]", b"}")
_SPACE = b" \t\r\n"


def items_of(chunks: Iterable[bytes], url: str) -> Iterator[list[bytes]]:
    """The items of the array, in lists that come as the chunks do.

    Holds one chunk and one item.

    Raises:
        SourceError: there is no array, it does not end, or something comes after its end.
    """
    scanner = _ArrayScanner(url)
    for chunk in without_byte_order_mark(chunks):
        if items := scanner.feed(chunk):
            yield items
    scanner.finish()


class _ArrayScanner:
    def __init__(self, url: str) -> None:
        self._url = url
        self._buffer = bytearray()  # the unfinished item and what follows it
        self._scanned = 0
        self._depth = 0
        self._ended = False
        self._found = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The items that end in ``chunk``."""
        self._buffer += chunk
        if self._depth == 0 and not self._ended:
            self._open()
        ends = list(self._item_ends()) if self._depth else []
        items = [bytes(self._buffer[start:end]).strip(_SPACE) for start, end in ends]
        if ends:
            passed = ends[-1][1] + 1
            del self._buffer[:passed]
            self._scanned -= passed
        if self._ended:
            self._refuse_more()
            if items == [b""] and not self._found:
                items = []  # [] has no items
        self._found += len(items)
        return items

    def finish(self) -> None:
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
            raise SourceError(
                f"{self._url} is not a JSON array; a .json file holds one array, "
                "a file with one object a line is named .ndjson or .jsonl"
            )
        self._buffer, self._depth = start[1:], 1

    def _item_ends(self) -> Iterator[tuple[int, int]]:
        """Where the items in the buffer begin and end."""
        start = 0
        for token in _TOKEN.finditer(self._buffer, self._scanned):
            mark = token.group()
            if mark == b'"':
                return  # its end has not been read yet: look at it again then
            self._scanned = token.end()
            if mark in _OPENING:
                self._depth += 1
            elif mark in _CLOSING:
                self._depth -= 1
            if self._depth == 0 or (mark == b"," and self._depth == 1):
                yield start, token.start()
                start = token.end()
            if self._depth == 0:
                self._ended = True
                return

    def _refuse_more(self) -> None:
        if self._buffer.strip(_SPACE):
            raise SourceError(f"{self._url} goes on after the end of its array (after item {self._found})")
