"""Write whole objects: one for all records, one for each long asset, and the zip, from pieces that workers made."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import apache_beam as beam

from framehaul.transforms.exports.manifest import ArchiveEntry, ShardEntry
from framehaul.transforms.runs.memory import release_memory
from framehaul.transforms.shards.object_pieces import LinesPiece, Piece
from framehaul.transforms.shards.shard_forms import ShardForms
from framehaul.transforms.shards.single_object import records_for, write_archive, write_object
from framehaul.transforms.step_outputs import count_written
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass(eq=False)
class WriteSingleObject(beam.PTransform):
    """Store all records as one object, where the form of the output asks for it.

    All that can be done beside each other is done: pieces are rendered and
    encoded already. What is left is to read them one after the other, to compute
    checksums of the whole beside that, and to store it, in parts on an object
    store. It holds some megabytes. (That workers upload parts themselves would
    save a store's time, but only what goes through one process has checksums of
    the whole, and parts have a least size that shards need not have. 2026-11.)

    Outputs one ``ShardEntry``, or none.
    """

    store: ObjectStore
    forms: ShardForms

    def expand(self, pieces: beam.PCollection[Piece]) -> beam.PCollection[ShardEntry]:
        return (
            pieces.pipeline
            | "OnceIfSingle" >> beam.Create([None] if self.forms.form.is_single else [])
            | "StoreSingleObject"
            >> beam.Map(
                _store_single, pieces=beam.pvalue.AsList(pieces), store=self.store, forms=self.forms
            ).with_output_types(ShardEntry)
        )


@dataclass(eq=False)
class WriteArchive(beam.PTransform):
    """Store all records as the data file of a zip, where the form of the output asks for it.

    Outputs one ``ArchiveEntry``, or none.
    """

    store: ObjectStore
    forms: ShardForms

    def expand(self, pieces: beam.PCollection[Piece]) -> beam.PCollection[ArchiveEntry]:
        return (
            pieces.pipeline
            | "OnceIfZip" >> beam.Create([None] if self.forms.form.archive else [])
            | "StoreArchive"
            >> beam.FlatMap(
                _store_archive, pieces=beam.pvalue.AsList(pieces), store=self.store, forms=self.forms
            ).with_output_types(ArchiveEntry)
        )


@dataclass(eq=False)
class WriteAssetObjects(beam.PTransform):
    """Store one object for each asset whose lines came from several workers. Outputs a ``ShardEntry`` each."""

    store: ObjectStore
    forms: ShardForms

    def expand(self, pieces: beam.PCollection[tuple[str, LinesPiece]]) -> beam.PCollection[ShardEntry]:
        return (
            pieces
            | "GroupByAsset" >> beam.GroupByKey()
            # (asset, [piece, ...])
            | "StoreAssetObject"
            >> beam.Map(_store_asset, store=self.store, forms=self.forms).with_output_types(ShardEntry)
        )


def _store_single(_: None, pieces: Sequence[Piece], store: ObjectStore, forms: ShardForms) -> ShardEntry:
    release_memory()
    form = forms.form
    records = records_for(form.record_format, pieces, forms.record_files(store))
    entry = write_object(store, form.single_path, records, form.compression)
    count_written(entry)
    return entry


def _store_archive(
    _: None, pieces: Sequence[Piece], store: ObjectStore, forms: ShardForms
) -> Iterator[ArchiveEntry]:
    release_memory()
    form = forms.form
    if form.archive is not None:
        records = records_for(form.record_format, pieces, forms.record_files(store))
        yield write_archive(store, form.archive, form.member_name, records)


def _store_asset(
    asset: tuple[str, Iterable[LinesPiece]], store: ObjectStore, forms: ShardForms
) -> ShardEntry:
    release_memory()
    asset_key, pieces = asset
    records = records_for("ndjson", pieces, forms.asset_files(store))
    path = forms.form.asset_path(asset_key, records.lines[0].external_id)
    entry = write_object(store, path, records, forms.form.compression)
    count_written(entry)
    return entry
