"""Forms of a shard: its lines become one object, one object for each asset, or a piece of a larger object."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

import msgspec

from framehaul.transforms.exchange.sections import SectionFiles
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.exports.output_form import FRAMINGS, OutputForm
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.shards.object_pieces import LinesPiece, PieceMaker, RowsPiece, piece_of_lines
from framehaul.transforms.shards.shard import write_shard
from framehaul.transforms.storage.object_store import ObjectStore

_SIDE_BY_SIDE = 8
"""Objects of assets that are on their way at a time: small ones spend their time waiting for the store."""


class _Head(msgspec.Struct, rename="camel", gc=False):
    external_id: str | None = None


_HEAD = msgspec.json.Decoder(_Head)


@dataclass(frozen=True)
class ShardForms:
    """Turns lines into objects and pieces, whichever the form of the output asks for.

    Attributes:
        spill_folder: where pieces wait, or ``None``: on the store.
    """

    form: OutputForm = field(default_factory=OutputForm)
    spill_folder: str | None = None

    def record_files(self, store: ObjectStore) -> SectionFiles:
        """Files in which whole records wait."""
        return SectionFiles(self.spill_folder, store, self.form.encodings_of_records)

    def asset_files(self, store: ObjectStore) -> SectionFiles:
        """Files in which the lines of assets wait that no worker has whole."""
        return SectionFiles(self.spill_folder, store, (self.form.encoding,))

    def _maker(self, store: ObjectStore) -> PieceMaker | None:
        if not self.form.encodings_of_records:
            return None
        separator = FRAMINGS[self.form.record_format].separator
        return PieceMaker(self.record_files(store), separator, self.form.with_entries)

    def pieces_of_shard(
        self, store: ObjectStore, index: int, lines: Sequence[RecordLine]
    ) -> Iterator[LinesPiece]:
        """Make the piece that a shard adds to an object of whole records; none if there is no such object, or no line."""
        if (maker := self._maker(store)) and lines:
            asset_ids = (lines[0].asset_key, lines[-1].asset_key)
            yield maker.of_shard(("", "", index), (line.line for line in lines), asset_ids)

    def pieces_of_long_shard(
        self, store: ObjectStore, place: tuple[str, str, int], lines: Iterable[bytes]
    ) -> Iterator[RowsPiece]:
        """Make the piece that a shard adds to its one whole record; none if there is no object of whole records."""
        if maker := self._maker(store):
            yield maker.of_long_shard(place, lines)

    def asset_objects(
        self, store: ObjectStore, lines: Iterable[RecordLine]
    ) -> Iterator[ShardEntry | LinesPiece]:
        """Store an object for each asset; of an asset that also has shards of its own, make a piece for each task.

        Args:
            lines: of whole assets, one after the other; an empty line marks an asset with shards of its own.
        """
        groups = [list(group) for _, group in groupby(lines, key=attrgetter("asset_key"))]
        long = [group for group in groups if not all(line.line for line in group)]
        for group in long:
            for task_id, of_task in groupby(group, key=attrgetter("task_id")):
                place = (group[0].asset_key, task_id, 0)
                yield from self.asset_piece(store, place, [line.line for line in of_task if line.line])
        short = [group for group in groups if all(line.line for line in group)]
        with ThreadPoolExecutor(_SIDE_BY_SIDE, "assets") as pool:
            yield from pool.map(lambda group: self._asset_object(store, group), short)

    def _asset_object(self, store: ObjectStore, lines: Sequence[RecordLine]) -> ShardEntry:
        asset_key = lines[0].asset_key
        path = self.form.asset_path(asset_key, _external_id(lines[0].line))
        return write_shard(
            store, path, [line.line for line in lines], self.form.compression, (asset_key, asset_key)
        )

    def asset_piece(
        self, store: ObjectStore, place: tuple[str, str, int], lines: Sequence[bytes]
    ) -> Iterator[LinesPiece]:
        """Make a piece of some lines of an asset, if there are any, for an object that is put together."""
        if lines:
            separator = FRAMINGS["ndjson"].separator
            asset_ids = (place[0], place[0])
            piece = piece_of_lines(self.asset_files(store), place, lines, asset_ids, separator)
            yield replace(piece, external_id=_external_id(lines[0]))


def _external_id(line: bytes) -> str | None:
    return _HEAD.decode(line).external_id
