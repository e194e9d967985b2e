"""Runs that follow from changes in the source tables."""

import hashlib
import re
from collections.abc import Iterator

import msgspec
import orjson

from pipelines.config import ExportConfig
from pipelines.progress import log
from pipelines.schedule.claim import key_of
from pipelines.schedule.job import Job
from pipelines.schedule.ledger import Ledger
from pipelines.schedule.standstill import Standstill
from pipelines.settings.trigger import TriggerSection
from pipelines.source_tables import selection_of, sources_of
from pipelines.watch.changed_files import Changed, FileReader
from pipelines.watch.progress import Progress, ProgressStore
from pipelines.watch.rules import Findings
from pipelines.watch.step import Look, next_step, place_of
from transforms.errors import SourceError
from transforms.storage.options import StorageOptions


class WatchJobs:
    """Looks at the tables of one config, and knows which runs are still to be done."""

    def __init__(
        self, name: str, config: ExportConfig, trigger: TriggerSection, ledger: Ledger, steps: ProgressStore
    ) -> None:
        self._name = name
        self._config = config
        self._trigger = trigger
        self._ledger = ledger
        self._steps = steps
        self._standstill = Standstill(ledger)
        self._progress: Progress | None = None
        self._over: set[str] = set()  # keys of jobs that have ended
        self._looked: float | None = None
        self.is_watching = False
        sections = (config.export, config.source)
        self._basis = _digest(
            [
                *(section.model_dump(mode="json") for section in sections),
                trigger.model_dump(mode="json", exclude={"every"}),
                config.limits.long_video_frames,
            ]
        )

    def look(self, *, busy: bool) -> Job | None:
        """The run that should begin now; looks at the tables as often as the config says."""
        now = self._ledger.clock.elapsed()
        if self._looked is None or now - self._looked >= self._trigger.every.total_seconds():
            self._looked = now
            self._look_at_tables()
        return None if busy else next(self._next_jobs(), None)

    def _next_jobs(self) -> Iterator[Job]:
        """Runs that nobody has begun, or that have died."""
        jobs = [] if self._progress is None else self._progress.jobs
        left = [job for job in jobs if job.key not in self._over]
        attempts = self._ledger.attempts() if left else {}
        self.is_watching = False
        for job in left:
            if job.key not in attempts:
                yield job
                continue
            claim = self._ledger.read(job.key, attempts[job.key])
            if claim is None or claim.is_over:
                self._over.add(job.key)
                continue
            attempt = self._standstill.next_attempt(claim)
            self.is_watching |= claim.state == "running" and self._standstill.looks_dead(claim)
            if attempt is not None:
                yield Job(job.key, job.export_id, job.triggers, job.overrides, attempt, resume=True)

    def _look_at_tables(self) -> None:
        if self._progress is None or self._steps.newest_number() > self._progress.number:
            self._progress = self._steps.newest()
        before = self._progress or Progress(number=0, owner="", basis="", files={})
        takes_stock = before.basis != self._basis
        if takes_stock:
            before = Progress(number=before.number, owner="", basis=self._basis, files={}, jobs=before.jobs)
        look = self._looked_at(before)
        if look.changed or look.gone or takes_stock:
            progress, findings = next_step(before, look, self._config, self._trigger)
            if takes_stock:
                progress, findings = msgspec.structs.replace(progress, arrived={}), Findings()
            self._take(progress, findings)
            log("looked", schedule=self._name, files=len(look.changed), gone=len(look.gone))

    def _looked_at(self, before: Progress) -> Look:
        options = StorageOptions(self._config.storage)
        listed = {
            place_of(table, file.url): (table, file)
            for table, files in sources_of(self._config, options).items()
            for file in files
        }
        versions = {place: f"{file.size} {file.version}" for place, (_, file) in listed.items()}
        reader = FileReader(selection_of(self._config), options, with_videos=self._trigger.long_video)
        changed: dict[str, Changed] = {}
        unread = []
        for place, (table, file) in listed.items():
            if versions[place] != before.files.get(place):
                try:
                    changed[place] = reader.read(table, file)
                except SourceError as error:
                    unread.append(place)
                    log("file_not_read", schedule=self._name, error=str(error))
        gone = [place for place in before.files if place not in listed]
        return Look(versions, changed, gone, unread)

    def _take(self, progress: Progress, findings: Findings) -> None:
        left = [job for job in progress.jobs if job.key not in self._over]
        jobs = [*left, *self._jobs(progress.number, findings)]
        progress = msgspec.structs.replace(progress, owner=self._ledger.owner, jobs=jobs)
        if self._steps.take(progress):
            self._progress = progress

    def _jobs(self, number: int, findings: Findings) -> list[Job]:
        at = key_of(self._ledger.clock.now())
        jobs = []
        for project, reasons in findings.runs(self._config).items():
            key = f"t{number:06d}" if project is None else f"t{number:06d}-{_word(project)}"
            overrides = () if project is None else (f"export.project={orjson.dumps(project).decode()}",)
            jobs.append(Job(key, f"{self._name}-{key}-{at}", tuple(reasons), overrides))
        return jobs


def _word(project: str) -> str:
    """A project in the name of an export; two projects never share one."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", project)[:60]
    return plain if plain == project else f"{plain}-{_digest(project)[:8]}"


def _digest(value: object) -> str:
    return hashlib.blake2b(orjson.dumps(value), digest_size=16).hexdigest()
