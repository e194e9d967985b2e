"""Partitions: blocks of entries by the key that they are joined by, on their way to the worker that joins them."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange
from framehaul.transforms.tables import SET_ASIDE, TABLES

SLOTS = 1 << 16
"""More than the slots of any table: the frames of the longest video make 9,766."""

PartitionBlock = tuple[int, tuple[str, Block]]
"""Number of a partition, name of the table, and entries of that table."""

_NAMES = [*TABLES, SET_ASIDE]
_NUMBERS = {name: number for number, name in enumerate(_NAMES)}


class Entry(Protocol):
    """A record on its way from reading to assembling.

    Attributes:
        task_id: the key that records are joined by: of a task, or the id of whatever takes its place.
        size_bytes: of its payload.
        slot: entries with one key and one slot travel together, so that those of another slot can be read without
            them. 0 for all that is small.
    """

    @property
    def task_id(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def slot(self) -> int: ...


class PartitionBuilder:
    """Gathers entries by partition, table and slot until they are worth a block each.

    Args:
        partitions: how many there are.
        exchange: how blocks travel.
    """

    def __init__(self, partitions: int, exchange: Exchange) -> None:
        self._partitions = partitions
        self._builder: BlockBuilder[Entry] = BlockBuilder(exchange)

    def add(self, table: str, key: str, entry: Entry) -> None:
        """Gather an entry of ``table`` in the partition of ``key``."""
        number = partition_of(key, self._partitions) * len(_NAMES) + _NUMBERS[table]
        self._builder.add(number * SLOTS + entry.slot, entry, entry.size_bytes)

    @property
    def is_full(self) -> bool:
        """Tell whether it is time to pass blocks on."""
        return self._builder.is_full

    def flush(self) -> Iterator[PartitionBlock]:
        """Hand over all that was gathered, as blocks."""
        for number, block in self._builder.flush():
            partition, table = divmod(number // SLOTS, len(_NAMES))
            yield partition, (_NAMES[table], block)


def partition_of(key: str, partitions: int) -> int:
    """Number of the partition of a key, from 0 to ``partitions - 1``; the same in every process."""
    return zlib.crc32(key.encode()) % partitions


def blocks_by_table(blocks: Iterable[tuple[str, Block]]) -> dict[str, list[Block]]:
    """The blocks of one partition, for each of its tables, in the order of ``TABLES``; ``SET_ASIDE`` comes last."""
    tables: dict[str, list[Block]] = {table: [] for table in _NAMES}
    for table, block in blocks:
        tables[table].append(block)
    return {table: some for table, some in tables.items() if some}
