"""Processes for runs and for readers of tables, which give their memory back when they end."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.watch.watch_jobs import Step
from framehaul.transforms.runs.processes import end_with_parent

Command = Callable[[Path, Sequence[str], Job], list[str]]
_PATIENCE_S = 30


def run_command(config: Path, overrides: Sequence[str], job: Job) -> list[str]:
    """Command ``framehaul run`` for a job."""
    settings = [word for override in overrides for word in ("--set", override)]
    return [sys.executable, "-m", "framehaul", "run", str(config), *settings, *job.arguments()]


class ExportProcess:
    """A run that goes on."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_end_with_scheduler)  # noqa: PLW1509, S603 - no threads here, and no shell

    def exit_code(self) -> int | None:
        """Exit code; ``None`` while it goes on, negative if a signal has ended it."""
        return self._process.poll()

    def stop(self) -> int:
        """End the run; all that it has written stays for another attempt."""
        self._process.terminate()
        try:
            return self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def step_process(config: Path, overrides: Sequence[str]) -> ExportProcess:
    """Start a process that reads the changes in the source tables."""
    return ExportProcess(
        [sys.executable, "-m", "framehaul.pipelines.watch.take_step", str(config), *overrides]
    )


@dataclass(frozen=True)
class Processes:
    """Ways in which a scheduler starts other processes.

    Attributes:
        run: makes the command of a run.
        step: starts a process that reads the changes in the source tables.
    """

    run: Command = run_command
    step: Callable[[Path, Sequence[str]], Step] = step_process


PROCESSES = Processes()


def _end_with_scheduler() -> None:
    """End with the scheduler: once it is killed it renews no claims, so its runs must not go on."""
    end_with_parent(os.getppid())
