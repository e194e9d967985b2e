"""What was done to exports, and what came of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Of all lives at one place.

    Attributes:
        runs: started, first ones and resumed ones.
        kills: by whom they met.
        failed_runs: that ended by themselves, without an export, since the store failed for good.
        faults: by kind.
        requests: that went through the proxy.
        left_by_kills: objects of unfinished exports and uploads under way, found right after a kill.
        lost, twice: records, against an undisturbed run.
        half: exports that looked whole to a reader, and were not.
        changed: shards with other bytes than an undisturbed run's.
        orphans: objects, uploads and spill folders after ``framehaul clean``.
        processes: that outlived their run.
        problems: what else should not be.
    """

    place: str
    exports: int = 0
    runs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    failed_runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    left_by_kills: int = 0
    lost: int = 0
    twice: int = 0
    half: int = 0
    changed: int = 0
    orphans: int = 0
    processes: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        wrong = (self.lost, self.twice, self.half, self.changed, self.orphans, self.processes)
        return not any(wrong) and not self.problems


_COLUMNS: dict[str, Callable[[Figures], str]] = {
    "store": lambda found: found.place,
    "exports": lambda found: f"{found.exports:,}",
    "runs": lambda found: f"{found.runs:,}",
    "kills": lambda found: f"{found.kills.total():,} ({_parts(found.kills)})",
    "bad answers": lambda found: (
        f"{found.faults.total():,} of {found.requests:,}" if found.requests else "no proxy"
    ),
    "runs that gave up": lambda found: f"{found.failed_runs:,}",
    "left by kills": lambda found: f"{found.left_by_kills:,}",
    "records lost": lambda found: f"{found.lost:,}",
    "records twice": lambda found: f"{found.twice:,}",
    "half exports": lambda found: f"{found.half:,}",
    "shards changed": lambda found: f"{found.changed:,}",
    "left after clean": lambda found: f"{found.orphans:,}",
    "processes left": lambda found: f"{found.processes:,}",
}


def table(all_figures: Sequence[Figures]) -> str:
    """Figures of all places as Markdown, a row each, and the faults by kind."""
    rows = [[show(figures) for show in _COLUMNS.values()] for figures in all_figures]
    lines = [list(_COLUMNS), ["---"] * len(_COLUMNS), *rows]
    told = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    faults = sum((figures.faults for figures in all_figures), Counter[str]())
    return f"{told}\n\nBad answers by kind: {_parts(faults)}." if faults else told


def _parts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))
