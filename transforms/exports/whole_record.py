"""Records in one piece, made of the lines that they were shared by, and without ``part``.

Rows are not looked at: a record is what stands around its lists, and the rows
of each list one part after the other. What is put together here are views of
lines in memory; of a record that is larger, sections of files are put together
in the same way.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from framehaul.transforms.exports.record_parts import TakenApart, end_of_record, part_of, taken_apart
from framehaul.transforms.video.track_entries import ENTRY_END, Owner, gathered

T = TypeVar("T")


@dataclass
class RowsOfList(Generic[T]):
    """The rows of one list of a record.

    Attributes:
        loose: what stands first, by part.
        entries: the rows of each track, by part (layout ``tracks``).
    """

    loose: list[T] = field(default_factory=list)
    entries: dict[Owner, list[T]] = field(default_factory=dict)

    def add(self, other: "RowsOfList[T]") -> None:
        """Add the rows of the next part."""
        self.loose += other.loose
        for owner, rows in other.entries.items():
            self.entries.setdefault(owner, []).extend(rows)


def record_of(around: Sequence[bytes], lists: Sequence[RowsOfList[T]]) -> Iterator[bytes | T]:
    """A record, in pieces.

    Args:
        around: as in ``TakenApart``.
        lists: rows without the commas between parts.
    """
    yield around[0]
    for rows, after in zip(lists, around[1:], strict=True):
        yield from _elements(rows)
        yield after
    yield b"}"


def _elements(rows: RowsOfList[T]) -> Iterator[bytes | T]:
    yield from _with_commas(rows.loose)
    separator = b"," if rows.loose else b""
    for owner in sorted(rows.entries):
        yield separator + owner.head()
        yield from _with_commas(rows.entries[owner])
        yield ENTRY_END
        separator = b","


def _with_commas(pieces: Sequence[T]) -> Iterator[bytes | T]:
    for number, piece in enumerate(pieces):
        if number:
            yield b","
        yield piece


class GatheredRecord:
    """The rows of some parts of a record, in order, as views of their lines."""

    def __init__(self, *, with_entries: bool) -> None:
        self._with_entries = with_entries
        self.around: list[bytes] = []
        self.lists: list[RowsOfList[memoryview]] = []

    def add(self, line: bytes) -> None:
        """Keep the rows of the next part.

        Raises:
            StorageError: it is no line of a record.
        """
        is_video = part_of(line).pages is not None
        found = taken_apart(line, with_entries=self._with_entries and is_video)
        if not self.around:
            self.around = found.around
            self.lists = [RowsOfList() for _ in found.lists]
        for place, (rows, before) in enumerate(zip(found.lists, self.lists, strict=True)):
            before.add(_rows_of(found, place, rows))

    def mapped(self, function: Callable[[list[memoryview]], T]) -> list[RowsOfList[T]]:
        """The lists, the rows of all parts made one by ``function``; it is not asked where there are none."""
        return [
            RowsOfList(
                [function(rows.loose)] if rows.loose else [],
                {owner: [function(of_track)] for owner, of_track in rows.entries.items()},
            )
            for rows in self.lists
        ]

    def line(self) -> bytes:
        pieces = record_of(self.around, self.lists)
        return b"".join(pieces)


def _rows_of(line: TakenApart, place: int, rows: memoryview) -> RowsOfList[memoryview]:
    if not line.has_entries(place):
        return RowsOfList([rows] if rows else [])
    found = gathered(rows)
    entries = {entry.owner: [entry.rows] for entry in found.entries}
    return RowsOfList([found.loose] if found.loose else [], entries)


def whole_records(lines: Iterable[bytes], *, with_entries: bool) -> Iterator[bytes]:
    """The records that some lines hold, in the same order, each in one piece and without ``part``.

    Args:
        lines: all parts of each record, one after the other; a record without ``part`` stays as it is.
        with_entries: see ``track_entries``.
    """
    parts = GatheredRecord(with_entries=with_entries)
    for line in lines:
        end = end_of_record(line)
        if end is None:
            yield line
        elif (part := part_of(line)).is_whole:
            yield line[:end] + b"}"
        else:
            parts.add(line)
            if part.is_last:
                yield parts.line()
                parts = GatheredRecord(with_entries=with_entries)
