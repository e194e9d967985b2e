"""The results as Markdown, for scripts/README.md."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import linear_regression

import psutil

from benchmarks.pairs import Comparison, Cost
from benchmarks.sample_tables import Tables

_NOTES = """\
Each cell is Framehaul / the other = ratio; below 1 is better. Times are medians of the rounds, in which \
the two took turns; every run is a fresh process, its start included, and begins after {rest:g} s of rest, \
like a nightly one: a virtual machine takes free memory back after some seconds, and a job pays for getting it \
again; run on run, the job that takes most memory gains most. CPU time is that of all processes. \
Peak memory is the largest sum over all processes at one moment, looked at every 50 ms in a run of its own: \
shared pages counted once (PSS), and in brackets once per process (RSS).

All write the same records (checked before the run on {checked} tasks). The others write nothing but the \
records: no checks of their input, no accounting, no checksums, no manifest. DuckDB and the plain loop write \
one sorted file, Beam one unsorted file per worker. DuckDB, Beam and Framehaul may use all {cores} cores."""


def machine() -> str:
    """When, on what, and with which versions."""
    memory_gib = psutil.virtual_memory().total / 2**30
    packages = {"Framehaul": "framehaul", "Beam": "apache-beam", "DuckDB": "duckdb", "orjson": "orjson"}
    versions = ", ".join(f"{name} {version(package)}" for name, package in packages.items())
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({_processor()}), "
        f"{memory_gib:.1f} GiB of memory, Linux {platform.release()}, Python {platform.python_version()}, "
        f"{versions}."
    )


def comparison_table(comparisons: Sequence[Comparison], checked: int, rest_s: float) -> str:
    """One row for each input and rival."""
    lines = [
        "| input | compared with | wall time, s | CPU time, s | peak memory, MB | rounds |",
        "|---|---|---|---|---|---|",
        *(_comparison_row(comparison) for comparison in comparisons),
        "",
        _NOTES.format(checked=checked, cores=os.cpu_count(), rest=rest_s),
    ]
    return "\n".join(lines)


def growth_table(growth: Sequence[tuple[Tables, Cost]], rounds: int) -> str:
    """Framehaul alone: one row for each size, then the straight line through them (least squares)."""
    gigabytes = [tables.ndjson_bytes / 1e9 for tables, _ in growth]
    measures = {
        "wall time": ("s", [cost.times.wall_s for _, cost in growth]),
        "CPU time": ("s", [cost.times.cpu_s for _, cost in growth]),
        "peak memory": ("MB", [cost.memory.pss / 1e6 for _, cost in growth]),
    }
    rows = zip(gigabytes, *(values for _, values in measures.values()), strict=True)
    return "\n".join(
        [
            "| NDJSON, GB | wall time, s | CPU time, s | peak memory, MB |",
            "|---|---|---|---|",
            *(f"| {size:.2f} | {wall:.2f} | {cpu:.2f} | {peak:.0f} |" for size, wall, cpu, peak in rows),
            "",
            f"Framehaul alone, medians of {rounds}; peak memory is PSS. Straight lines through these points:",
            "",
            *(_slope(name, unit, gigabytes, values) for name, (unit, values) in measures.items()),
        ]
    )


def _slope(name: str, unit: str, gigabytes: Sequence[float], values: Sequence[float]) -> str:
    line = linear_regression(gigabytes, values)
    return f"- {name}: {line.slope:.2f} {unit} per GB, and {line.intercept:.2f} {unit} whatever the size"


def _comparison_row(comparison: Comparison) -> str:
    head = f"| {comparison.tables.label} | {comparison.rival.name} |"
    if isinstance(comparison.costs, str):
        return f"{head} {comparison.costs} | | | |"
    ours, theirs = comparison.costs
    cells = [
        ratio(ours.times.wall_s, theirs.times.wall_s, ".2f"),
        ratio(ours.times.cpu_s, theirs.times.cpu_s, ".2f"),
        f"{ratio(ours.memory.pss / 1e6, theirs.memory.pss / 1e6, '.0f')} "
        f"({ours.memory.rss / 1e6:.0f} / {theirs.memory.rss / 1e6:.0f})",
        str(comparison.rounds),
    ]
    return f"{head} {' | '.join(cells)} |"


def ratio(ours: float, theirs: float, digits: str) -> str:
    """Such as ``3.10 / 2.00 = **1.55**``."""
    return f"{ours:{digits}} / {theirs:{digits}} = **{ours / theirs:.2f}**"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
