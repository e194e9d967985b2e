"""Records that are shared by several lines: which part a line is, and what stands in it.

A part is the whole record with fewer rows in its lists (transforms/README.md,
"Parts"). So a line is taken apart into its lists and the bytes around them, and
these are the same in every part. Rows are handed on as the bytes they are.

State of the process: Python's limit of nesting, raised when this module is imported.
"""

import re
import sys
from collections.abc import Mapping

import msgspec
from msgspec import Raw

from framehaul.transforms.errors import StorageError

ROW_LISTS = frozenset({"tools", "objects", "classifications", "relations"})
"""Of an answer; ``objects`` is what the legacy generation calls its tools."""

# The last key of a line. A quotation mark inside a string has a backslash before it, and the last brace closes
# the record, so what matches is the record's own `part`.
_PART = re.compile(
    rb',"part":(\{"index":\d+,"count":\d+,"firstPage":(?:\d+|null),"lastPage":(?:\d+|null)\})\}\Z'
)
_LONGEST_PART = 200

# msgspec counts nesting by Python's limit; records may nest 1,000 deep (see json_text).
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_OBJECTS = msgspec.json.Decoder(list[dict[str, Raw]])


class PartHead(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """``part`` of a line.

    Attributes:
        index: from 0 to ``count - 1``.
        first_page, last_page: the frames in it, both inclusive; ``None`` where the record is no video.
    """

    index: int
    count: int
    first_page: int | None
    last_page: int | None

    @property
    def is_whole(self) -> bool:
        return self.count == 1

    @property
    def is_last(self) -> bool:
        return self.index == self.count - 1

    @property
    def pages(self) -> tuple[int, int] | None:
        if self.first_page is None or self.last_page is None:
            return None
        return self.first_page, self.last_page


_HEAD = msgspec.json.Decoder(PartHead)


def end_of_record(line: bytes) -> int | None:
    """Where ``part`` begins, with the comma before it; ``None`` if the line has none at its end."""
    found = _PART.search(line, max(0, len(line) - _LONGEST_PART))
    return None if found is None else found.start()


def part_of(line: bytes) -> PartHead:
    """Raises ``StorageError`` for a line that does not end as a record with ``part`` does."""
    found = _PART.search(line, max(0, len(line) - _LONGEST_PART))
    if found is None:
        raise StorageError("is no record with `part` at its end")
    part = _HEAD.decode(found.group(1))
    first, last = part.first_page, part.last_page
    is_range = first == last or (first is not None and last is not None and first < last)
    if part.index >= part.count or not is_range:
        raise StorageError(
            f"says that it is part {part.index} of {part.count} with the frames {first} to {last}, "
            "which cannot be (parts are counted from 0)"
        )
    return part


def check_follows(previous: PartHead | None, part: PartHead) -> None:
    """Check that ``part`` comes right after ``previous`` of the same record (``None``: is its first).

    Page ranges have no gaps, and only a page that fills both parts is in two of
    them (transforms/README.md, "Parts").

    Raises:
        StorageError: a part is missing or stands at the wrong place, or frames are missing or doubled.
    """
    index = 0 if previous is None else previous.index + 1
    if part.index != index or (previous is not None and previous.count != part.count):
        total = part.count if previous is None else previous.count
        raise StorageError(
            f"is part {part.index} of {part.count}, where part {index} of {total} was to come "
            "(parts are counted from 0)"
        )
    if previous is None:
        allowed: tuple[int | None, ...] = (None, 0)
    elif previous.last_page is None:
        allowed = (None,)
    elif previous.first_page == previous.last_page == part.last_page:
        allowed = (previous.last_page,)
    else:
        allowed = (previous.last_page + 1,)
    if part.first_page not in allowed:
        raise StorageError(f"begins with frame {part.first_page}, where frame {allowed[-1]} was to come")


class TakenApart(msgspec.Struct, frozen=True, gc=False):
    """A line without its ``part``.

    Attributes:
        around: the bytes before the first list of rows, between two, and after
            the last; brackets stand in these. One more than there are lists.
        names: the key of each list: those of the answer, then those of each
            stage-history entry; of a legacy record those of each task.
        lists: the rows of each list, with commas between them.
        with_entries: of a video whose rows stand in entries, see ``track_entries``.
    """

    around: list[bytes]
    names: list[str]
    lists: list[memoryview]
    with_entries: bool = False

    def has_entries(self, place: int) -> bool:
        """Whether there may be entries in the list at this place."""
        return self.with_entries and self.names[place] != "relations"


def end_of(part: PartHead) -> bytes:
    """What comes last in a line, after the task."""
    return b',"part":' + msgspec.json.encode(part) + b"}"


def taken_apart(line: bytes, *, with_entries: bool = False) -> TakenApart:
    """Raises ``StorageError`` for a line that is no compact JSON object with the keys of a record."""
    cut = _Cut()
    try:
        record = _OBJECT.decode(line)
        part = record.pop("part")
        cut.add_record(record)
    except (msgspec.MsgspecError, KeyError) as error:
        raise StorageError(f"is no record: {error}") from error
    found = TakenApart([bytes(piece) for piece in cut.around], cut.names, cut.lists, with_entries)
    size = sum(map(len, found.around)) + sum(map(len, found.lists))
    if size + len(b',"part":}') + len(bytes(part)) != len(line):
        raise StorageError("is no compact JSON, so it was not written by framehaul")
    return found


class _Cut:
    """The pieces of a line, gathered from its start to its end."""

    def __init__(self) -> None:
        self.around = [bytearray()]
        self.names: list[str] = []
        self.lists: list[memoryview] = []

    def add_record(self, record: Mapping[str, Raw]) -> None:
        separator = b"{"
        for key, value in record.items():
            self._add_key(separator, key)
            if key == "task":
                self._add_payload(_OBJECT.decode(value))
            elif key == "tasks":  # of a legacy record
                self._add_answers(_OBJECTS.decode(value))
            elif key == "comments":  # of an issue
                self._add_rows(key, memoryview(value))
            else:
                self.around[-1] += value
            separator = b","

    def _add_payload(self, payload: Mapping[str, Raw]) -> None:
        """A task, or an entry of its stage history."""
        separator = b"{"
        for key, value in payload.items():
            self._add_key(separator, key)
            if key in ROW_LISTS:
                self._add_rows(key, memoryview(value))
            elif key == "stageHistory":
                self._add_answers(_OBJECTS.decode(value))
            else:
                self.around[-1] += value
            separator = b","
        self.around[-1] += b"}"

    def _add_answers(self, entries: list[dict[str, Raw]]) -> None:
        self.around[-1] += b"["
        for number, entry in enumerate(entries):
            self.around[-1] += b"," if number else b""
            self._add_payload(entry)
        self.around[-1] += b"]"

    def _add_rows(self, key: str, content: memoryview) -> None:
        if bytes(content[:1]) != b"[":
            raise StorageError(f"is no record: `{key}` is no list")
        self.names.append(key)
        self.lists.append(content[1:-1])
        self.around[-1] += b"["
        self.around.append(bytearray(b"]"))

    def _add_key(self, separator: bytes, key: str) -> None:
        self.around[-1] += separator + msgspec.json.encode(key) + b":"
