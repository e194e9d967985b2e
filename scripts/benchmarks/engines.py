"""Measure engines on one machine: direct and the portable job service, in turn, with two workers each."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from benchmarks.contestants import environment
from benchmarks.process_tree import CommandFailedError
from benchmarks.sample_tables import Tables
from engines.cluster import Cluster, cluster

WORKERS = 2


@dataclass(frozen=True)
class EngineCost:
    """Wall times of one way to run an export, a round each.

    Attributes:
        seconds: from the start of the command to its end.
    """

    name: str
    seconds: Sequence[float]

    @property
    def median_s(self) -> float:
        return median(self.seconds)


def costs(tables: Tables, scratch: Path, rounds: int, rest_s: float) -> list[EngineCost]:
    """What every way costs; the job service and its pool are up before, as on a cluster.

    Raises:
        CommandFailedError: an export failed, or wrote other shards than the others.
    """
    (scratch / "exchange").mkdir()
    (scratch / "servers").mkdir()
    with cluster(scratch / "servers") as engine:
        ways = _ways(engine, scratch / "exchange")
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        shards: dict[str, str] = {}
        for number in range(rounds):
            for name, runner in ways.items():
                print(f"{tables.label}, round {number + 1}: {name}", file=sys.stderr, flush=True)
                output = scratch / "output"
                seconds[name].append(_timed(tables, output, runner, scratch, rest_s))
                shards[name] = _digest(output)
    if len(set(shards.values())) != 1:
        raise CommandFailedError(f"the shards differ: {shards}")
    return [EngineCost(name, taken) for name, taken in seconds.items()]


def _ways(engine: Cluster, exchange: Path) -> dict[str, dict[str, Any]]:
    portable = {"name": "portable", "options": engine.options(workers=WORKERS)}
    return {
        f"direct, {WORKERS} workers": {"workers": WORKERS},
        f"portable job service, {WORKERS} worker processes, blocks through a folder": {
            **portable,
            "exchange": str(exchange),
        },
        f"portable job service, {WORKERS} worker processes, blocks through the service": portable,
    }


def _timed(tables: Tables, output: Path, runner: dict[str, Any], scratch: Path, rest_s: float) -> float:
    shutil.rmtree(output, ignore_errors=True)
    config = {
        "export": {"stages": "*", "task_types": ["*"]},
        "source": {
            "tasks": f"{tables.folder}/tasks-*.{tables.table_format}",
            "stage_history": f"{tables.folder}/stage-history-*.{tables.table_format}",
        },
        "output": {"url": str(output)},
        "runner": runner,
    }
    path = scratch / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "framehaul", "run", str(path), "--export-id", "x"]
    os.sync()  # or the disk would still be writing what the one before has left
    time.sleep(rest_s)
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - a command of this program
        command, env=environment(scratch), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandFailedError(f"{command!r} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def _digest(output: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted((output / "x" / "data").iterdir()):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def engines_table(tables: Tables, measured: Sequence[EngineCost], rest_s: float) -> str:
    """One row for each way; the first is what the others are compared with."""
    first = measured[0].median_s
    return "\n".join(
        [
            f"| {tables.label} | wall time, s | times as long as direct |",
            "|---|---|---|",
            *(
                f"| {cost.name} | {cost.median_s:.2f} | **{cost.median_s / first:.2f}** |"
                for cost in measured
            ),
            "",
            f"Medians of {len(measured[0].seconds)} rounds, in which all took turns, each after {rest_s:g} s of rest; "
            "every run is a fresh process, its start included. The job service and its pool of workers are up before, as "
            "on a cluster; the workers of a job are started by it. All write the same shards, which is checked.",
        ]
    )
