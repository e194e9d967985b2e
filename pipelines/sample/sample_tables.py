"""The tables of a sample on disk, from the first task to the last.

The bytes are the same for the same arguments, in every process and on every machine (Parquet: with one
release of pyarrow, which decides on pages and writes its name into the footer). A task depends on the
seed and its own number only: a larger sample begins with the tasks of a smaller one. A change of the
tasks of a seed makes all earlier benchmark figures incomparable; so a test holds the first bytes.

A record is written as soon as it is made: only one record is held and, for Parquet, one row group.
A video's record grows with its frames: a sample of very long videos needs about seven times the size of
the longest.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from framehaul.pipelines.sample.assets import Record
from framehaul.pipelines.sample.legacy_keys import add_legacy_keys
from framehaul.pipelines.sample.sample_frames import MovedRecords, move_rows
from framehaul.pipelines.sample.sample_issues import sample_issues
from framehaul.pipelines.sample.sample_tasks import TaskRecords, ordinary_task, video_task
from framehaul.pipelines.sample.table_files import (
    LEGACY_TASKS,
    NumberedFiles,
    TableFormat,
    remove_numbered_files,
)
from framehaul.transforms.errors import ConfigError


def write_sample(  # noqa: PLR0913 - one argument per flag of the command
    directory: Path,
    *,
    tasks: int = 100,
    videos: int = 2,
    frames: int = 300,
    objects: int = 3,
    seed: int = 0,
    table_format: TableFormat = "ndjson",
    frames_table: bool = False,
    legacy: bool = False,
    issues: int | None = None,
    report: Callable[[int], None] | None = None,
) -> list[Path]:
    """Write the tables ``tasks`` and ``stage_history`` of made-up projects into ``directory``.

    Files are ``tasks-00000.ndjson``, ``stage-history-00000.ndjson`` and so on; files of an earlier
    sample with such names are replaced or removed. If anything fails, no file of this sample is left.
    100,000 tasks are 619 MB of NDJSON together with their 300,000 records of stage history.

    Args:
        directory: made if it is not there.
        tasks: ordinary tasks; of fifty in a row five are consensus tasks that share two assets.
        videos: video tasks, which come after the ordinary ones.
        frames: length of every video, in frames.
        objects: tracked objects in every video.
        legacy: adds the keys that only the legacy generation uses to every task.
        issues: number of records of a fourth table, ``issues``; ``None`` for no such table.
        frames_table: moves part of the rows of videos to a third table, ``frames``; the rows are the same.
        report: called now and then with the bytes written since the last call.

    Returns:
        The files written, tasks first.

    Raises:
        ConfigError: a number is negative, or a video has no frame.
    """
    _check({"tasks": tasks, "videos": videos, "objects": objects, "issues": issues or 0}, frames)
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("frames", "issues"):  # rows of an earlier sample belong to no task of this one
        remove_numbered_files(directory, name, table_format)
    names = ("tasks", "stage-history", "frames") if frames_table else ("tasks", "stage-history")
    columns = {"tasks": LEGACY_TASKS} if legacy else {}
    tables = [
        NumberedFiles(directory, name, table_format, report or _ignore, columns.get(name)) for name in names
    ]
    try:
        records = sample_records(tasks, videos, frames, objects, seed)
        _fill(add_legacy_keys(records, seed) if legacy else records, *tables)
        if issues is not None:
            tables.append(NumberedFiles(directory, "issues", table_format, report or _ignore))
            _fill_issues(sample_issues(issues, tasks, seed), tables[-1])
    except BaseException:  # also on Ctrl-C: half a sample must not look like a whole one
        for table in tables:
            table.discard()
        raise
    return [path for table in tables for path in table.paths]


def sample_records(tasks: int, videos: int, frames: int, objects: int, seed: int) -> Iterator[TaskRecords]:
    """The records of a sample as a stream, one task at a time."""
    for index in range(tasks):
        yield ordinary_task(seed, index)
    for index in range(videos):
        yield video_task(seed, index, frames, objects)


def _fill(
    records: Iterator[TaskRecords],
    tasks: NumberedFiles,
    stage_history: NumberedFiles,
    frames: NumberedFiles | None = None,
) -> None:
    for each in records:
        task, visits, rows = MovedRecords(*each, []) if frames is None else move_rows(each)
        tasks.add(task)
        for visit in visits:
            stage_history.add(visit)
        if frames is not None:
            for row in rows:
                frames.add(row)
    for table in (tasks, stage_history, frames):
        if table is not None:
            table.close()


def _fill_issues(records: Iterator[Record], table: NumberedFiles) -> None:
    for record in records:
        table.add(record)
    table.close()


def _check(counts: dict[str, int], frames: int) -> None:
    problems = [f"{name} is {count}; it must be 0 or more" for name, count in counts.items() if count < 0]
    if frames < 1:
        problems.append(f"frames is {frames}; a video has at least 1")
    if problems:
        raise ConfigError("this sample cannot be made: " + "; ".join(problems))


def _ignore(_written: int) -> None:
    pass
