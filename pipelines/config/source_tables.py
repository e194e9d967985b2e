"""What a config says about its input: which files, and which tasks of them."""

from framehaul.pipelines.config.config import ExportConfig
from framehaul.transforms.records.fields import Fields, LegacyToggles
from framehaul.transforms.records.selection import Between, Selection
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile, list_files
from framehaul.transforms.tables import STAGE_HISTORY


def sources_of(config: ExportConfig, options: StorageOptions) -> dict[str, list[SourceFile]]:
    """The files of every table that an export reads.

    Raises:
        SourceError: a URL matches nothing, or its store cannot be listed.
    """
    patterns = {table.name: getattr(config.source, table.name) for table in config.export.kind.tables}
    if not config.export.reads_stage_history:
        patterns.pop(STAGE_HISTORY.name, None)
    return {table: list_files(some, options) for table, some in patterns.items() if some}


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
    """What each record holds besides its core."""
    values = config.export.fields.model_dump()
    return Fields(**{**values, "legacy": LegacyToggles(**values["legacy"])})
