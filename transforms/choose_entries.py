"""Choose entries: of all that were brought together what goes on, to where its record is assembled."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from framehaul.transforms.exchange.blocks import Block, Exchange
from framehaul.transforms.exchange.partitions import PartitionBlock, PartitionBuilder, blocks_by_table
from framehaul.transforms.kinds.kind import Chooser, Kind
from framehaul.transforms.metrics import count_all
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.memory import release_memory
from framehaul.transforms.step_outputs import DEAD_LETTERS, TALLIES, SetAsideOutput, in_global_window


@dataclass(eq=False)
class ChooseEntries(beam.PTransform):
    """Turn the blocks of each partition into blocks by the key of their record, for a kind that has a chooser.

    Outputs ``blocks``, as ``PartitionRecords`` does; ``dead_letters``, (split, block of ``SetAside``); and ``tallies`` of
    what goes no further.
    """

    kind: Kind
    partitions: int
    exchange: Exchange

    def expand(self, blocks: beam.PCollection[PartitionBlock]) -> Any:
        return (
            blocks
            | "GroupByPartition" >> beam.GroupByKey()
            # (partition, [(table, block), ...])
            | "ChooseFromPartition"
            >> beam.ParDo(_ChooseFromPartition(self.kind, self.partitions, self.exchange)).with_outputs(
                DEAD_LETTERS, TALLIES, main="blocks"
            )
        )


class _ChooseFromPartition(beam.DoFn):
    def __init__(self, kind: Kind, partitions: int, exchange: Exchange) -> None:
        self._kind = kind
        self._partitions = partitions
        self._exchange = exchange

    def start_bundle(self) -> None:
        release_memory()
        self._builder = PartitionBuilder(self._partitions, self._exchange)
        self._letters = SetAsideOutput(self._exchange)
        self._tally = Tally()

    def process(self, partition: tuple[int, Iterable[tuple[str, Block]]]) -> Iterator[Any]:
        chooser = self._kind.chooser()
        if chooser is None:
            raise TypeError(f"{self._kind} has no chooser: its entries are where their records are assembled")
        for table, blocks in blocks_by_table(partition[1]).items():
            chooser.add(table, blocks)
        yield from self._chosen(chooser)
        self._tally.add(chooser.tally)

    def _chosen(self, chooser: Chooser) -> Iterator[Any]:
        for chosen in chooser.entries():
            if isinstance(chosen, SetAside):
                yield from self._letters.add(chosen)
                continue
            key, table, entry = chosen
            self._builder.add(table, key, entry)
            if self._builder.is_full:
                yield from self._builder.flush()

    def finish_bundle(self) -> Iterator[Any]:
        yield from map(in_global_window, self._builder.flush())
        yield from self._letters.flush()
        count_all(self._tally.counts)
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))
