"""The export: which steps, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

import apache_beam as beam

from transforms.assemble_records import BUCKET_BYTES, LONG_SHARDS, AssembleRecords
from transforms.decode_records import DEAD_LETTERS, TALLIES, DecodeRecords
from transforms.exchange.blocks import Exchange
from transforms.formats.splits import Split
from transforms.partition_records import PartitionRecords
from transforms.parts.finished import RecordOptions
from transforms.read_records import ReadRecords
from transforms.records.selection import Fields, Selection
from transforms.records.tally import Tally
from transforms.runs.shard_records import FinishedShards
from transforms.storage.object_store import ObjectStore
from transforms.storage.options import StorageOptions
from transforms.write_dead_letters import WriteDeadLetters
from transforms.write_long_shards import LONG_ASSETS, WriteLongShards
from transforms.write_manifest import ExportFacts, WriteManifest
from transforms.write_shards import CutShards, WriteShards


@dataclass(frozen=True)
class ExportPlan:
    """All that the steps of one export need to know.

    Attributes:
        splits: the whole input, in pieces.
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
    compression: str
    redact: frozenset[str] = frozenset()
    finished: FinishedShards | None = None

    @property
    def folder(self) -> ObjectStore:
        """Where this export's objects go."""
        return ObjectStore(self.output.url_of(self.facts.export_id), self.output.options)


def build(pipeline: beam.Pipeline, plan: ExportPlan) -> None:
    """Add the whole export to ``pipeline``."""
    decoded = (
        pipeline
        | "ListSplits" >> beam.Create(plan.splits)
        | "ReadRecords" >> ReadRecords(plan.source_options, plan.selection, plan.fields)
        | "DecodeRecords" >> DecodeRecords(plan.selection, plan.fields)
    )
    assembled = (
        decoded.entries
        | "PartitionRecords" >> PartitionRecords(plan.partitions, plan.exchange)
        | "AssembleRecords" >> AssembleRecords(plan.groups, plan.records, plan.exchange)
    )
    ranges = assembled[BUCKET_BYTES] | "CutShards" >> CutShards(plan.records.shard_bytes)
    shards = assembled.lines | "WriteShards" >> WriteShards(
        plan.folder, plan.groups, plan.compression, ranges, plan.finished
    )
    long_shards = assembled[LONG_SHARDS] | "WriteLongShards" >> WriteLongShards(
        plan.folder, plan.compression, plan.records.video, ranges, plan.finished
    )
    entries = (shards.entries, long_shards["entries"]) | "FlattenEntries" >> beam.Flatten()
    tally = (
        (decoded[TALLIES], assembled[TALLIES], shards[TALLIES], long_shards[TALLIES])
        | "FlattenTallies" >> beam.Flatten()
        | "SumTallies" >> beam.CombineGlobally(Tally.sum)
    )
    splits = pipeline | "KeepSplits" >> beam.Create([list(plan.splits)])
    dead_letters = (decoded[DEAD_LETTERS], assembled[DEAD_LETTERS]) | "WriteDeadLetters" >> WriteDeadLetters(
        plan.folder, plan.exchange, splits, tally, plan.redact
    )
    _ = pipeline | "WriteManifest" >> WriteManifest(
        plan.output, plan.facts, entries, long_shards[LONG_ASSETS], tally, dead_letters, splits
    )
