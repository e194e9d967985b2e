"""The steps of an export, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass

import apache_beam as beam

from framehaul.transforms.assemble_records import AssembleRecords
from framehaul.transforms.choose_entries import ChooseEntries
from framehaul.transforms.decode_records import DecodeRecords
from framehaul.transforms.exchange.blocks import Exchange
from framehaul.transforms.kinds.kinds import V3, RecordKind
from framehaul.transforms.partition_records import PartitionRecords
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.read_records import ReadRecords
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.export_results import ExportFacts
from framehaul.transforms.runs.same_version import refuse_other_version
from framehaul.transforms.runs.shard_records import FinishedShards
from framehaul.transforms.shards.shard_forms import ShardForms
from framehaul.transforms.sources.packed_splits import pack_splits, unpack_splits
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.step_outputs import (
    ASSET_PIECES,
    BUCKET_BYTES,
    DEAD_LETTERS,
    LONG_ASSETS,
    LONG_SHARDS,
    PIECES,
    TALLIES,
)
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.write_dead_letters import WriteDeadLetters
from framehaul.transforms.write_long_shards import WriteLongShards
from framehaul.transforms.write_manifest import WriteManifest
from framehaul.transforms.write_shards import CutShards, WriteShards
from framehaul.transforms.write_whole_objects import WriteArchive, WriteAssetObjects, WriteSingleObject


@dataclass(frozen=True)
class ExportPlan:
    """All that the steps of one export need to know.

    Attributes:
        splits: of the whole input.
        kind: of the records.
        partitions, groups: how finely records are spread on their way; see
            ``PartitionRecords`` and ``AssembleRecords``.
        finished: shards of an earlier run of the export.
    """

    facts: ExportFacts
    output: ObjectStore
    source_options: StorageOptions
    splits: Sequence[Split]
    selection: Selection
    fields: Fields
    exchange: Exchange
    partitions: int
    groups: int
    records: RecordOptions
    max_record_bytes: int
    forms: ShardForms
    redact: frozenset[str] = frozenset()
    finished: FinishedShards | None = None
    kind: RecordKind = V3

    @property
    def folder(self) -> ObjectStore:
        """Folder of this export's objects."""
        return ObjectStore(self.output.url_of(self.facts.export_id), self.output.options)


def build(pipeline: beam.Pipeline, plan: ExportPlan) -> None:
    """Add the whole export to ``pipeline``."""
    kind = plan.kind.load(plan.fields)
    packed = (
        pipeline
        | "ListSplits" >> beam.Create([pack_splits(plan.splits)])
        | "CheckWorkers" >> beam.Map(refuse_other_version, expected=plan.facts.version)
    )
    decoded = (
        packed
        | "UnpackSplits" >> beam.FlatMap(unpack_splits)
        | "ReadRecords" >> ReadRecords(plan.source_options, kind, plan.selection, plan.max_record_bytes)
        | "DecodeRecords" >> DecodeRecords(kind, plan.selection, plan.exchange)
    )
    blocks = decoded.entries | "PartitionRecords" >> PartitionRecords(plan.partitions, plan.exchange)
    tallies, set_aside = [decoded[TALLIES]], [decoded[DEAD_LETTERS]]
    if kind.chooser() is not None:
        chosen = blocks | "ChooseEntries" >> ChooseEntries(kind, plan.partitions, plan.exchange)
        blocks = chosen.blocks
        tallies.append(chosen[TALLIES])
        set_aside.append(chosen[DEAD_LETTERS])
    assembled = blocks | "AssembleRecords" >> AssembleRecords(kind, plan.groups, plan.records, plan.exchange)
    ranges = assembled[BUCKET_BYTES] | "CutShards" >> CutShards(plan.records.shard_bytes)
    # What is in a shard is needed for more than the shard, or there are none: so none can be kept.
    finished = plan.finished if plan.forms.form.is_shards_alone else None
    shards = assembled.lines | "WriteShards" >> WriteShards(
        plan.folder,
        plan.groups,
        plan.forms.form.compression,
        ranges,
        plan.forms,
        finished,
        plan.kind,
    )
    long_shards = assembled[LONG_SHARDS] | "WriteLongShards" >> WriteLongShards(
        plan.folder, plan.forms.form.compression, plan.records.video, ranges, plan.forms, finished, plan.kind
    )
    pieces = (shards[PIECES], long_shards[PIECES]) | "FlattenPieces" >> beam.Flatten()
    single = pieces | "WriteSingleObject" >> WriteSingleObject(plan.folder, plan.forms)
    archives = pieces | "WriteArchive" >> WriteArchive(plan.folder, plan.forms)
    asset_pieces = (shards[ASSET_PIECES], long_shards[ASSET_PIECES]) | "FlattenAssets" >> beam.Flatten()
    assets = asset_pieces | "WriteAssetObjects" >> WriteAssetObjects(plan.folder, plan.forms)
    entries = (shards.entries, long_shards["entries"], single, assets) | "FlattenEntries" >> beam.Flatten()
    long_assets = long_shards[LONG_ASSETS] | "OnlyOfShards" >> beam.Filter(
        lambda _, has_shards: has_shards, plan.forms.form.has_shards
    )
    tally = (
        (*tallies, assembled[TALLIES], shards[TALLIES], long_shards[TALLIES])
        | "FlattenTallies" >> beam.Flatten()
        | "SumTallies" >> beam.CombineGlobally(Tally.sum)
    )
    splits = packed | "KeepSplits" >> beam.Map(unpack_splits)
    dead_letters = (*set_aside, assembled[DEAD_LETTERS]) | "WriteDeadLetters" >> WriteDeadLetters(
        plan.folder, plan.exchange, splits, tally, plan.source_options, plan.max_record_bytes, plan.redact
    )
    _ = pipeline | "WriteManifest" >> WriteManifest(
        plan.output, plan.facts, entries, long_assets, tally, dead_letters, splits, archives
    )
