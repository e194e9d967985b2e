"""``python -m framehaul.pipelines.watch.take_step CONFIG [KEY=VALUE]…``: read what has changed, and say which exports follow.

A process of its own: what reads tables takes more memory than a scheduler should hold while it waits.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import orjson

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import load_config
from framehaul.pipelines.config.source_tables import selection_of
from framehaul.pipelines.config.stores import storage_options
from framehaul.pipelines.config.trigger_settings import TriggerSection
from framehaul.pipelines.exit_codes import ExitCode
from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.due_claim import key_of
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.ledger import Ledger
from framehaul.pipelines.ledger.places import ledger_of, schedule_name
from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.watch.changed_files import Changed, FileReader
from framehaul.pipelines.watch.listed_tables import ListedTables, digest, list_tables
from framehaul.pipelines.watch.rules import Findings
from framehaul.pipelines.watch.seen_tables import ProgressStore, WatchProgress, steps_of
from framehaul.pipelines.watch.watch_step import Look, next_step
from framehaul.transforms.errors import ExportError, SourceError


@dataclass(frozen=True)
class StepTaker:
    """Takes the next step of a watcher, unless another one is first."""

    name: str
    config: ExportConfig
    trigger: TriggerSection
    ledger: Ledger
    steps: ProgressStore

    def take(self) -> None:
        """Read what has changed since the newest step, apply the rules, and store the result.

        Raises:
            ConfigError, SourceError, StorageError.
        """
        before = self.steps.newest(WatchProgress)
        listed = list_tables(self.config, self.trigger)
        takes_stock = before.basis != listed.basis
        if takes_stock:
            before = WatchProgress(number=before.number, jobs=before.jobs)
        look = self._look(listed, before)
        if not (look.changed or look.gone or takes_stock):
            return
        progress, findings = next_step(before, look, self.config, self.trigger)
        if takes_stock:
            progress, findings = msgspec.structs.replace(progress, arrived={}), Findings()
        jobs = [*self._open_jobs(before.jobs), *self._new_jobs(progress.number, findings)]
        progress = msgspec.structs.replace(progress, owner=self.ledger.owner, basis=listed.basis, jobs=jobs)
        if self.steps.take(progress):
            log(
                "looked",
                schedule=self.name,
                files=len(look.changed),
                gone=len(look.gone),
                step=progress.number,
            )

    def _look(self, listed: ListedTables, before: WatchProgress) -> Look:
        """Read what is new; a file that cannot be read may still be being written, so the next look tries it again."""
        options = storage_options(self.config)
        reader = FileReader(selection_of(self.config), options, with_videos=self.trigger.long_video)
        changed: dict[str, Changed] = {}
        unread = []
        for place in listed.new_places(before):
            try:
                changed[place] = reader.read(*listed.files[place])
            except SourceError as error:
                unread.append(place)
                log("file_not_read", schedule=self.name, error=str(error))
        return Look(listed.versions, changed, listed.gone_places(before), unread)

    def _open_jobs(self, jobs: list[Job]) -> list[Job]:
        """Jobs of earlier steps that have not ended."""
        attempts = self.ledger.attempts() if jobs else {}
        claims = {
            job.key: self.ledger.read(job.key, attempts[job.key]) for job in jobs if job.key in attempts
        }
        return [job for job in jobs if (claim := claims.get(job.key)) is None or not claim.is_over]

    def _new_jobs(self, number: int, findings: Findings) -> list[Job]:
        at = key_of(self.ledger.clock.now())
        jobs = []
        for project, reasons in findings.runs(self.config).items():
            key = f"t{number:06d}" if project is None else f"t{number:06d}-{_project_word(project)}"
            overrides = () if project is None else (f"export.project={orjson.dumps(project).decode()}",)
            jobs.append(Job(key, f"{self.name}-{key}-{at}", tuple(reasons), overrides))
        return jobs


def _project_word(project: str) -> str:
    """Word for a project in the name of an export; two projects never share one."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", project)[:60]
    return plain if plain == project else f"{plain}-{digest(project)[:8]}"


def main(path: Path, overrides: list[str]) -> None:
    """Take a step for a config, as a scheduler asks for it."""
    config, clock = load_config(path, overrides), Clock()
    if config.trigger is None:
        sys.exit(f"{path} has no `trigger:`")
    name = schedule_name(path, config)
    ledger, steps = ledger_of(config, name, clock), steps_of(config, name, clock)
    try:
        StepTaker(name, config, config.trigger, ledger, steps).take()
    except ExportError as error:
        log("look_failed", schedule=name, error=str(error))
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
