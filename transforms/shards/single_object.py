"""Put one object together from pieces, store it, and describe it for the manifest."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from framehaul.transforms.exchange.sections import SectionFiles, Sections
from framehaul.transforms.exports.manifest import ArchiveEntry, ShardEntry
from framehaul.transforms.exports.output_form import FRAMINGS, Archive, Framing
from framehaul.transforms.exports.whole_record import RowsOfList, record_of
from framehaul.transforms.formats.composition import Composition, Content, plain_bytes
from framehaul.transforms.formats.compression import compressor
from framehaul.transforms.formats.digests import Digests
from framehaul.transforms.formats.zip_archive import Member, archive
from framehaul.transforms.shards.object_pieces import LinesPiece, Piece, RowsPiece
from framehaul.transforms.storage.object_store import ObjectStore


class Records:
    """The records of one object: shards in order, then the records that no worker had whole, by asset and task."""

    def __init__(self, pieces: Iterable[Piece], framing: Framing, files: SectionFiles) -> None:
        every = sorted(pieces, key=lambda piece: piece.place)
        self.lines = [piece for piece in every if isinstance(piece, LinesPiece)]
        rows = [piece for piece in every if isinstance(piece, RowsPiece)]
        self._long = [
            (asset_id, _record_contents(list(group)))
            for (asset_id, _), group in groupby(rows, key=lambda piece: piece.place[:2])
        ]
        self.content = Composition.of(self._contents(framing), files)

    def _contents(self, framing: Framing) -> Iterator[Content]:
        before = framing.head
        for piece in self.lines:
            yield before
            yield piece.sections
            before = framing.separator
        for _, record in self._long:
            yield before
            yield from record
            before = framing.separator
        yield framing.tail if self.number else framing.empty

    @property
    def number(self) -> int:
        return sum(piece.records for piece in self.lines) + len(self._long)

    @property
    def longest(self) -> int:
        """Bytes of the longest record."""
        long = (sum(map(plain_bytes, record)) for _, record in self._long)
        return max([0, *(piece.longest for piece in self.lines), *long])

    @property
    def asset_ids(self) -> list[str]:
        """Some ids of assets, among them the smallest and the greatest."""
        return [each for piece in self.lines for each in piece.asset_ids] + [asset for asset, _ in self._long]


def _record_contents(pieces: Sequence[RowsPiece]) -> list[Content]:
    lists: list[RowsOfList[Sections]] = [RowsOfList() for _ in pieces[0].lists]
    for piece in pieces:
        for rows, more in zip(lists, piece.lists, strict=True):
            rows.add(more)
    contents = record_of(pieces[0].around, lists)
    return list(contents)


def write_object(store: ObjectStore, path: str, records: Records, compression: str) -> ShardEntry:
    """Store all records as one object.

    Raises:
        StorageError: it could not be stored.
    """
    content, digests = records.content, Digests()
    size = store.write(path, digests.add_all(_compress(content, compression)))
    asset_ids = records.asset_ids
    return ShardEntry(
        path=path,
        records=records.number,
        size_bytes=size,
        sha256=digests.sha256,
        md5=digests.md5,
        uncompressed_bytes=content.plain_bytes,
        max_line_bytes=records.longest,
        first_asset_id=min(asset_ids, default=None),
        last_asset_id=max(asset_ids, default=None),
    )


def _compress(content: Composition, compression: str) -> Iterator[bytes]:
    if compression == "gzip":
        yield from content.gzip_pieces()
        return
    # One frame, although several could be made side by side: pandas and others stop after the first.
    compress = compressor(compression, content.plain_bytes)
    for piece in content.plain_pieces():
        if stored := compress.compress(piece):
            yield stored
    if rest := compress.flush():
        yield rest


def write_archive(store: ObjectStore, target: Archive, member_name: str, records: Records) -> ArchiveEntry:
    """Store all records as the only member of a zip.

    Raises:
        StorageError: it could not be stored.
    """
    content, digests = records.content, Digests()
    member = Member(member_name, target.modified, content.crc, content.plain_bytes, content.deflated_bytes)
    size = store.write(target.path, digests.add_all(archive(member, content.deflated_pieces())))
    return ArchiveEntry(
        path=target.path,
        member=member_name,
        records=records.number,
        size_bytes=size,
        sha256=digests.sha256,
        md5=digests.md5,
        uncompressed_bytes=content.plain_bytes,
    )


def records_for(record_format: str, pieces: Iterable[Piece], files: SectionFiles) -> Records:
    return Records(pieces, FRAMINGS[record_format], files)
