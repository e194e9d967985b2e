"""The program as a process group of its own, which can be killed in parts or as a whole."""

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

_PATIENCE_S = 300  # a store that fails is tried again for two minutes
_SCRIPTS = Path(__file__).parents[1]
_LAST_WORDS = 1500
_LOOK_S = 0.02


class StuckError(Exception):
    """A run that neither ends nor can be explained."""


@dataclass(frozen=True)
class Moment:
    """When a run is killed.

    Attributes:
        before_work: or only once it has looked at its target.
        objects: how many there must be.
        seen: tells how many there are.
        delay_s: from then on.
    """

    before_work: bool
    objects: int
    seen: Callable[[], int]
    delay_s: float


class Program:
    """A command that goes on, or has ended.

    Args:
        temporary: where it spills.
        log: file for what it says.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], temporary: Path, log: Path
    ) -> None:
        self._log = log
        with log.open("wb") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "chaos_suite.reduced_parts", *arguments],
                env={**os.environ, **environment, "TMPDIR": str(temporary), "PYTHONPATH": str(_SCRIPTS)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        atexit.register(self._end)
        self._process = psutil.Process(self._popen.pid)

    def _end(self) -> None:
        """Of a run that is still there when the suite is stopped."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, signal.SIGKILL)

    def kill_at(self, moment: Moment, whom: str, chance: Random) -> str | None:
        """SIGKILL at that moment; returns whom it met, or ``None`` if the run was over by then."""
        if not moment.before_work:
            self.wait_for_start()
        while moment.seen() < moment.objects and self._popen.poll() is None:
            time.sleep(_LOOK_S)
        return None if self._ends_within(moment.delay_s) else self._kill(whom, chance)

    def _kill(self, whom: str, chance: Random) -> str | None:
        workers = self._workers()
        try:
            if whom == "all":
                os.killpg(self._popen.pid, signal.SIGKILL)
            elif whom == "worker" and workers:
                chance.choice(workers).kill()
            else:
                whom = "run"
                self._popen.kill()
        except (ProcessLookupError, psutil.NoSuchProcess):
            return None
        self._popen.wait(_PATIENCE_S)
        _, self.left = psutil.wait_procs(workers, timeout=20)
        return whom

    left: Sequence[psutil.Process] = ()  # workers that outlive their run

    def _workers(self) -> list[psutil.Process]:
        try:
            return list(self._process.children(recursive=True))
        except psutil.NoSuchProcess:
            return []

    def exit_code(self) -> int:
        """Of the run, which is waited for. Raises ``StuckError``."""
        try:
            return self._popen.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._popen.pid, signal.SIGKILL)
            raise StuckError(f"{self._popen.args!r} did not end: {self.last_words()}") from None

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def last_words(self) -> str:
        return self.said()[-_LAST_WORDS:]

    def wait_for_start(self) -> None:
        """Until it has looked at its target and begins to work, or has ended."""
        while "run_started" not in self.said() and self._popen.poll() is None:
            time.sleep(0.005)

    def _ends_within(self, seconds: float) -> bool:
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
