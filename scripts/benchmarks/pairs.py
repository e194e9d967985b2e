"""Measurements in turn: first the memory of each, then round after round the times of each."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.contestants import FRAMEHAUL, Contestant, environment
from benchmarks.process_tree import (
    CommandFailedError,
    Memory,
    MemoryGuardError,
    Times,
    measure_memory,
    measure_times,
)
from benchmarks.same_records import record_lines
from benchmarks.sample_tables import Tables

Job = tuple[Contestant, Tables]


@dataclass(frozen=True)
class Cost:
    """Medians of the times of all rounds, and the peaks of the round before them."""

    times: Times
    memory: Memory


@dataclass(frozen=True)
class Comparison:
    """Framehaul and a rival on one input.

    Attributes:
        costs: of Framehaul and of the rival, or why there are none.
    """

    tables: Tables
    rival: Contestant
    rounds: int
    costs: tuple[Cost, Cost] | str


@dataclass(frozen=True)
class Bench:
    """Where jobs run.

    Attributes:
        scratch: a folder on the disk of the tables; output and temporary files go there.
        memory_limit: bytes at which a job is killed.
        rest_s: pause before every timed run. A virtual machine gives memory that is free back to its host
            after some seconds, and a job pays for getting it again; without a pause it finds what the job
            before has freed, and the more it takes the more it gains. A nightly job finds a machine at rest.
    """

    scratch: Path
    memory_limit: int
    rest_s: float

    def compare(self, rival: Contestant, tables: Tables, rounds: int) -> Comparison:
        """One pair, in turn."""
        try:
            framehaul, other = self.costs([(FRAMEHAUL, tables), (rival, tables)], rounds)
        except MemoryGuardError as error:
            return Comparison(tables, rival, rounds, f"out of memory guard ({error})")
        return Comparison(tables, rival, rounds, (framehaul, other))

    def costs(self, jobs: Sequence[Job], rounds: int) -> list[Cost]:
        """What each job costs, the jobs taking turns.

        Raises:
            CommandFailedError, MemoryGuardError
        """
        memories = [self._memory(*job) for job in jobs]
        turns = [[self._times(*job) for job in jobs] for _ in range(rounds)]
        by_job = zip(*turns, strict=True)
        return [Cost(medians(times), memory) for times, memory in zip(by_job, memories, strict=True)]

    def _memory(self, contestant: Contestant, tables: Tables) -> Memory:
        output = self._empty_output(f"memory of {contestant.name}", tables)
        command = contestant.command(tables.folder, tables.table_format, output)
        memory = measure_memory(command, environment(self.scratch), self._log, self.memory_limit)
        written = sum(1 for _ in record_lines(output))
        if written != tables.tasks:
            raise CommandFailedError(f"{contestant.name} wrote {written} records of {tables.tasks}")
        return memory

    def _times(self, contestant: Contestant, tables: Tables) -> Times:
        output = self._empty_output(f"times of {contestant.name}", tables)
        command = contestant.command(tables.folder, tables.table_format, output)
        os.sync()  # or the disk would still be writing what the one before has left
        time.sleep(self.rest_s)
        return measure_times(command, environment(self.scratch), self._log)

    def _empty_output(self, purpose: str, tables: Tables) -> Path:
        print(f"{tables.label}: {purpose}", file=sys.stderr, flush=True)
        output = self.scratch / "output"
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        return output

    @property
    def _log(self) -> Path:
        return self.scratch / "printed.log"


def medians(rounds: Sequence[Times]) -> Times:
    return Times(
        median(times.wall_s for times in rounds),
        median(times.cpu_s for times in rounds),
        max(times.largest_rss for times in rounds),
    )
