"""The command that makes input."""

from pathlib import Path
from typing import Annotated

import typer


def sample(  # noqa: PLR0913, PLR0917 - one argument per option
    directory: Annotated[
        Path, typer.Argument(help="Folder to write to; older sample tables in it are replaced.")
    ],
    tasks: Annotated[int, typer.Option(help="Number of tasks that are no videos.", min=0)] = 100,
    videos: Annotated[int, typer.Option(help="Number of videos.", min=0)] = 2,
    frames: Annotated[int, typer.Option(help="Frames of each video.", min=1)] = 300,
    objects: Annotated[int, typer.Option(help="Tracked objects in each video.", min=0)] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.", min=0)] = 0,
    table_format: Annotated[str, typer.Option("--format", help="ndjson or parquet")] = "ndjson",
    frames_table: Annotated[
        bool, typer.Option("--frames-table", help="Keep part of the rows of videos in a table of their own.")
    ] = False,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="Give tasks the keys that only the legacy generation uses.")
    ] = False,
    issues: Annotated[
        int | None,
        typer.Option(help="Number of records of a table `issues`; without it, no such table.", min=0),
    ] = None,
) -> None:
    """Write realistic input tables."""
    from framehaul.pipelines.sample.sample_command import write_with_progress  # noqa: PLC0415

    write_with_progress(
        directory, tasks, videos, frames, objects, seed, table_format, frames_table, legacy, issues
    )
