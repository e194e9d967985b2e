"""Exports, and what reads tables, in processes of their own, which give their memory back when they end."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.watch.watch_jobs import Step

Command = Callable[[Path, Sequence[str], Job], list[str]]
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
_PATIENCE_S = 30


def run_command(config: Path, overrides: Sequence[str], job: Job) -> list[str]:
    """``framehaul run`` for a job."""
    settings = [word for override in overrides for word in ("--set", override)]
    return [sys.executable, "-m", "framehaul", "run", str(config), *settings, *job.arguments()]


class ExportProcess:
    """A run that goes on."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent)  # noqa: PLW1509, S603 - no threads here, and no shell

    def exit_code(self) -> int | None:
        """``None`` while it goes on; negative if a signal has ended it."""
        return self._process.poll()

    def stop(self) -> int:
        """End it; what it has written stays for another attempt."""
        self._process.terminate()
        try:
            return self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def step_process(config: Path, overrides: Sequence[str]) -> ExportProcess:
    """A process that reads what has changed in the source tables."""
    return ExportProcess(
        [sys.executable, "-m", "framehaul.pipelines.watch.take_step", str(config), *overrides]
    )


@dataclass(frozen=True)
class Processes:
    """How a scheduler starts what it does not do itself.

    Attributes:
        run: command of a run.
        step: begins to read what has changed in the source tables.
    """

    run: Command = run_command
    step: Callable[[Path, Sequence[str]], Step] = step_process


PROCESSES = Processes()


def _end_with_parent() -> None:
    """A scheduler that is killed renews no claims, so its runs must not go on (on Linux; elsewhere they do)."""
    parent = os.getppid()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it has died in between
            os.kill(os.getpid(), signal.SIGTERM)
