"""Plan an export: read its tables, add up, and estimate its output."""

from collections.abc import Callable
from typing import Any

import numpy as np

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.source_tables import fields_of, selection_of, sources_of
from framehaul.pipelines.config.stores import storage_options
from framehaul.pipelines.survey.frames_survey import FramesSurvey
from framehaul.pipelines.survey.issue_survey import survey_issues
from framehaul.pipelines.survey.notes import notes_on
from framehaul.pipelines.survey.outlook import (
    ExportOutlook,
    LongAssetOutlook,
    OutputOutlook,
    TableOutlook,
    VideoOutlook,
)
from framehaul.pipelines.survey.stage_survey import StageSurvey
from framehaul.pipelines.survey.table_records import TableReader
from framehaul.pipelines.survey.task_survey import SurveyedTasks, TaskSurvey, Video
from framehaul.transforms.errors import ConfigError, SourceError
from framehaul.transforms.exports.output_form import form_of_config
from framehaul.transforms.kinds.kinds import ISSUE, LEGACY

_OF_TASKS = {"stages", "task_types", "generation", "fields", "video"}


def plan_export(config: ExportConfig, report: Callable[[int], None]) -> ExportOutlook:
    """Find out what ``framehaul run`` would do with this config.

    Memory grows with the number of tasks (34 bytes each, selected ones about 60) and of selected videos, not
    with their annotations. Nothing is written.

    Args:
        report: is called with the number of stored bytes that were read since the last call.

    Raises:
        ConfigError: there is no table at a URL, or it cannot be read.
    """
    try:
        return _plan(config, report)
    except SourceError as error:
        raise ConfigError(str(error)) from error


def _plan(config: ExportConfig, report: Callable[[int], None]) -> ExportOutlook:
    options = storage_options(config)
    sources = sources_of(config)
    outlooks = {
        table: TableOutlook(table, len(files), sum(file.size for file in files))
        for table, files in sources.items()
    }
    kind = config.export.kind.load(fields_of(config))
    readers = {
        table: TableReader(table, files, kind.row(table), options, report, config.limits.max_record_bytes)
        for table, files in sources.items()
    }
    if "issues" in readers:
        tasks = survey_issues(selection_of(config), readers["issues"], outlooks["issues"])
    else:
        survey = TaskSurvey(selection_of(config), config.export.video, rows_follow="frames" in readers)
        tasks = survey.read(readers["tasks"], outlooks["tasks"])
        _read_other_tables(config, tasks, readers, outlooks)
    long_assets, output = _output(config, tasks)
    return ExportOutlook(
        input=list(outlooks.values()),
        selection=_selection(config),
        output=output,
        videos=_videos(config, tasks),
        long_assets=long_assets,
        notes=notes_on(
            config, tasks.videos.values(), [file.url for files in sources.values() for file in files]
        ),
    )


def _selection(config: ExportConfig) -> dict[str, Any]:
    """The settings that matter for this export."""
    selection = config.export.model_dump(mode="json")
    if config.export.kind == ISSUE:
        return {name: value for name, value in selection.items() if name not in _OF_TASKS}
    if config.export.generation == "v3":
        del selection["fields"]["legacy"]
    return selection


def _read_other_tables(
    config: ExportConfig,
    tasks: SurveyedTasks,
    readers: dict[str, TableReader],
    outlooks: dict[str, TableOutlook],
) -> None:
    """Read the other tables; sizes of selected tasks become those of their records in the export."""
    frames = FramesSurvey(tasks, config, outlooks.get("frames", TableOutlook("frames", 0, 0)))
    if "frames" in readers:
        frames.read(readers["frames"])
    if "stage_history" in readers:
        stages = StageSurvey(tasks, config.export.video, frames.history)
        stages.read(readers["stage_history"], outlooks["stage_history"])
    frames.count_orphans()
    for key, video in tasks.videos.items():
        written = video.rows.totals(config.export.video).bytes
        tasks.winners.sizes[tasks.winners.position(key)] += written - video.embedded


def _videos(config: ExportConfig, tasks: SurveyedTasks) -> list[VideoOutlook]:
    videos = [
        _video(config, video, int(tasks.winners.sizes[tasks.winners.position(key)]))
        for key, video in tasks.videos.items()
    ]
    return sorted(videos, key=lambda video: (-video.annotated_frames, video.asset_id, video.task_id))


def _video(config: ExportConfig, video: Video, size: int) -> VideoOutlook:
    totals = video.rows.totals(config.export.video)
    return VideoOutlook(
        asset_id=video.asset_key,
        task_id=video.task_id,
        frames=video.frames,
        annotated_frames=totals.annotated_frames,
        is_long=totals.annotated_frames > config.limits.long_video_frames,
        estimated_rows=totals.rows,
        estimated_bytes=size,
    )


def _output(config: ExportConfig, tasks: SurveyedTasks) -> tuple[list[LongAssetOutlook], OutputOutlook]:
    """Estimate the objects: shards are cut as a run cuts them, long assets have their own, all others share."""
    selected = tasks.winners.selected
    sizes, shard_bytes = tasks.winners.sizes[selected], config.output.shard_bytes
    _, places, asset_of, counts = np.unique(
        tasks.winners.assets[selected], return_index=True, return_inverse=True, return_counts=True
    )
    asset_bytes = np.bincount(asset_of, sizes, counts.size).astype(np.int64)
    url, total = config.output.url, int(sizes.sum())
    record_sizes = asset_bytes if config.export.kind == LEGACY else sizes  # whose records are assets
    form = form_of_config(config.manifest_settings())
    if form.is_single:  # one object, and records are not cut
        return [], OutputOutlook(url, record_sizes.size, total, 1)
    records = int((-(-record_sizes // config.output.max_line_bytes)).sum())
    if form.is_by_asset:
        return [], OutputOutlook(url, records, total, counts.size)
    copies = tasks.winners.places[selected][places]
    long_assets = [
        LongAssetOutlook(
            tasks.copies.asset_name(int(copies[asset])), int(counts[asset]), size, -(-size // shard_bytes)
        )
        for asset in np.flatnonzero(asset_bytes > shard_bytes)
        for size in [int(asset_bytes[asset])]
    ]
    long_assets.sort(key=lambda asset: (-asset.estimated_bytes, asset.asset_id))
    shared = max(1, round(int(asset_bytes[asset_bytes <= shard_bytes].sum()) / shard_bytes))
    shards = shared + sum(asset.estimated_shards for asset in long_assets)
    return long_assets, OutputOutlook(url, records, total, shards)
