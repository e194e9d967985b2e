"""Choose tasks: of all copies the one that stands for each task, and bring the tasks of an asset to one place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.counts import Count
from framehaul.transforms.decode_records import TALLIES, Entry
from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange, read_blocks
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.metrics import count_all
from framehaul.transforms.partition_records import (
    SLOTS,
    PartitionBlock,
    blocks_by_table,
    partition_blocks,
    partition_of,
    slot_and_size,
)
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.memory import give_back
from framehaul.transforms.step_outputs import in_global_window


@dataclass(eq=False)
class ChooseTasks(beam.PTransform):
    """Turn the blocks of each partition of tasks into blocks by partition of their asset.

    A legacy record is an asset. Copies of one task may name different assets, and frames records name none, so
    first the tasks are brought together, and then, what is left of them, the assets.

    Outputs ``blocks``, as ``PartitionRecords`` does; and ``tallies`` of what goes no further.
    """

    partitions: int
    exchange: Exchange

    def expand(self, blocks: beam.PCollection[PartitionBlock]) -> Any:
        return (
            blocks
            | "GroupByPartition" >> beam.GroupByKey()
            # (partition, [(table, block), ...])
            | "ChooseFromPartition"
            >> beam.ParDo(_ChooseFromPartition(self.partitions, self.exchange)).with_outputs(
                TALLIES, main="blocks"
            )
        )


class _ChooseFromPartition(beam.DoFn):
    def __init__(self, partitions: int, exchange: Exchange) -> None:
        self._partitions = partitions
        self._exchange = exchange

    def start_bundle(self) -> None:
        give_back()
        self._builder: BlockBuilder[Entry] = BlockBuilder(self._exchange)
        self._tally = Tally()

    def process(self, partition: tuple[int, Iterable[tuple[str, Block]]]) -> Iterator[PartitionBlock]:
        tables = blocks_by_table(partition[1])
        tasks: dict[str, LegacyTask] = {}
        for copies in read_blocks(tables["tasks"], LegacyTask):
            add_copies(tasks, copies, self._tally)
        asset_keys = {task.task_id: task.asset_key if task.selected else None for task in tasks.values()}
        while tasks:
            task = tasks.popitem()[1]
            if task.selected:
                yield from self._pass_on(task, task.asset_key)
            else:
                self._tally.count(Count.TASKS_NOT_SELECTED)
        for entries in read_blocks(tables["frames"], FramesEntry):
            for entry in entries:
                asset_key = _asset_of(entry, asset_keys, self._tally)
                if asset_key is not None:
                    yield from self._pass_on(entry, asset_key)

    def _pass_on(self, entry: LegacyTask | FramesEntry, asset_key: str) -> Iterator[PartitionBlock]:
        slot, size = slot_and_size(entry)
        self._builder.add(partition_of(asset_key, self._partitions) * SLOTS + slot, entry, size)
        if self._builder.is_full:
            yield from partition_blocks(self._builder)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, partition_blocks(self._builder))
        count_all(self._tally.counts)
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))


def add_copies(tasks: dict[str, LegacyTask], copies: Iterable[LegacyTask], tally: Tally) -> None:
    """Keep in ``tasks`` the copy of each task that stands for it."""
    for copy in copies:
        kept = tasks.setdefault(copy.task_id, copy)
        if kept is not copy:
            tally.count(Count.DUPLICATE_TASKS)
            tasks[copy.task_id] = max(kept, copy, key=lambda candidate: candidate.rank)


def _asset_of(entry: FramesEntry, asset_keys: dict[str, str | None], tally: Tally) -> str | None:
    """The asset whose record gets the rows, if any does; rows of stage history are in no legacy record."""
    if entry.task_id not in asset_keys:
        tally.count(Count.ORPHAN_FRAMES)
        return None
    asset_key = asset_keys[entry.task_id]
    if asset_key is None or entry.history_id:
        tally.count(Count.FRAMES_NOT_SELECTED)
        return None
    return asset_key
