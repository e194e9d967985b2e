"""The stage history of some tasks: held, or read again where one task has very much of it."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

import numpy as np

from framehaul.transforms.exchange.blocks import Block, read_block, read_blocks
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry

_HELD_ENTRIES = 10_000
"""Of one task. A line of 1 MiB holds about 8,000, so more are seldom a record, and would only take memory."""

# The order of stageHistory; the bytes decide between entries that are equal otherwise, so that it never changes.
in_order = attrgetter("completed_at", "own_id", "rendered")


class StageHistory:
    """The stage history of one task, one entry for each ``_id``, to be gone through as often as needed.

    Attributes:
        held: its entries in the order in which the task left its stages; ``None`` where they are read again, in no
            particular order, but the same each time.
        duplicates: how many more entries there were.
    """

    def __init__(self, task_id: str, entries: list[StageEntry] | None, blocks: Sequence[Block]) -> None:
        self._task_id = task_id
        self._blocks = blocks
        self._repeated: set[int] = set()
        self._winners: list[StageEntry] = []
        self.held = entries
        self.duplicates = 0
        if entries is None:
            self._find_repeated()
        else:
            self.held = without_duplicates(entries)
            self.held.sort(key=in_order)
            self._entries = len(self.held)
            self.duplicates = len(entries) - len(self.held)

    def __len__(self) -> int:
        return self._entries

    def __iter__(self) -> Iterator[StageEntry]:
        if self.held is not None:
            yield from self.held
            return
        yield from self._winners
        for entry in self._read():
            if _name(entry) not in self._repeated:
                yield entry

    def _read(self) -> Iterator[StageEntry]:
        for block in self._blocks:
            for entry in read_block(block, StageEntry):
                if entry.task_id == self._task_id:
                    yield entry

    def _find_repeated(self) -> None:
        """Find what may be there twice, and hold of it what is kept: the rest needs no more than 8 bytes each."""
        names = np.fromiter(map(_name, self._read()), np.int64)
        found, counts = np.unique(names, return_counts=True)
        self._repeated = set(found[counts > 1].tolist())
        doubtful = [entry for entry in self._read() if _name(entry) in self._repeated]
        self._winners = without_duplicates(doubtful)
        self.duplicates = len(doubtful) - len(self._winners)
        self._entries = len(names) - self.duplicates


def _name(entry: StageEntry) -> int:
    """A number that differs where entries are no duplicates of each other, but for rare chances."""
    return hash(entry.own_id or entry.rendered)


def without_duplicates(entries: list[StageEntry]) -> list[StageEntry]:
    """One entry for each ``_id``, and all that have none."""
    if len({entry.own_id for entry in entries}) == len(entries):
        return entries
    by_id: dict[str, StageEntry] = {}
    for entry in entries:
        if entry.own_id:
            by_id[entry.own_id] = max(
                by_id.get(entry.own_id, entry), entry, key=lambda candidate: candidate.rank
            )
    return [entry for entry in entries if not entry.own_id] + list(by_id.values())


class StageHistories:
    """The stage history of many tasks."""

    def __init__(self) -> None:
        self._blocks: Sequence[Block] = ()
        self._held: dict[str, list[StageEntry]] = {}
        self._long: set[str] = set()

    def add(self, blocks: Sequence[Block]) -> None:
        """Take in all entries there are."""
        self._blocks = blocks
        for entries in read_blocks(blocks, StageEntry):
            for entry in entries:
                held = self._held.setdefault(entry.task_id, [])
                held.append(entry)
                if len(held) > _HELD_ENTRIES:
                    self._long.add(entry.task_id)
                    held.clear()

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._held

    def take(self, task_id: str) -> StageHistory:
        """Take the entries of a task out of the table."""
        held = self._held.pop(task_id, [])
        return StageHistory(task_id, None if task_id in self._long else held, self._blocks)

    def rest(self) -> Iterator[tuple[str, StageHistory]]:
        """What was not taken, by task."""
        for task_id in list(self._held):
            yield task_id, self.take(task_id)
