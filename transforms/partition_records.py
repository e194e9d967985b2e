"""Partition records: bring each task and its stage history to one place."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.decode_records import Entry
from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.step_outputs import in_global_window
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES, MOST_FRAMES

TABLES = ("tasks", "stage_history", "frames")
"""What blocks hold; those of an export of issues stand where others have tasks."""
_FRAMES = 2
SLOTS = _FRAMES + -(-MOST_FRAMES // CHUNK_PAGES)

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
        for entry in entries:
            slot, size = slot_and_size(entry)
            self._builder.add(partition_of(entry.task_id, self._partitions) * SLOTS + slot, entry, size)
        if self._builder.is_full:
            yield from partition_blocks(self._builder)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, partition_blocks(self._builder))


def partition_blocks(builder: BlockBuilder[Entry]) -> Iterator[PartitionBlock]:
    """All that was gathered, by partition and by what ``slot_and_size`` says."""
    for key, block in builder.flush():
        partition, slot = divmod(key, SLOTS)
        yield partition, (TABLES[min(slot, _FRAMES)], block)


def blocks_by_table(blocks: Iterable[tuple[str, Block]]) -> dict[str, list[Block]]:
    """The blocks of one partition, for each of ``TABLES``."""
    tables: dict[str, list[Block]] = {table: [] for table in TABLES}
    for table, block in blocks:
        tables[table].append(block)
    return tables


def slot_and_size(entry: Entry) -> tuple[int, int]:
    """What is gathered together: the frames of a long video by range of pages, so that each can be read alone."""
    if isinstance(entry, FramesEntry):
        return _FRAMES + entry.page // CHUNK_PAGES, entry.size_bytes
    return int(isinstance(entry, StageEntry)), len(entry.rendered)


def partition_of(task_id: str, partitions: int) -> int:
    """From 0 to ``partitions - 1``; the same in every process."""
    return zlib.crc32(task_id.encode()) % partitions
