"""State of a job that runs elsewhere, told to a person or a log."""

import sys
import time

from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.terminal import say

_LOG_SECONDS = 10.0


class StateTeller:
    """Tells the state of a job when it changes, and now and then in a log."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._state = ""
        self._began = self._told = time.monotonic()

    def __call__(self, state: str) -> None:
        now = time.monotonic()
        seconds = round(now - self._began, 1)
        if state == self._state and (sys.stderr.isatty() or now - self._told < _LOG_SECONDS):
            return
        self._state, self._told = state, now
        log("job_state", runner=self._engine, state=state, seconds=seconds)
        if sys.stderr.isatty():
            say(f"{self._engine}: {state.lower()}, {seconds:.0f} s", err=True)
