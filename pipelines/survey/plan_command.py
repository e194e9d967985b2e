"""``framehaul plan``: the outlook on a run, as tables for a person or as JSON for a program."""

import msgspec
from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.survey.outlook import ExportOutlook
from framehaul.pipelines.survey.plan import plan_export
from framehaul.pipelines.terminal import TextTable, console, say, say_json

_MOST_SHOWN = 20


def print_plan(config: ExportConfig, *, as_json: bool) -> None:
    """Read the tables, show the progress, and print the plan.

    Raises:
        ConfigError: a table is not there or cannot be read.
    """
    columns = (TextColumn("reading"), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(err=True), transient=True) as progress:
        read = progress.add_task("reading", total=None)
        outlook = plan_export(config, lambda size: progress.advance(read, size))
    if as_json:
        say_json(msgspec.json.format(msgspec.json.encode(outlook)))
        return
    limit = config.limits.long_video_frames
    for table in (
        _input(outlook),
        _selection(outlook),
        _videos(outlook, limit),
        _long_assets(outlook),
        _output(outlook),
    ):
        if table.row_count:
            console().print(table)
    for note in outlook.notes:
        say(f"- {note}")


def _input(outlook: ExportOutlook) -> TextTable:
    columns = (
        "table",
        "files",
        "MB",
        "records",
        "selected",
        "not selected",
        "duplicates",
        "orphans",
        "set aside",
    )
    table = _table("input", *columns)
    for each in outlook.input:
        counts = (each.selected, each.not_selected, each.duplicates, each.orphans, each.set_aside)
        table.say(
            each.table, f"{each.files:,}", _megabytes(each.bytes), *map(_number, (each.records, *counts))
        )
    return table


def _selection(outlook: ExportOutlook) -> TextTable:
    table = _table("selection", "filter", "value", numbers=False)
    for name, value in _leaves(outlook.selection):
        table.say(name, value)
    return table


def _leaves(settings: dict[str, object], path: str = "") -> list[tuple[str, str]]:
    """Settings that are set, by path."""
    leaves = []
    for name, value in settings.items():
        if isinstance(value, dict):
            leaves += _leaves(value, f"{path}{name}.")
        elif value not in (None, []):
            leaves.append((path + name, ", ".join(value) if isinstance(value, list) else str(value)))
    return leaves


def _videos(outlook: ExportOutlook, limit: int) -> TextTable:
    long = sum(video.is_long for video in outlook.videos)
    title = f"videos: {len(outlook.videos):,}, with over {limit:,} annotated frames: {long:,}"
    table = _table(title, "asset", "task", "frames", "annotated", "over", "rows, about", "MB, about", texts=2)
    for video in outlook.videos[:_MOST_SHOWN]:
        table.say(
            video.asset_id,
            video.task_id,
            f"{video.frames:,}",
            f"{video.annotated_frames:,}",
            "over" if video.is_long else "",
            f"{video.estimated_rows:,}",
            _megabytes(video.estimated_bytes),
        )
    _say_rest(table, len(outlook.videos))
    return table


def _long_assets(outlook: ExportOutlook) -> TextTable:
    title = f"assets with shards of their own: {len(outlook.long_assets):,}"
    table = _table(title, "asset", "tasks", "MB, about", "shards, about")
    for asset in outlook.long_assets[:_MOST_SHOWN]:
        table.say(
            asset.asset_id,
            f"{asset.tasks:,}",
            _megabytes(asset.estimated_bytes),
            f"{asset.estimated_shards:,}",
        )
    _say_rest(table, len(outlook.long_assets))
    return table


def _output(outlook: ExportOutlook) -> TextTable:
    output = outlook.output
    table = _table("export, estimated", "url", "records", "MB", "shards")
    table.say(
        output.url,
        f"{output.estimated_records:,}",
        _megabytes(output.estimated_bytes),
        f"{output.estimated_shards:,}",
    )
    return table


def _table(title: str, *columns: str, texts: int = 1, numbers: bool = True) -> TextTable:
    """A table whose first columns are texts and the others numbers."""
    table = TextTable(title=title)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if numbers and index >= texts else "left", overflow="fold")
    return table


def _say_rest(table: TextTable, rows: int) -> None:
    if rows > _MOST_SHOWN:
        table.caption = f"and {rows - _MOST_SHOWN:,} more; --json lists all"


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
