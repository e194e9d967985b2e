"""The figures of an export, added up as data."""

from collections.abc import Iterable, Mapping
from typing import Self

import msgspec

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import AccountingError
from framehaul.transforms.kinds.ango.answer import ToolCounts
from framehaul.transforms.records.phases import Phase, PhaseTime, peak_memory


class Tally(msgspec.Struct):
    """Sums that any two workers can add together.

    Attributes:
        counts: by the names of ``Count``.
        titles: annotations by title.
        reasons: dead letters by reason.
        split_lines: lines (rows, items) of each split, blank ones included, so
            that a place inside a split can be told as a line of its file.
        split_records: records of each split.
        parts: lines that the records in the shards should have.
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

    def count(self, name: Count, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def count_tools(self, tools: ToolCounts) -> None:
        """Count the tools of an answer that is exported."""
        for title, number in tools.titles.items():
            self.titles[title] = self.titles.get(title, 0) + number
            self.count(Count.ANNOTATIONS, number)
        if tools.key_rows or tools.computed_rows:
            self.count(Count.KEY_FRAME_ROWS, tools.key_rows)
            self.count(Count.INTERPOLATED_ROWS, tools.computed_rows)

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
        """What this worker has done since ``began``, in seconds since 1970."""
        return cls(phases={phase: PhaseTime.since(began)}, peak_bytes=peak_memory())

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> Self:
        total = cls()
        for tally in tallies:
            total.add(tally)
        return total


# Every record read is found again in exactly one of these (transforms/README.md, "Counts").
BALANCES = {
    Count.TASKS_READ: (
        Count.TASKS_EXPORTED,
        Count.TASKS_NOT_SELECTED,
        Count.DUPLICATE_TASKS,
        Count.DEAD_LETTER_TASKS,
    ),
    Count.STAGE_HISTORY_READ: (
        Count.STAGE_HISTORY_EXPORTED,
        Count.STAGE_HISTORY_NOT_SELECTED,
        Count.ORPHAN_STAGE_HISTORY,
        Count.DUPLICATE_STAGE_HISTORY,
        Count.DEAD_LETTER_STAGE_HISTORY,
    ),
    Count.FRAMES_READ: (
        Count.FRAMES_EXPORTED,
        Count.FRAMES_NOT_SELECTED,
        Count.ORPHAN_FRAMES,
        Count.DEAD_LETTER_FRAMES,
    ),
    Count.ISSUES_READ: (
        Count.ISSUES_EXPORTED,
        Count.ISSUES_NOT_SELECTED,
        Count.DUPLICATE_ISSUES,
        Count.DEAD_LETTER_ISSUES,
    ),
}


def check_accounting(tally: Tally, *, records: int, dead_letters: int) -> None:
    """Compare what was read with what became of it.

    The sides are counted in different steps: reading counts its records,
    assembling what it leaves out, writing what is in the shards.

    Args:
        tally: the sums of all steps.
        records: lines of all shards, as their entries say.
        dead_letters: lines of ``dead-letters.ndjson``.

    Raises:
        AccountingError: with both sides of every sum that is off.
    """
    counts = tally.counts
    sums: list[tuple[str, int, Mapping[str, int]]] = [
        (read, counts.get(read, 0), {part: counts.get(part, 0) for part in parts})
        for read, parts in BALANCES.items()
    ]
    sums.append(("lines in shards", records, {"parts of records": tally.parts}))
    sums.append(("lines of dead letters", dead_letters, tally.reasons))
    problems = [
        f"{name} is {found}, but {' + '.join(f'{part} {number}' for part, number in parts.items())} is {sum(parts.values())}"
        for name, found, parts in sums
        if found != sum(parts.values())
    ]
    if problems:
        raise AccountingError(
            "records were lost or doubled, so no manifest is written: " + "; ".join(problems)
        )
