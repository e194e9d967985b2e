"""Assemble records: join each task with its stage history."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import msgspec
import numpy as np
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.decode_records import DEAD_LETTERS, TALLIES
from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange, block_of, read_blocks
from framehaul.transforms.kinds.ango_v3.assembly import Assembly
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.metrics import count_all
from framehaul.transforms.partition_records import PartitionBlock, blocks_by_table
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.records.buckets import BUCKETS, LONG
from framehaul.transforms.records.phases import Phase
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.memory import give_back
from framehaul.transforms.step_outputs import in_global_window

BUCKET_BYTES = "bucket_bytes"
LONG_SHARDS = "long_shards"


class LongShardBlock(msgspec.Struct, frozen=True, array_like=True):
    """A shard of a long record, before the shards of its asset have names.

    Attributes:
        number: of the shard among those of its task.
        pages: first and last, of a video.
        parts: how many are in it.
        frames: of the video.
        content: a ``LongShard``.
    """

    task_id: str
    number: int
    pages: tuple[int, int] | None
    parts: int
    frames: int
    content: Block


@dataclass(eq=False)
class AssembleRecords(beam.PTransform):
    """Turn the blocks of each partition into blocks of finished lines.

    Outputs ``lines``, (group, block of ``RecordLine``), where a group is a
    range of buckets; ``long_shards``, (asset key, ``LongShardBlock``);
    ``bucket_bytes``, what shards are cut by; and ``dead_letters`` and ``tallies``.

    Attributes:
        groups: into how many ranges of buckets lines are gathered. Like the
            number of partitions it leaves no trace in the export.
        options: how records are written.
        exchange: how blocks travel.
        assembly: what puts the records of a partition together: ``Assembly``, or what stands in its place for
            the legacy generation and for issues.
    """

    groups: int
    options: RecordOptions
    exchange: Exchange
    assembly: Callable[[RecordOptions], Any] = Assembly

    def expand(self, blocks: beam.PCollection[PartitionBlock]) -> Any:
        return (
            blocks
            | "GroupByPartition" >> beam.GroupByKey()
            # (partition, [(table, block), ...])
            | "AssemblePartition"
            >> beam.ParDo(
                _AssemblePartition(self.groups, self.options, self.exchange, self.assembly)
            ).with_outputs(DEAD_LETTERS, TALLIES, BUCKET_BYTES, LONG_SHARDS, main="lines")
        )


class _AssemblePartition(beam.DoFn):
    def __init__(
        self,
        groups: int,
        options: RecordOptions,
        exchange: Exchange,
        assembly: Callable[[RecordOptions], Any],
    ) -> None:
        self._assembly = assembly
        self._groups = groups
        self._options = options
        self._exchange = exchange

    def start_bundle(self) -> None:
        give_back()
        self._builder: BlockBuilder[RecordLine] = BlockBuilder(self._exchange)
        self._bucket_bytes = [0] * (BUCKETS + 1)
        self._tally = Tally()
        self._began = time.time()

    def process(self, partition: tuple[int, Iterable[tuple[str, Block]]]) -> Iterator[Any]:
        assembly = self._assembly(self._options)
        tables = blocks_by_table(partition[1])
        for copies in read_blocks(tables["tasks"], assembly.copies):
            assembly.add_tasks(copies)
        for entries in read_blocks(tables["stage_history"], StageEntry):
            assembly.add_history(entries)
        for block in tables["frames"]:
            assembly.add_frames(block)
        for record in assembly.records():
            if isinstance(record, LongRecord):
                yield from self._long_shards(record)
            else:
                yield from self._line(record)
        for letter in assembly.dead_letters:
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
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

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, self._builder.flush())
        count_all(self._tally.counts)
        self._tally.add(Tally.spent(Phase.ASSEMBLE, self._began))
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))
        yield beam.pvalue.TaggedOutput(
            BUCKET_BYTES, in_global_window(np.array(self._bucket_bytes, np.uint64))
        )
