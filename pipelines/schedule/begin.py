"""Make a scheduler from configs; all that is wrong with them is told before anything begins."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import load_config
from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.places import ledger_of, schedule_name
from framehaul.pipelines.schedule.due_jobs import DueJobs
from framehaul.pipelines.schedule.due_times import DueTimes
from framehaul.pipelines.schedule.export_process import PROCESSES, Processes
from framehaul.pipelines.schedule.scheduled_export import Jobs, ScheduledExport
from framehaul.pipelines.schedule.scheduler import Scheduler
from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.watch.seen_tables import steps_of
from framehaul.pipelines.watch.watch_jobs import WatchJobs
from framehaul.transforms.errors import ConfigError


def scheduler_of(
    paths: Sequence[Path],
    overrides: Sequence[str],
    clock: Clock | None = None,
    processes: Processes = PROCESSES,
) -> Scheduler:
    """Make a scheduler for all configs, which has not begun.

    Raises:
        ConfigError: a config is wrong, says nothing about when to begin, or shares its claims with another.
    """
    clock = clock or Clock()
    exports = [_export(path, load_config(path, overrides), overrides, clock, processes) for path in paths]
    places = [export.ledger.store.base_url for export in exports]
    for export, place in zip(exports, places, strict=True):
        if places.count(place) > 1:
            raise ConfigError(
                f"two of the schedules are called {export.name} and write to {export.config.output.url}: "
                "give each a schedule.name of its own"
            )
        _tell_next(export, clock)
    return Scheduler(exports, clock)


def watcher_of(
    path: Path, overrides: Sequence[str], clock: Clock | None = None, processes: Processes = PROCESSES
) -> Scheduler:
    """Make a scheduler for one config, of which only the ``trigger`` counts.

    Raises:
        ConfigError: it is wrong, or has no ``trigger``.
    """
    config = load_config(path, overrides)
    if config.trigger is None:
        raise ConfigError(
            f"{path} has no `trigger:`; it says what to look for, for example source_changed: true"
        )
    clock = clock or Clock()
    return Scheduler([_export(path, config, overrides, clock, processes, with_schedule=False)], clock)


def _export(  # noqa: PLR0913 - what one export is made of
    path: Path,
    config: ExportConfig,
    overrides: Sequence[str],
    clock: Clock,
    processes: Processes,
    *,
    with_schedule: bool = True,
) -> ScheduledExport:
    name = schedule_name(path, config)
    ledger = ledger_of(config, name, clock)
    sources: list[Jobs] = []
    if config.schedule is not None and with_schedule:
        sources.append(DueJobs(DueTimes(config.schedule, name), ledger))
    if config.trigger is not None:
        steps = steps_of(config, name, clock)
        take_step = partial(processes.step, path, overrides)
        sources.append(WatchJobs(config, config.trigger, ledger, steps, take_step))
    if not sources:
        raise ConfigError(
            f"{path} does not say when to begin; give it `schedule:` with a cron expression, "
            "`trigger:` with a rule, or both"
        )
    return ScheduledExport(name, path, overrides, config, ledger, sources, processes.run)


def _tell_next(export: ScheduledExport, clock: Clock) -> None:
    if export.config.schedule is not None:
        following = DueTimes(export.config.schedule, export.name).next_start(clock.now())
        log(
            "schedule_begun",
            schedule=export.name,
            next_run=None if following is None else f"{following:%FT%TZ}",
        )
