"""Assemble records: join each task with its stage history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.utils.windowed_value import WindowedValue

from transforms.decode_records import DEAD_LETTERS, TALLIES
from transforms.exchange.blocks import Block, BlockBuilder, Exchange, read_block
from transforms.memory import give_back
from transforms.metrics import count_all
from transforms.partition_records import PartitionBlock
from transforms.records.assembly import Assembly, RecordLine
from transforms.records.buckets import BUCKETS
from transforms.records.stage_entry import StageEntry
from transforms.records.tally import Tally
from transforms.records.task import TaskCopy
from transforms.windows import in_global_window

BUCKET_BYTES = "bucket_bytes"


@dataclass(eq=False)
class AssembleRecords(beam.PTransform):
    """Turn the blocks of each partition into blocks of finished lines.

    Outputs ``lines``, (group, block of ``RecordLine``), where a group is a
    range of buckets; ``bucket_bytes``, what shards are cut by; and
    ``dead_letters`` and ``tallies``.

    Attributes:
        groups: into how many ranges of buckets lines are gathered. Like the
            number of partitions it leaves no trace in the export.
        with_history: whether records hold their stage history.
        max_line_bytes: a longer record is set aside.
        exchange: how blocks travel.
    """

    groups: int
    with_history: bool
    max_line_bytes: int
    exchange: Exchange

    def expand(self, blocks: beam.PCollection[PartitionBlock]) -> Any:
        return (
            blocks
            | "GroupByPartition" >> beam.GroupByKey()
            # (partition, [(table, block), ...])
            | "AssemblePartition"
            >> beam.ParDo(
                _AssemblePartition(self.groups, self.with_history, self.max_line_bytes, self.exchange)
            ).with_outputs(DEAD_LETTERS, TALLIES, BUCKET_BYTES, main="lines")
        )


class _AssemblePartition(beam.DoFn):
    def __init__(self, groups: int, with_history: bool, max_line_bytes: int, exchange: Exchange) -> None:
        self._groups = groups
        self._with_history = with_history
        self._max_line_bytes = max_line_bytes
        self._exchange = exchange

    def start_bundle(self) -> None:
        give_back()
        self._builder: BlockBuilder[RecordLine] = BlockBuilder(self._exchange)
        self._bucket_bytes = [0] * BUCKETS
        self._tally = Tally()

    def process(self, partition: tuple[int, Iterable[tuple[str, Block]]]) -> Iterator[Any]:
        assembly = Assembly(with_history=self._with_history, max_line_bytes=self._max_line_bytes)
        for table, block in partition[1]:
            if table == "tasks":
                assembly.add_tasks(read_block(block, TaskCopy))
            else:
                assembly.add_history(read_block(block, StageEntry))
        for line in assembly.lines():
            self._bucket_bytes[line.bucket] += len(line.line) + 1
            self._builder.add(line.bucket * self._groups // BUCKETS, line, len(line.line))
            if self._builder.is_full:
                yield from self._builder.flush()
        for letter in assembly.dead_letters:
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        self._tally.add(assembly.tally)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, self._builder.flush())
        count_all(self._tally.counts)
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))
        yield beam.pvalue.TaggedOutput(
            BUCKET_BYTES, in_global_window(np.array(self._bucket_bytes, np.uint64))
        )
