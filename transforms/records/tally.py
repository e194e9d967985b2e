"""The figures of an export, added up as data."""

from collections.abc import Iterable, Mapping
from typing import Self

import msgspec

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import AccountingError
from framehaul.transforms.records.phases import Phase, PhaseTime, peak_memory
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.tables import TABLES, Table


class Tally(msgspec.Struct):
    """Sums that any two workers can add together.

    Attributes:
        counts: by the names of ``Count`` and of the tables.
        titles: annotations by title.
        reasons: dead letters by reason.
        split_lines: lines (rows, items) of each split, blank ones included, so
            that a place inside a split can be told as a line of its file.
        split_records: records of each split.
        parts: number of lines that the records in the shards should have.
        phases: when workers were in each phase.
        peak_bytes: memory of the largest worker.
    """

    counts: dict[str, int] = {}
    titles: dict[str, int] = {}
    reasons: dict[str, int] = {}
    split_lines: dict[int, int] = {}
    split_records: dict[int, int] = {}
    parts: int = 0
    phases: dict[str, PhaseTime] = {}
    peak_bytes: int = 0

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def count_tools(self, tools: ToolCounts) -> None:
        """Count the tools of an answer that is exported."""
        for title, number in tools.titles.items():
            self.titles[title] = self.titles.get(title, 0) + number
            self.count(Count.ANNOTATIONS, number)
        if tools.key_rows or tools.computed_rows:
            self.count(Count.KEY_FRAME_ROWS, tools.key_rows)
            self.count(Count.INTERPOLATED_ROWS, tools.computed_rows)

    def count_set_aside(self, letter: SetAside) -> None:
        """Count a record that is set aside, in its table and by its reason."""
        self.count(TABLES[letter.table].dead_letters)
        self.reasons[letter.reason] = self.reasons.get(letter.reason, 0) + 1

    def add(self, other: "Tally") -> None:
        for mine, theirs in (
            (self.counts, other.counts),
            (self.titles, other.titles),
            (self.reasons, other.reasons),
        ):
            for key, number in theirs.items():
                mine[key] = mine.get(key, 0) + number
        self.parts += other.parts
        for split, number in other.split_lines.items():
            self.split_lines[split] = self.split_lines.get(split, 0) + number
        for split, number in other.split_records.items():
            self.split_records[split] = self.split_records.get(split, 0) + number

        for phase, time in other.phases.items():
            self._spend(phase, time)
        self.peak_bytes = max(self.peak_bytes, other.peak_bytes)

    def _spend(self, phase: str, time: PhaseTime) -> None:
        if phase in self.phases:
            self.phases[phase].add(time)
        else:
            self.phases[phase] = PhaseTime(time.began, time.ended, time.busy)

    @classmethod
    def spent(cls, phase: Phase, began: float) -> Self:
        """The time and memory that this worker has spent in a phase since ``began``, in seconds since 1970."""
        return cls(phases={phase: PhaseTime.since(began)}, peak_bytes=peak_memory())

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> Self:
        total = cls()
        for tally in tallies:
            total.add(tally)
        return total


def check_accounting(tally: Tally, *, records: int, dead_letters: Mapping[str, int]) -> None:
    """Compare what was read with what became of it.

    The sides are counted in different steps: reading counts its records,
    assembling what it leaves out, writing what is in the shards.

    Args:
        tally: the sums of all steps.
        records: lines of all shards, as their entries say.
        dead_letters: lines of ``dead-letters.ndjson``, by table.

    Raises:
        AccountingError: with both sides of every sum that is off.
    """
    counts = tally.counts
    sums: list[tuple[str, int, Mapping[str, int]]] = [
        (table.read, counts.get(table.read, 0), {fate: counts.get(fate, 0) for fate in table.fates})
        for table in TABLES.values()
    ]
    sums.append(("lines in shards", records, {"parts of records": tally.parts}))
    sums += [
        (f"lines of dead letters of {table.name}", dead_letters.get(table.name, 0), _counts_of(counts, table))
        for table in TABLES.values()
    ]
    sums.append(("lines of dead letters", sum(dead_letters.values()), tally.reasons))
    problems = [
        f"{name} is {found}, but {' + '.join(f'{part} {number}' for part, number in parts.items())} is {sum(parts.values())}"
        for name, found, parts in sums
        if found != sum(parts.values())
    ]
    if problems:
        raise AccountingError(
            "records were lost or doubled, so no manifest is written: " + "; ".join(problems)
        )


def _counts_of(counts: Mapping[str, int], table: Table) -> dict[str, int]:
    return {table.dead_letters: counts.get(table.dead_letters, 0)}
