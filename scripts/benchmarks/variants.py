"""Measure variants of one export in turn: each differs from the first in ``output`` of its config alone."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.contestants import environment
from benchmarks.markdown import ratio
from benchmarks.pairs import Cost, medians
from benchmarks.process_tree import CommandFailedError, Memory, Times, measure_memory, measure_times
from benchmarks.sample_tables import Tables

_NOTES = """\
Each cell is the variant / {first} of the same input = ratio; below 1 is better. Times are medians of {rounds} \
rounds, in which the variants took turns; every run is a fresh process, its start included, and begins after \
{rest:g} s of rest. CPU time is that of all its processes. Peak memory is the largest sum over these at one \
moment (PSS), looked at every 50 ms in a run of its own."""


@dataclass(frozen=True)
class Variant:
    """One way to write the export.

    Attributes:
        output: of the config; without ``url`` it is a folder of this machine.
        environment: how a store is reached.
    """

    name: str
    output: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VariantCost:
    """What one variant costs for one input.

    Attributes:
        stored_bytes: of all objects, the zip included.
    """

    tables: Tables
    variant: Variant
    cost: Cost
    stored_bytes: int


@dataclass(frozen=True)
class Turns:
    """Variants that take turns.

    Attributes:
        memory_limit: bytes; a run that takes more is killed before the machine suffers.
        rest_s: before each timed run.
    """

    variants: Sequence[Variant]
    scratch: Path
    memory_limit: int
    rounds: int
    rest_s: float

    def costs(self, inputs: Sequence[Tables]) -> list[VariantCost]:
        """What each variant costs for each input.

        Raises:
            CommandFailedError, MemoryGuardError
        """
        return [cost for tables in inputs for cost in self._costs(tables)]

    def _costs(self, tables: Tables) -> list[VariantCost]:
        memories = {variant.name: self._memory(tables, variant) for variant in self.variants}
        turns: dict[str, list[Times]] = {variant.name: [] for variant in self.variants}
        for _ in range(self.rounds):
            for variant in self.variants:
                turns[variant.name].append(self._times(tables, variant))
        return [
            VariantCost(tables, variant, Cost(medians(turns[variant.name]), memory), size)
            for variant in self.variants
            for memory, size in [memories[variant.name]]
        ]

    def _memory(self, tables: Tables, variant: Variant) -> tuple[Memory, int]:
        command = self._command(tables, variant, "memory")
        memory = measure_memory(command, self._environment(variant), self._log, self.memory_limit)
        return memory, self._stored_bytes(variant, command[-1], tables.tasks)

    def _times(self, tables: Tables, variant: Variant) -> Times:
        command = self._command(tables, variant, "times")
        os.sync()  # or the disk would still be writing what the one before has left
        time.sleep(self.rest_s)
        return measure_times(command, self._environment(variant), self._log)

    def _environment(self, variant: Variant) -> dict[str, str]:
        return {**environment(self.scratch), **variant.environment}

    def _command(self, tables: Tables, variant: Variant, purpose: str) -> list[str]:
        print(f"{tables.label}: {purpose} of {variant.name}", file=sys.stderr, flush=True)
        shutil.rmtree(self._output, ignore_errors=True)
        self._output.mkdir()
        config = {
            "export": {"stages": "*", "task_types": ["*"]},
            "source": {
                "tasks": f"{tables.folder}/tasks-*.{tables.table_format}",
                "stage_history": f"{tables.folder}/stage-history-*.{tables.table_format}",
            },
            "output": {"url": str(self._output), **variant.output},
        }
        path = self.scratch / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        export_id = f"x{time.time_ns()}"  # an export is never written over
        return [sys.executable, "-m", "framehaul", "run", str(path), "--export-id", export_id]

    def _stored_bytes(self, variant: Variant, export_id: str, tasks: int) -> int:
        """Raises ``CommandFailedError`` if not every task was exported."""
        url = f"{variant.output.get('url', self._output)}/{export_id}"
        command = [sys.executable, "-m", "framehaul", "show", url, "--json"]
        shown = subprocess.run(  # noqa: S603 - a command of our own
            command, env=self._environment(variant), check=True, capture_output=True
        )
        manifest = json.loads(shown.stdout)
        exported = manifest["counts"]["tasksExported"]
        archive = manifest.get("zip") or {"records": tasks, "bytes": 0}
        if (exported, archive["records"]) != (tasks, tasks):
            raise CommandFailedError(
                f"of {tasks} tasks {exported} were exported, {archive['records']} to the zip"
            )
        return sum(entry["bytes"] for entry in (*manifest["shards"], archive))

    @property
    def _output(self) -> Path:
        return self.scratch / "output"

    @property
    def _log(self) -> Path:
        return self.scratch / "printed.log"


def variants_table(costs: Sequence[VariantCost], rounds: int, rest_s: float) -> str:
    """One row for each input and variant, in ratio to the first variant."""
    first = costs[0].variant
    of_first = {cost.tables: cost for cost in costs if cost.variant is first}
    return "\n".join(
        [
            "| input | variant | wall time, s | CPU time, s | peak memory, MB | stored, MB |",
            "|---|---|---|---|---|---|",
            *(_row(cost, of_first[cost.tables]) for cost in costs),
            "",
            _NOTES.format(first=first.name, rounds=rounds, rest=rest_s),
        ]
    )


def _row(found: VariantCost, other: VariantCost) -> str:
    mine, base = found.cost, other.cost
    cells = [
        ratio(mine.times.wall_s, base.times.wall_s, ".2f"),
        ratio(mine.times.cpu_s, base.times.cpu_s, ".2f"),
        ratio(mine.memory.pss / 1e6, base.memory.pss / 1e6, ".0f"),
    ]
    return f"| {found.tables.label} | {found.variant.name} | {' | '.join(cells)} | {found.stored_bytes / 1e6:.0f} |"
