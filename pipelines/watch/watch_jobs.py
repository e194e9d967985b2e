"""Runs that follow from changes in the source tables."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.trigger_settings import TriggerSection
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.ledger import Ledger
from framehaul.pipelines.ledger.standstill import Standstill
from framehaul.pipelines.watch.listed_tables import list_tables
from framehaul.pipelines.watch.seen_tables import ProgressHead, ProgressStore


class Step(Protocol):
    """Step that is being taken, see ``framehaul.pipelines.watch.take_step``."""

    def exit_code(self) -> int | None: ...


class WatchJobs:
    """Looks at the tables of one config, and knows which runs are still to be done.

    A look is one listing of the progress and one of each table; only files that differ are read, by another process.
    """

    def __init__(
        self,
        config: ExportConfig,
        trigger: TriggerSection,
        ledger: Ledger,
        steps: ProgressStore,
        take_step: Callable[[], Step],
    ) -> None:
        self._config = config
        self._trigger = trigger
        self._ledger = ledger
        self._steps = steps
        self._take_step = take_step
        self._standstill = Standstill(ledger)
        self._seen: ProgressHead | None = None
        self._step: Step | None = None
        self._over: set[str] = set()  # keys of jobs that have ended
        self._looked: float | None = None
        self._is_watching = False

    @property
    def is_watching(self) -> bool:
        """Tell whether something is under way that may end in a run."""
        return self._is_watching or self.is_reading

    @property
    def is_reading(self) -> bool:
        """Tell whether a step is being taken."""
        return self._step is not None

    def look(self, *, busy: bool) -> Job | None:
        """The run that should begin now; looks at the tables as often as the config says."""
        if self._step is not None and self._step.exit_code() is not None:
            self._step = None
            self._read_progress()
        now = self._ledger.clock.elapsed_seconds()
        is_time = self._looked is None or now - self._looked >= self._trigger.every.total_seconds()
        if is_time and self._step is None:
            self._looked = now
            self._look_at_tables()
        return None if busy else next(self._next_jobs(), None)

    def _look_at_tables(self) -> None:
        seen = self._read_progress()
        if list_tables(self._config, self._trigger).differ_from(seen):
            self._step = self._take_step()
            if self._step.exit_code() is not None:
                self._step = None
                self._read_progress()

    def _read_progress(self) -> ProgressHead:
        if self._seen is None or self._steps.newest_number() != self._seen.number:
            self._seen = self._steps.newest(ProgressHead)
        return self._seen

    def _next_jobs(self) -> Iterator[Job]:
        """Runs that nobody has begun, or that have died."""
        jobs = [] if self._seen is None else self._seen.jobs
        left = [job for job in jobs if job.key not in self._over]
        attempts = self._ledger.attempts() if left else {}
        self._is_watching = False
        for job in left:
            if job.key not in attempts:
                yield job
                continue
            claim = self._ledger.read(job.key, attempts[job.key])
            if claim is None or claim.is_over:
                self._over.add(job.key)
                continue
            attempt = self._standstill.next_attempt(claim)
            self._is_watching |= claim.state == "running" and self._standstill.looks_dead(claim)
            if attempt is not None:
                yield replace(job, attempt=attempt, resume=True)
