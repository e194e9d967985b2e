"""One config whose exports begin by themselves, and its run if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.exit_codes import ExitCode, was_killed
from framehaul.pipelines.ledger.due_claim import DueClaim, State
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.ledger import LEASE_S, RENEW_S, Ledger
from framehaul.pipelines.schedule.export_process import Command, ExportProcess, run_command
from framehaul.pipelines.schedule.scheduled_retention import drop_old
from framehaul.pipelines.telemetry.progress import log
from framehaul.transforms.errors import ConfigError, ExportError
from framehaul.transforms.exports.manifest import MANIFEST_NAME
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass
class Run:
    """A run that goes on, with the claim on it."""

    job: Job
    claim: DueClaim
    process: ExportProcess


class Jobs(Protocol):
    """Something that knows when an export should begin."""

    @property
    def is_watching(self) -> bool: ...

    @property
    def is_reading(self) -> bool: ...

    def look(self, *, busy: bool) -> Job | None: ...


@dataclass
class ScheduledExport:
    """One export, its claims, and what makes it begin.

    Attributes:
        path, overrides: its config, as the run reads it again.
        sources: asked in turn.
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
        """Whether a run of another scheduler may have to be taken over soon."""
        return any(source.is_watching for source in self.sources)

    @property
    def is_reading(self) -> bool:
        """Whether another process looks at the tables."""
        return any(source.is_reading for source in self.sources)

    def check_run(self) -> None:
        """See whether the run has ended, and renew its claim if it has not."""
        if self._running is None:
            return
        exit_code = self._running.process.exit_code()
        if exit_code is not None:
            run, self._running = self._running, None
            self._ended(run, exit_code)
        elif self.ledger.clock.elapsed() - self._renewed >= RENEW_S:
            self._renew(self._running)

    def look(self) -> None:
        """Begin what should begin now. A store that fails is asked again at the next look.

        Raises:
            ConfigError: which no later look would find better, like a secret that is not in the environment.
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
        self._tell_end(run.claim, "stopped", None)

    def _begin(self, job: Job) -> None:
        claim = self.ledger.put(job.key, job.export_id, job.attempt)
        if claim is None:
            return  # another scheduler was first
        self._renewed = self.ledger.clock.elapsed()
        if job.resume and self._output.size(f"{job.export_id}/{MANIFEST_NAME}") is not None:
            self._tell_end(claim, "done", ExitCode.DONE)  # it died after its last word
            return
        self._start(job, claim)

    def _start(self, job: Job, claim: DueClaim) -> None:
        log("run_begun", schedule=self.name, export_id=job.export_id, attempt=job.attempt, why=job.triggers)
        self._running = Run(job, claim, ExportProcess(self.command(self.path, self.overrides, job)))

    def _renew(self, run: Run) -> None:
        try:
            renewed = self.ledger.renew(run.claim)
        except ExportError as error:
            log("renewal_failed", schedule=self.name, error=str(error))
            if self.ledger.clock.elapsed() - self._renewed < LEASE_S - RENEW_S:
                return  # the next look tries again
            renewed = None  # others will take it for dead now
        if renewed is None:
            self._running = None
            run.process.stop()
            log("run_given_up", schedule=self.name, export_id=run.job.export_id, error="its claim is lost")
            self.exit_codes.append(ExitCode.FAILED)
            return
        run.claim, self._renewed = renewed, self.ledger.clock.elapsed()

    def _ended(self, run: Run, exit_code: int) -> None:
        if run.job.resume and exit_code == ExitCode.BAD_CONFIG:
            log("resume_refused", schedule=self.name, export_id=run.job.export_id)
            self._start(replace(run.job, resume=False), run.claim)  # the tables are others by now
            return
        self.exit_codes.append(exit_code)
        done = exit_code in {ExitCode.DONE, ExitCode.DEAD_LETTERS}
        state: State = "done" if done else "died" if was_killed(exit_code) else "failed"
        log("run_ended", schedule=self.name, export_id=run.job.export_id, exit_code=exit_code, state=state)
        self._tell_end(run.claim, state, exit_code)
        if done:
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

    def _tell_end(self, claim: DueClaim, state: State, exit_code: int | None) -> None:
        try:
            self.ledger.end(claim, state, exit_code)
            self.ledger.forget_old()
        except ExportError as error:
            log("claim_not_ended", schedule=self.name, error=str(error))
