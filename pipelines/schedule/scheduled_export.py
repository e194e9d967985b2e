"""A scheduled export: one config whose exports begin by themselves, and its run if there is one."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.exit_codes import ExitCode, exit_code_of, was_killed
from framehaul.pipelines.ledger.due_claim import DueClaim, State
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.ledger import LEASE_S, RENEW_S, Ledger
from framehaul.pipelines.schedule.export_process import Command, ExportProcess, run_command
from framehaul.pipelines.schedule.scheduled_retention import drop_old
from framehaul.pipelines.telemetry.progress import log
from framehaul.transforms.errors import ConfigError, ExportError, FinishedError, StorageError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.verdict import verdict_of
from framehaul.transforms.runs.finished_export import refuse_whole
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass
class Run:
    """A run that goes on, with the claim on it."""

    job: Job
    claim: DueClaim
    process: ExportProcess


class Jobs(Protocol):
    """Source of jobs, which decides when an export should begin."""

    @property
    def is_watching(self) -> bool: ...

    @property
    def is_reading(self) -> bool: ...

    def look(self, *, busy: bool) -> Job | None: ...


@dataclass
class ScheduledExport:
    """One export, its claims, and the sources of its jobs.

    Attributes:
        path, overrides: its config, as the run reads it again.
        sources: which are asked in turn.
        exit_codes: of the runs that have ended here.
    """

    name: str
    path: Path
    overrides: Sequence[str]
    config: ExportConfig
    ledger: Ledger
    sources: Sequence[Jobs]
    command: Command = run_command
    exit_codes: list[int] = field(default_factory=list)
    _running: Run | None = None
    _renewed: float = 0.0

    @property
    def is_busy(self) -> bool:
        return self._running is not None

    @property
    def is_watching(self) -> bool:
        """Tell whether a run of another scheduler may have to be taken over soon."""
        return any(source.is_watching for source in self.sources)

    @property
    def is_reading(self) -> bool:
        """Tell whether another process looks at the tables."""
        return any(source.is_reading for source in self.sources)

    def check_run(self) -> None:
        """See whether the run has ended, and renew its claim if it has not."""
        if self._running is None:
            return
        exit_code = self._running.process.exit_code()
        if exit_code is not None:
            run, self._running = self._running, None
            self._finish_run(run, exit_code)
        elif self.ledger.clock.elapsed_seconds() - self._renewed >= RENEW_S:
            self._renew(self._running)

    def look(self) -> None:
        """Begin the run that should begin now. A store that fails is asked again at the next look.

        Raises:
            ConfigError: that no later look would mend, like a secret that is not in the environment.
        """
        try:
            for source in self.sources:
                job = source.look(busy=self.is_busy)
                if job is not None and not self.is_busy:
                    self._begin(job)
        except ConfigError:
            raise
        except ExportError as error:
            log("look_failed", schedule=self.name, error=str(error))

    def stop(self) -> None:
        """End the run; any scheduler may take it up again at once."""
        if self._running is None:
            return
        run, self._running = self._running, None
        run.process.stop()
        self._record_end(run.claim, "stopped", None)

    def _begin(self, job: Job) -> None:
        claim = self.ledger.put(job.key, job.export_id, job.attempt)
        if claim is None:
            return  # another scheduler was first
        self._renewed = self.ledger.clock.elapsed_seconds()
        if job.resume and (exit_code := self._exit_code_of(job.export_id)) is not None:
            self._finished(claim, exit_code)  # it died after its last word
            return
        self._start(job, claim)

    def _exit_code_of(self, export_id: str) -> ExitCode | None:
        """Of the run of an export that is whole, after what that run has left undone is done; else ``None``."""
        try:
            refuse_whole(self._output, export_id, resume=True)
        except FinishedError:
            with suppress(StorageError):
                export = open_export(ObjectStore(self._output.url_of(export_id), self._output.options))
                return exit_code_of(verdict_of(export.manifest))
            return ExitCode.FAILED  # it is damaged
        return None

    def _start(self, job: Job, claim: DueClaim) -> None:
        log("run_begun", schedule=self.name, export_id=job.export_id, attempt=job.attempt, why=job.triggers)
        self._running = Run(job, claim, ExportProcess(self.command(self.path, self.overrides, job)))

    def _renew(self, run: Run) -> None:
        try:
            renewed = self.ledger.renew(run.claim)
        except ExportError as error:
            log("renewal_failed", schedule=self.name, error=str(error))
            if self.ledger.clock.elapsed_seconds() - self._renewed < LEASE_S - RENEW_S:
                return  # the next look tries again
            renewed = None  # others will take it for dead now
        if renewed is None:
            self._running = None
            run.process.stop()
            log("run_given_up", schedule=self.name, export_id=run.job.export_id, error="its claim is lost")
            self.exit_codes.append(ExitCode.FAILED)
            return
        run.claim, self._renewed = renewed, self.ledger.clock.elapsed_seconds()

    def _finish_run(self, run: Run, exit_code: int) -> None:
        if run.job.resume and exit_code == ExitCode.BAD_CONFIG:
            log("resume_refused", schedule=self.name, export_id=run.job.export_id)
            self._start(replace(run.job, resume=False), run.claim)  # the tables are others by now
            return
        self._finished(run.claim, exit_code)

    def _finished(self, claim: DueClaim, exit_code: int) -> None:
        """There are old exports to drop where there is a new one, whatever it counts as."""
        self.exit_codes.append(exit_code)
        state: State = "done" if exit_code == ExitCode.DONE else "died" if was_killed(exit_code) else "failed"
        log("run_ended", schedule=self.name, export_id=claim.export_id, exit_code=exit_code, state=state)
        self._record_end(claim, state, exit_code)
        if exit_code in {ExitCode.DONE, ExitCode.NOT_GOOD}:
            self._drop_old()

    @property
    def _output(self) -> ObjectStore:
        return output_store(self.config)

    def _drop_old(self) -> None:
        keep = self.config.schedule and self.config.schedule.keep
        if not keep:
            return
        try:
            if dropped := drop_old(self._output, self.name, keep):
                log("exports_deleted", schedule=self.name, export_ids=dropped)
        except ExportError as error:
            log("exports_not_deleted", schedule=self.name, error=str(error))

    def _record_end(self, claim: DueClaim, state: State, exit_code: int | None) -> None:
        try:
            self.ledger.end(claim, state, exit_code)
            self.ledger.forget_old()
        except ExportError as error:
            log("claim_not_ended", schedule=self.name, error=str(error))
