"""Pieces of an object that is put together from many: what each worker makes of the lines of one shard."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from framehaul.transforms.exchange.sections import SectionFiles, Sections
from framehaul.transforms.exports.whole_record import GatheredRecord, RowsOfList, whole_records

_CHUNK = 1 << 20

Place = tuple[str, str, int]
"""Asset, task and number: the order of pieces. Those of many assets have but a number."""


@dataclass(frozen=True)
class LinesPiece:
    """Some records.

    Attributes:
        sections: them, with what separates records between them.
        records: how many there are.
        longest: bytes of the longest.
        asset_ids: smallest and greatest.
        external_id: of the asset, where it is of one.
    """

    place: Place
    sections: Sections
    records: int
    longest: int
    asset_ids: tuple[str, str]
    external_id: str | None = None


@dataclass(frozen=True)
class RowsPiece:
    """Some rows of a record that is too large for one worker, ready to stand between those of others.

    Attributes:
        around: what stands around the lists; empty in all pieces of a record but the first.
        lists: their rows.
    """

    place: Place
    around: list[bytes]
    lists: list[RowsOfList[Sections]]


Piece = LinesPiece | RowsPiece


@dataclass(frozen=True)
class PieceMaker:
    """Makes pieces of whole records.

    Attributes:
        separator: what stands between two records.
        with_entries: see ``track_entries``.
    """

    files: SectionFiles
    separator: bytes
    with_entries: bool

    def of_shard(self, place: Place, lines: Iterable[bytes], asset_ids: tuple[str, str]) -> LinesPiece:
        """The records of some lines, of which there must be at least one."""
        records = whole_records(lines, with_entries=self.with_entries)
        return piece_of_lines(self.files, place, records, asset_ids, self.separator)

    def of_long_shard(self, place: Place, lines: Iterable[bytes]) -> RowsPiece:
        gathered = GatheredRecord(with_entries=self.with_entries)
        for line in lines:
            gathered.add(line)
        with self.files.writer(f"rows-{_name(place)}") as write:
            lists = gathered.mapped(lambda rows: write(joined(rows, b",")))
        return RowsPiece(place, [] if place[2] else gathered.around, lists)


def piece_of_lines(
    files: SectionFiles,
    place: Place,
    lines: Iterable[bytes],
    asset_ids: tuple[str, str],
    separator: bytes,
) -> LinesPiece:
    """A piece of lines as they are, of which there must be at least one."""
    measured = _Measured()
    with files.writer(f"lines-{_name(place)}") as write:
        sections = write(joined(measured.passing(lines), separator))
    return LinesPiece(place, sections, measured.number, measured.longest, asset_ids)


class _Measured:
    def __init__(self) -> None:
        self.number = 0
        self.longest = 0

    def passing(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.number += 1
            self.longest = max(self.longest, len(line))
            yield line


def joined(pieces: Iterable[bytes | memoryview], separator: bytes) -> Iterator[bytes]:
    """Pieces with ``separator`` between them, about a megabyte at a time: the same cuts give the same encoded bytes."""
    gathered: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield separator.join(gathered)
            gathered, size = [b""], 0
    if size or gathered != [b""]:
        yield separator.join(gathered)


def _name(place: Place) -> str:
    return hashlib.blake2b(repr(place).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
