"""``framehaul sample``: write tables, and show the progress."""

from pathlib import Path
from typing import Literal, cast

from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.pipelines.terminal import console, say
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.storage.remedies import explain


def write_with_progress(  # noqa: PLR0913, PLR0917 - the command's options
    directory: Path,
    tasks: int,
    videos: int,
    frames: int,
    objects: int,
    seed: int,
    table_format: str,
    frames_table: bool,
    legacy: bool = False,
    issues: int | None = None,
) -> None:
    """Write the tables and print their paths.

    Raises:
        ConfigError: the format is not known, or a number makes no sense.
        StorageError: the disk does not take them.
    """
    if table_format not in {"ndjson", "parquet"}:
        raise ConfigError(f"--format is {table_format!r}; allowed are ndjson and parquet")
    columns = (TextColumn("writing"), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(err=True), transient=True) as progress:
        written = progress.add_task("writing", total=None)
        try:
            paths = write_sample(
                directory,
                tasks=tasks,
                videos=videos,
                frames=frames,
                objects=objects,
                seed=seed,
                table_format=cast(Literal["ndjson", "parquet"], table_format),
                frames_table=frames_table,
                legacy=legacy,
                issues=issues,
                report=lambda size: progress.advance(written, size),
            )
        except OSError as error:
            raise StorageError(f"could not write to {directory}: {explain(error, 'file')}") from None
    for path in paths:
        say(str(path))
