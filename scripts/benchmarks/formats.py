"""Measure the forms of one export in turn: shards, one object, the zip."""

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.contestants import environment
from benchmarks.markdown import ratio
from benchmarks.pairs import Cost, medians
from benchmarks.process_tree import CommandFailedError, Memory, Times, measure_memory, measure_times
from benchmarks.sample_tables import Tables

FORMS: Mapping[str, Mapping[str, Any]] = {
    "ndjson-split": {},
    "json": {"format": "json"},
    "ndjson-split and zip": {"zip": True},
    "json and zip": {"format": "json", "zip": True},
    "ndjson, gzip": {"format": "ndjson", "compression": "gzip"},
}
"""``output`` of the config; the others are compared with the first."""

_NOTES = """\
Each cell is the form / ndjson-split of the same input = ratio; below 1 is better. Times are medians of {rounds} \
rounds, in which the forms took turns; every run is a fresh process, its start included, and begins after \
{rest:g} s of rest. CPU time is that of all processes. Peak memory is the largest sum over all processes at one \
moment (PSS), looked at every 50 ms in a run of its own."""


@dataclass(frozen=True)
class FormCost:
    """What one form costs for one input.

    Attributes:
        stored_bytes: of all objects, the zip included.
    """

    tables: Tables
    form: str
    cost: Cost
    stored_bytes: int


def form_costs(
    inputs: Sequence[Tables], scratch: Path, memory_limit: int, rounds: int, rest_s: float
) -> list[FormCost]:
    """What each form costs for each input.

    Raises:
        CommandFailedError, MemoryGuardError
    """
    bench = _Bench(scratch, memory_limit, rest_s)
    return [cost for tables in inputs for cost in bench.costs(tables, rounds)]


@dataclass(frozen=True)
class _Bench:
    scratch: Path
    memory_limit: int
    rest_s: float

    def costs(self, tables: Tables, rounds: int) -> list[FormCost]:
        memories = {form: self._memory(tables, form) for form in FORMS}
        turns: dict[str, list[Times]] = {form: [] for form in FORMS}
        for _ in range(rounds):
            for form, times in turns.items():
                times.append(self._times(tables, form))
        return [
            FormCost(tables, form, Cost(medians(turns[form]), memory), size)
            for form, (memory, size) in memories.items()
        ]

    def _memory(self, tables: Tables, form: str) -> tuple[Memory, int]:
        command = self._command(tables, form, "memory")
        memory = measure_memory(command, environment(self.scratch), self._log, self.memory_limit)
        return memory, _stored_bytes(self._output / "x", tables.tasks)

    def _times(self, tables: Tables, form: str) -> Times:
        command = self._command(tables, form, "times")
        os.sync()  # or the disk would still be writing what the one before has left
        time.sleep(self.rest_s)
        return measure_times(command, environment(self.scratch), self._log)

    def _command(self, tables: Tables, form: str, purpose: str) -> list[str]:
        print(f"{tables.label}: {purpose} of {form}", file=sys.stderr, flush=True)
        shutil.rmtree(self._output, ignore_errors=True)
        self._output.mkdir()
        config = {
            "export": {"stages": "*", "task_types": ["*"]},
            "source": {
                "tasks": f"{tables.folder}/tasks-*.{tables.table_format}",
                "stage_history": f"{tables.folder}/stage-history-*.{tables.table_format}",
            },
            "output": {"url": str(self._output), **FORMS[form]},
        }
        path = self.scratch / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        return [sys.executable, "-m", "pipelines", "run", str(path), "--export-id", "x"]

    @property
    def _output(self) -> Path:
        return self.scratch / "output"

    @property
    def _log(self) -> Path:
        return self.scratch / "printed.log"


def _stored_bytes(export: Path, tasks: int) -> int:
    """Raises ``CommandFailedError`` if not every task was exported."""
    manifest = json.loads((export / "manifest.json").read_bytes())
    exported = manifest["counts"]["tasksExported"]
    archive = manifest.get("zip", {"records": tasks, "bytes": 0})
    if (exported, archive["records"]) != (tasks, tasks):
        raise CommandFailedError(
            f"of {tasks} tasks {exported} were exported, {archive['records']} to the zip"
        )
    return sum(entry["bytes"] for entry in (*manifest["shards"], archive))


def formats_table(costs: Sequence[FormCost], rounds: int, rest_s: float) -> str:
    """One row for each input and form."""
    first = {cost.tables: cost for cost in costs if cost.form == next(iter(FORMS))}
    return "\n".join(
        [
            "| input | form | wall time, s | CPU time, s | peak memory, MB | stored, MB |",
            "|---|---|---|---|---|---|",
            *(_row(cost, first[cost.tables]) for cost in costs),
            "",
            _NOTES.format(rounds=rounds, rest=rest_s),
        ]
    )


def _row(found: FormCost, other: FormCost) -> str:
    mine, shards = found.cost, other.cost
    cells = [
        ratio(mine.times.wall_s, shards.times.wall_s, ".2f"),
        ratio(mine.times.cpu_s, shards.times.cpu_s, ".2f"),
        ratio(mine.memory.pss / 1e6, shards.memory.pss / 1e6, ".0f"),
    ]
    return f"| {found.tables.label} | {found.form} | {' | '.join(cells)} | {found.stored_bytes / 1e6:.0f} |"
