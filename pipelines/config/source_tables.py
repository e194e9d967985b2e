"""Input of an export as a config names it: its files, and the selection of tasks."""

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import storage_options
from framehaul.transforms.records.fields import Fields, LegacyToggles
from framehaul.transforms.records.selection import Between, Selection
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.source_files import SourceFile
from framehaul.transforms.tables import STAGE_HISTORY


def tables_read(config: ExportConfig) -> dict[str, list[str]]:
    """The URLs of every table that an export reads; a table without any is left out."""
    urls = {table.name: getattr(config.source, table.name) for table in config.export.kind.tables}
    if not config.export.reads_stage_history:
        urls.pop(STAGE_HISTORY.name, None)
    return {table: patterns for table, patterns in urls.items() if patterns}


def sources_of(config: ExportConfig) -> dict[str, list[SourceFile]]:
    """List the files of every table that an export reads.

    Raises:
        SourceError: a URL matches nothing, or its store cannot be listed.
    """
    options = storage_options(config)
    return {table: list_files(patterns, options) for table, patterns in tables_read(config).items()}


def selection_of(config: ExportConfig) -> Selection:
    """The filters of ``export:``."""
    export = config.export
    return Selection(
        project=export.project,
        stages=frozenset(export.stages),
        batches=frozenset(export.batches),
        tasks=frozenset(export.tasks),
        task_types=frozenset(export.task_types),
        updated_at=Between(*export.updated_at.bounds()),
        created_at=Between(*export.created_at.bounds()),
    )


def fields_of(config: ExportConfig) -> Fields:
    """Fields that each record holds besides its core."""
    fields = config.export.fields
    return Fields(
        annotation_metadata=fields.annotation_metadata,
        stage_history=fields.stage_history,
        idle_blur_durations=fields.idle_blur_durations,
        legacy=LegacyToggles(**dict(fields.legacy)),
    )
