"""The verdict on a finished export: whether it counts as good, and why not.

Everything that is said of an export goes by this: exit code, summary, ``latest.json``, history, metrics,
notifications, schedules and retention. It follows from the manifest alone, which holds the limits of its run, so it is
the same whenever somebody asks. A limit that a manifest does not hold, as those of older versions hold no
``min_records``, is none.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from framehaul.transforms.counts import Count
from framehaul.transforms.exports.manifest import Manifest


class Verdict(StrEnum):
    """What a finished export counts as."""

    GOOD = "good"
    TOO_MANY_SET_ASIDE = "too_many_set_aside"
    TOO_FEW_RECORDS = "too_few_records"

    @property
    def is_good(self) -> bool:
        return self is Verdict.GOOD


def verdict_of(manifest: Manifest) -> Verdict:
    """The verdict on an export; of two reasons against it the first counts."""
    return next((verdict for verdict, _ in _faults(manifest)), Verdict.GOOD)


def fault_of(manifest: Manifest) -> str | None:
    """Why an export does not count as good, for a person to read; ``None`` for a good one."""
    return "; ".join(said for _, said in _faults(manifest)) or None


def _faults(manifest: Manifest) -> Iterator[tuple[Verdict, str]]:
    set_aside, allowed = manifest.dead_letters.count, _limit(manifest, "max_dead_letters")
    if allowed is not None and set_aside > allowed:
        yield (
            Verdict.TOO_MANY_SET_ASIDE,
            f"{set_aside:,} records were set aside, {allowed:,} are allowed (limits.max_dead_letters)",
        )
    exported, least = manifest.counts.get(Count.RECORDS, 0), _limit(manifest, "min_records")
    read = sum(file.records for file in manifest.source)
    if least is not None and exported < least and read:
        yield (
            Verdict.TOO_FEW_RECORDS,
            f"{exported:,} records were exported of {read:,} read, at least {least:,} are expected (limits.min_records)",
        )


def _limit(manifest: Manifest, name: str) -> int | None:
    """A manifest may come from anywhere."""
    limits = manifest.config.get("limits")
    value = limits.get(name) if isinstance(limits, Mapping) else None
    return value if isinstance(value, int) else None
