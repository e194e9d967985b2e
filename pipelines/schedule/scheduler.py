"""Scheduler: the loop that lets exports begin."""

from collections.abc import Sequence
from dataclasses import dataclass

from framehaul.pipelines.exit_codes import ExitCode, was_killed
from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.schedule.scheduled_export import ScheduledExport
from framehaul.pipelines.schedule.stop_requests import StopRequest, note_stop_requests

_LOOK_S = 15.0  # never longer, so that a clock that is put forward or back is noticed
_POLL_S = 0.5  # whether a run has ended, or somebody wants this process to end
_WORST_FIRST: list[int] = [ExitCode.FAILED, ExitCode.BAD_CONFIG, ExitCode.NOT_GOOD, ExitCode.DONE]


@dataclass
class Scheduler:
    """Exports that begin by themselves, side by side; of each one run at a time."""

    exports: Sequence[ScheduledExport]
    clock: Clock

    def run(self, *, once: bool) -> int:
        """Run until the process is stopped; with ``once`` until nothing is due, and no run goes on.

        Returns:
            the worst exit code of all runs; one that was killed counts as failed.
        """
        with note_stop_requests() as request:
            try:
                while request.number is None:
                    for export in self.exports:
                        export.look()
                    if once and not self._is_needed:
                        break
                    self._wait(request)
            finally:
                for export in self.exports:
                    export.stop()
        return self._worst_exit_code()

    @property
    def _is_needed(self) -> bool:
        return any(export.is_busy or export.is_watching for export in self.exports)

    def _wait(self, request: StopRequest) -> None:
        """Wait until the next look, which comes soon where a process has ended or tables are being read."""
        is_reading = any(export.is_reading for export in self.exports)
        until = self.clock.elapsed_seconds() + (_POLL_S if is_reading else _LOOK_S)
        while self.clock.elapsed_seconds() < until and request.number is None:
            self.clock.sleep(_POLL_S)
            busy = [export for export in self.exports if export.is_busy]
            for export in busy:
                export.check_run()
            if any(not export.is_busy for export in busy):
                return

    def _worst_exit_code(self) -> int:
        codes = [code for export in self.exports for code in export.exit_codes]
        ended = [ExitCode.FAILED if was_killed(code) else code for code in codes]
        return min(ended, key=_WORST_FIRST.index, default=ExitCode.DONE)
