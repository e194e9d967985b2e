"""The loop that lets exports begin."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.schedule.clock import Clock
from pipelines.schedule.export_process import was_killed
from pipelines.schedule.scheduled_export import ScheduledExport

_LOOK_S = 15.0  # never longer, so that a clock that is put forward or back is noticed
_POLL_S = 1.0  # while a run goes on


@dataclass
class Scheduler:
    """Exports that begin by themselves, side by side; of each one run at a time."""

    exports: Sequence[ScheduledExport]
    clock: Clock

    def run(self, *, once: bool) -> int:
        """Until the process is stopped; with ``once`` until nothing is due, and no run goes on.

        Returns:
            the worst exit code of all runs; one that was killed counts as failed.
        """
        try:
            while True:
                self._round()
                if once and not self._is_needed:
                    return self._worst()
                self._wait()
        finally:
            for export in self.exports:
                export.stop()

    def _round(self) -> None:
        for export in self.exports:
            export.look()

    @property
    def _is_needed(self) -> bool:
        return any(export.is_busy or export.is_watching for export in self.exports)

    def _wait(self) -> None:
        """Until the next look; runs that end are noticed in between."""
        until = self.clock.elapsed() + _LOOK_S
        while (left := until - self.clock.elapsed()) > 0:
            busy = [export for export in self.exports if export.is_busy]
            for export in busy:
                export.check_run()
            if busy and not any(export.is_busy for export in busy):
                return
            self.clock.sleep(min(left, _POLL_S if busy else left))

    def _worst(self) -> int:
        codes = [1 if was_killed(code) else code for export in self.exports for code in export.exit_codes]
        return min(codes, key=[1, 2, 3, 0].index, default=0)
