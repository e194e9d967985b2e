"""The figures of a run in its manifest, under ``metrics``: times, rates, memory, and the counters of its workers."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from framehaul.transforms.counts import Progress
from framehaul.transforms.records.phases import PhaseTime


class PhaseMetrics(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One phase.

    Attributes:
        started_at, finished_at: of the first and the last worker; ISO-8601 UTC.
        seconds: in between.
        busy_seconds: of all workers together.
    """

    started_at: str
    finished_at: str
    seconds: float
    busy_seconds: float


class RunMetrics(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a run took. Nothing here is the same in two runs.

    Attributes:
        seconds: from its start until its manifest was written.
        phases: by name, see ``Phase``.
        bytes_read_per_second, records_per_second, bytes_written_per_second: over all of ``seconds``, as stored.
        peak_memory_bytes: of the largest process.
        counters: by ``framehaul.transforms.counts.Progress``.
    """

    seconds: float
    phases: dict[str, PhaseMetrics]
    bytes_read_per_second: float
    records_per_second: float
    bytes_written_per_second: float
    peak_memory_bytes: int
    counters: dict[str, int]


def run_metrics(
    started_at: str,
    finished_at: str,
    phases: Mapping[str, PhaseTime],
    counters: Mapping[Progress, int],
    peak_memory_bytes: int,
) -> RunMetrics:
    """The figures of a run, times rounded to milliseconds."""
    taken = (datetime.fromisoformat(finished_at) - datetime.fromisoformat(started_at)).total_seconds()
    seconds = max(taken, 0.001)  # a clock may be put back

    def rate(name: Progress) -> float:
        return round(counters[name] / seconds, 1)

    return RunMetrics(
        seconds=round(seconds, 3),
        phases={name: _phase(phases[name]) for name in sorted(phases, key=lambda name: phases[name].began)},
        bytes_read_per_second=rate(Progress.BYTES_READ),
        records_per_second=rate(Progress.RECORDS_READ),
        bytes_written_per_second=rate(Progress.BYTES_WRITTEN),
        peak_memory_bytes=peak_memory_bytes,
        counters={name.value: number for name, number in counters.items()},
    )


def _phase(time: PhaseTime) -> PhaseMetrics:
    return PhaseMetrics(
        started_at=_moment(time.began),
        finished_at=_moment(time.ended),
        seconds=round(max(time.ended - time.began, 0.0), 3),
        busy_seconds=round(time.busy, 3),
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
