"""Pieces of an object that is put together from many: each worker makes one from the lines of one shard."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from framehaul.transforms.exchange.sections import SectionFiles, Sections
from framehaul.transforms.exports.whole_record import GatheredRecord, RowsOfList, whole_records

_PIECE = 1 << 20

Place = tuple[str, str, int]
"""Asset, task and number, by which pieces are ordered. Pieces of many assets have only a number."""


@dataclass(frozen=True)
class LinesPiece:
    """A piece of whole records.

    Attributes:
        sections: the records, with their separator between them.
        records: number of records.
        longest: bytes of the longest record.
        asset_ids: the smallest and the greatest.
        external_id: of the asset, where all records are of one.
    """

    place: Place
    sections: Sections
    records: int
    longest: int
    asset_ids: tuple[str, str]
    external_id: str | None = None


@dataclass(frozen=True)
class RowsPiece:
    """A piece of a record that is too large for one worker: some of its rows, to be joined with those of others.

    Attributes:
        around: bytes of the record around its lists; empty in all pieces of a record but the first.
        lists: rows of each list.
    """

    place: Place
    around: list[bytes]
    lists: list[RowsOfList[Sections]]


Piece = LinesPiece | RowsPiece


@dataclass(frozen=True)
class PieceMaker:
    """Makes pieces of whole records from lines that may be parts.

    Attributes:
        separator: bytes between two records.
        with_entries: see ``track_entries``.
    """

    files: SectionFiles
    separator: bytes
    with_entries: bool

    def of_shard(self, place: Place, lines: Iterable[bytes], asset_ids: tuple[str, str]) -> LinesPiece:
        """Make a piece of the records of some lines, of which there must be at least one."""
        records = whole_records(lines, with_entries=self.with_entries)
        return piece_of_lines(self.files, place, records, asset_ids, self.separator)

    def of_long_shard(self, place: Place, lines: Iterable[bytes]) -> RowsPiece:
        """Make a piece of the rows of some lines, which are parts of one record."""
        gathered = GatheredRecord(with_entries=self.with_entries)
        for line in lines:
            gathered.add(line)
        with self.files.writer(f"rows-{_name(place)}") as write:
            lists = gathered.mapped(lambda rows: write(join_pieces(rows, b",")))
        return RowsPiece(place, [] if place[2] else gathered.around, lists)


def piece_of_lines(
    files: SectionFiles,
    place: Place,
    lines: Iterable[bytes],
    asset_ids: tuple[str, str],
    separator: bytes,
) -> LinesPiece:
    """Make a piece of lines as they are, of which there must be at least one."""
    measure = _Measure()
    with files.writer(f"lines-{_name(place)}") as write:
        sections = write(join_pieces(measure.add_all(lines), separator))
    return LinesPiece(place, sections, measure.number, measure.longest, asset_ids)


class _Measure:
    """Number of lines, and bytes of the longest."""

    def __init__(self) -> None:
        self.number = 0
        self.longest = 0

    def add_all(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.number += 1
            self.longest = max(self.longest, len(line))
            yield line


def join_pieces(pieces: Iterable[bytes | memoryview], separator: bytes) -> Iterator[bytes]:
    """Join pieces with ``separator`` between them, to about a megabyte each: the same cuts give the same encoded bytes."""
    gathered: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield separator.join(gathered)
            gathered, size = [b""], 0
    if size or gathered != [b""]:
        yield separator.join(gathered)


def _name(place: Place) -> str:
    return hashlib.blake2b(repr(place).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
