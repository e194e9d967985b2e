"""Commands that let exports begin by themselves: schedule, watch."""

from pathlib import Path
from typing import Annotated

import typer

from framehaul.pipelines.commands.arguments import ConfigPath, Overrides

Once = Annotated[
    bool,
    typer.Option(
        "--once", help="Run what is due now, wait for its end and exit; for systemd, cron and others."
    ),
]


def schedule(
    configs: Annotated[
        list[Path], typer.Argument(help="YAML files of exports, each with `schedule:` or `trigger:`.")
    ],
    overrides: Overrides = None,
    once: Once = False,
) -> None:
    """Run exports when they are due, or when their `trigger:` says so."""
    from framehaul.pipelines.schedule.begin import scheduler_of  # noqa: PLC0415

    if code := scheduler_of(configs, overrides or []).run(once=once):
        raise typer.Exit(code)


def watch(config: ConfigPath, overrides: Overrides = None, once: Once = False) -> None:
    """Look at the source tables, and run an export when a rule of `trigger:` is met."""
    from framehaul.pipelines.schedule.begin import watcher_of  # noqa: PLC0415

    if code := watcher_of(config, overrides or []).run(once=once):
        raise typer.Exit(code)
