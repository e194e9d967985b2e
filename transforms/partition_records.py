"""Partition records: bring each task and its stage history to one place."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from transforms.decode_records import Entry
from transforms.exchange.blocks import Block, BlockBuilder, Exchange
from transforms.records.task import TaskCopy
from transforms.windows import in_global_window

TABLES = ("tasks", "stage_history")

PartitionBlock = tuple[int, tuple[str, Block]]


@dataclass(eq=False)
class PartitionRecords(beam.PTransform):
    """Gather entries into blocks by partition of their task.

    The partition only says which worker joins a task, never where the task
    stands in the export, so its number may depend on the size of the input.
    """

    partitions: int
    exchange: Exchange

    def expand(self, entries: beam.PCollection[list[Entry]]) -> beam.PCollection[PartitionBlock]:
        return entries | "BuildBlocks" >> beam.ParDo(_BuildBlocks(self.partitions, self.exchange))


class _BuildBlocks(beam.DoFn):
    def __init__(self, partitions: int, exchange: Exchange) -> None:
        self._partitions = partitions
        self._exchange = exchange

    def start_bundle(self) -> None:
        self._builder: BlockBuilder[Entry] = BlockBuilder(self._exchange)

    def process(self, entries: list[Entry]) -> Iterator[PartitionBlock]:
        table = 0 if entries and isinstance(entries[0], TaskCopy) else 1
        for entry in entries:
            key = partition_of(entry.task_id, self._partitions) * len(TABLES) + table
            self._builder.add(key, entry, len(entry.rendered))
        if self._builder.is_full:
            yield from self._blocks()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, self._blocks())

    def _blocks(self) -> Iterator[PartitionBlock]:
        for key, block in self._builder.flush():
            partition, table = divmod(key, len(TABLES))
            yield partition, (TABLES[table], block)


def partition_of(task_id: str, partitions: int) -> int:
    """From 0 to ``partitions - 1``; the same in every process."""
    return zlib.crc32(task_id.encode()) % partitions
