"""Schedulers on several machines that share a store, and clocks that tests set."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from end_to_end.command import write_config
from end_to_end.exports import settings
from framehaul.pipelines.config.config_file import load_config
from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.places import FOLDER, ledger_of
from framehaul.pipelines.schedule.begin import scheduler_of, watcher_of
from framehaul.pipelines.schedule.export_process import Processes
from framehaul.pipelines.schedule.scheduler import Scheduler
from framehaul.pipelines.watch.seen_tables import steps_of
from framehaul.pipelines.watch.take_step import StepTaker

Json = dict[str, Any]

GOES_ON = "import time; time.sleep(60)"


class SetClock(Clock):
    """A clock that stands still but for ``sleep``, and can be put forward and back."""

    def __init__(self, now: str) -> None:
        self.time = datetime.fromisoformat(now).replace(tzinfo=UTC)
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.time

    def elapsed_seconds(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.time += timedelta(seconds=seconds)

    def set(self, now: str) -> None:
        """As a person or a time server does: nothing has elapsed."""
        self.time = datetime.fromisoformat(now).replace(tzinfo=UTC)


class Ended:
    """A process that has ended."""

    def exit_code(self) -> int:
        return 0


@dataclass
class Machine:
    """A scheduler for one config, and what it has started.

    Attributes:
        program: of the processes that stand for exports.
        started: arguments of ``framehaul run``, one list for each.
    """

    folder: Path
    clock: SetClock
    program: str = "pass"
    sections: Json = field(default_factory=dict)
    watches_only: bool = False
    started: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        source = self.sections.pop("source", {"tasks": str(self.folder / "tasks-*.ndjson")})
        config = settings(source, self.folder / "exports") | self.sections
        path = write_config(self.folder / "nightly.yaml", config)
        processes = Processes(self._command, self._take_step)
        if self.watches_only:
            self.scheduler: Scheduler = watcher_of(path, [], self.clock, processes)
        else:
            self.scheduler = scheduler_of([path], [], self.clock, processes)
        self.export = self.scheduler.exports[0]

    def _command(self, _path: Path, _overrides: Sequence[str], job: Job) -> list[str]:
        self.started.append(job.arguments())
        return [sys.executable, "-S", "-c", self.program]

    def _take_step(self, path: Path, _overrides: Sequence[str]) -> "Ended":
        """In this process, and at once."""
        config = load_config(path)
        assert config.trigger is not None
        ledger, steps = (of(config, "nightly", self.clock) for of in (ledger_of, steps_of))
        StepTaker("nightly", config, config.trigger, ledger, steps).take()
        return Ended()

    def look(self) -> list[str]:
        """One look; the ids of the exports that it has begun."""
        before = len(self.started)
        self.export.look()
        return [arguments[1] for arguments in self.started[before:]]

    def wait(self, looks: int, seconds: float = 15.0) -> list[str]:
        """Some looks with time between them; the ids of the exports that were begun."""
        begun = []
        for _ in range(looks):
            self.clock.sleep(seconds)
            if self.export.is_busy and "sleep" not in self.program:
                self.end_run()
            self.export.check_run()
            begun += self.look()
        return begun

    def end_run(self) -> int:
        """Wait for the run to end by itself; its exit code."""
        if self.export._running is not None:
            self.export._running.process._process.wait(20)
            self.export.check_run()
        return self.export.exit_codes[-1]

    def crash(self) -> None:
        """End the run, and forget it, as if the machine had lost its power."""
        assert self.export._running is not None
        self.export._running.process.stop()
        self.export._running = None


def claims_in(folder: Path) -> dict[str, Json]:
    """All claims by the names of their objects."""
    place = folder / "exports" / FOLDER / "nightly" / "claims"
    return {path.name: orjson.loads(path.read_bytes()) for path in sorted(place.glob("*.json"))}


def states_in(folder: Path) -> list[tuple[str, str]]:
    return [(name.removesuffix(".json"), claim["state"]) for name, claim in claims_in(folder).items()]
