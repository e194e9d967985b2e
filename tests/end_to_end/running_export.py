"""A run of the command that goes on while the test looks at it, and may be stopped by any means."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from end_to_end.command import COMMAND

PATIENCE_S = 60  # nothing here takes long; whoever waits for longer waits for ever


class RunningExport:
    """The command in a process group of its own, with a temporary folder of its own.

    Attributes:
        process: as ``psutil`` knows it.
        export: folder of the export.
        temporary: where it spills.
    """

    def __init__(self, folder: Path, config: Path, exports: Path, export_id: str, *flags: str) -> None:
        self.export = exports / export_id
        self.temporary = folder / f"tmp-{time.monotonic_ns()}"
        self.temporary.mkdir(parents=True)
        self._log = self.temporary.with_suffix(".log")
        with self._log.open("wb") as log:
            self._popen = subprocess.Popen(
                [str(COMMAND), "run", str(config), "--export-id", export_id, *flags],
                env={**os.environ, "TMPDIR": str(self.temporary)},
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.process = psutil.Process(self._popen.pid)

    def log(self) -> str:
        """Standard error so far."""
        return self._log.read_text()

    def workers(self) -> list[psutil.Process]:
        return self.process.children(recursive=True) if self.process.is_running() else []

    def wait_for(self, what: Callable[[], object]) -> None:
        """Wait until ``what`` holds; an end of the run before that is a mistake of the test."""
        wait_until(lambda: what() or self._popen.poll() is not None)
        assert self._popen.poll() is None, f"the run ended before that: {self.log()}"

    def wait_for_start(self) -> None:
        self.wait_for(lambda: "run_started" in self.log())

    def has_written_a_shard(self) -> bool:
        return any(self.export.glob("data/assets-*"))

    def kill(self) -> list[psutil.Process]:
        """SIGKILL for the launching process alone; returns the workers that it had."""
        workers = self.workers()
        self._popen.kill()
        self._popen.wait()
        return workers

    def signal_all(self, number: signal.Signals) -> None:
        """As a terminal does for Ctrl-C, and a service manager when it stops a service."""
        os.killpg(self._popen.pid, number)

    def exit_code(self) -> int:
        return self._popen.wait(PATIENCE_S)


def wait_until(what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that do not end by themselves."""
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_S)
    return list(alive)
