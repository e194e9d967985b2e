"""Assemble records: join each task with its stage history."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np

from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange, block_of
from framehaul.transforms.exchange.partitions import PartitionBlock, blocks_by_table
from framehaul.transforms.kinds.kind import Kind
from framehaul.transforms.metrics import count_all
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.long_record import LongRecord, LongShardBlock
from framehaul.transforms.records.buckets import BUCKETS, LONG
from framehaul.transforms.records.phases import Phase
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.memory import release_memory
from framehaul.transforms.step_outputs import (
    BUCKET_BYTES,
    DEAD_LETTERS,
    LONG_SHARDS,
    TALLIES,
    SetAsideOutput,
    in_global_window,
)


@dataclass(eq=False)
class AssembleRecords(beam.PTransform):
    """Turn the blocks of each partition into blocks of finished lines.

    Outputs ``lines``, (group, block of ``RecordLine``), where a group is a
    range of buckets; ``long_shards``, (asset key, ``LongShardBlock``);
    ``bucket_bytes``, what shards are cut by; ``dead_letters``, (split, block of ``SetAside``); and ``tallies``.

    Attributes:
        groups: into how many ranges of buckets lines are gathered. Like the
            number of partitions it leaves no trace in the export.
        options: how records are written.
        exchange: how blocks travel.
        kind: of the records.
    """

    kind: Kind
    groups: int
    options: RecordOptions
    exchange: Exchange

    def expand(self, blocks: beam.PCollection[PartitionBlock]) -> Any:
        return (
            blocks
            | "GroupByPartition" >> beam.GroupByKey()
            # (partition, [(table, block), ...])
            | "AssemblePartition"
            >> beam.ParDo(
                _AssemblePartition(self.kind, self.groups, self.options, self.exchange)
            ).with_outputs(DEAD_LETTERS, TALLIES, BUCKET_BYTES, LONG_SHARDS, main="lines")
        )


class _AssemblePartition(beam.DoFn):
    def __init__(self, kind: Kind, groups: int, options: RecordOptions, exchange: Exchange) -> None:
        self._kind = kind
        self._groups = groups
        self._options = options
        self._exchange = exchange

    def start_bundle(self) -> None:
        release_memory()
        self._builder: BlockBuilder[RecordLine] = BlockBuilder(self._exchange)
        self._letters = SetAsideOutput(self._exchange)
        self._bucket_bytes = [0] * (BUCKETS + 1)
        self._tally = Tally()
        self._began = time.time()

    def process(self, partition: tuple[int, Iterable[tuple[str, Block]]]) -> Iterator[Any]:
        assembly = self._kind.assembly(self._options)
        for table, blocks in blocks_by_table(partition[1]).items():
            assembly.add(table, blocks)
        for record in assembly.records():
            if isinstance(record, SetAside):
                yield from self._letters.add(record)
            elif isinstance(record, LongRecord):
                yield from self._long_shards(record)
            else:
                yield from self._line(record)
        self._tally.add(assembly.tally)

    def _line(self, line: RecordLine) -> Iterator[tuple[int, Block]]:
        if line.line:
            self._bucket_bytes[line.bucket] += len(line.line) + 1
        self._builder.add(line.bucket * self._groups // BUCKETS, line, len(line.line))
        if self._builder.is_full:
            yield from self._builder.flush()

    def _long_shards(self, record: LongRecord) -> Iterator[Any]:
        self._bucket_bytes[LONG] += int(record.page_bytes.sum())
        for number, shard in enumerate(record.shards(self._options.shard_bytes)):
            content = block_of(shard, self._exchange)
            block = LongShardBlock(
                record.task_id, number, shard.pages, len(shard.parts), record.frames or 0, content
            )
            yield beam.pvalue.TaggedOutput(LONG_SHARDS, (record.asset_key, block))

    def finish_bundle(self) -> Iterator[Any]:
        yield from map(in_global_window, self._builder.flush())
        yield from self._letters.flush()
        count_all(self._tally.counts)
        self._tally.add(Tally.spent(Phase.ASSEMBLE, self._began))
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))
        yield beam.pvalue.TaggedOutput(
            BUCKET_BYTES, in_global_window(np.array(self._bucket_bytes, np.uint64))
        )
