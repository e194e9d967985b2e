"""Partition records: bring each task and its stage history to one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.exchange.blocks import Exchange
from framehaul.transforms.exchange.partitions import PartitionBlock, PartitionBuilder
from framehaul.transforms.step_outputs import in_global_window

OfTable = tuple[str, list[Any]]
"""Name of a table, and entries of it; Beam cannot compare types with the protocol ``Entry``."""


@dataclass(eq=False)
class PartitionRecords(beam.PTransform):
    """Gather entries, each list of one table, into blocks by partition of their task.

    The partition only says which worker joins a task, never where the task
    stands in the export, so its number may depend on the size of the input.
    """

    partitions: int
    exchange: Exchange

    def expand(self, entries: beam.PCollection[OfTable]) -> beam.PCollection[PartitionBlock]:
        return entries | "BuildBlocks" >> beam.ParDo(_BuildBlocks(self.partitions, self.exchange))


class _BuildBlocks(beam.DoFn):
    def __init__(self, partitions: int, exchange: Exchange) -> None:
        self._partitions = partitions
        self._exchange = exchange

    def start_bundle(self) -> None:
        self._builder = PartitionBuilder(self._partitions, self._exchange)

    def process(self, of_table: OfTable) -> Iterator[PartitionBlock]:
        table, entries = of_table
        for entry in entries:
            self._builder.add(table, entry.task_id, entry)
        if self._builder.is_full:
            yield from self._builder.flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, self._builder.flush())
