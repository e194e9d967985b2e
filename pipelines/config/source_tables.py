"""What a config says about its input: which files, and which tasks of them."""

from framehaul.pipelines.config.config import ExportConfig
from framehaul.transforms.records.fields import Fields, LegacyToggles
from framehaul.transforms.records.selection import Between, Selection
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile, list_files


def sources_of(config: ExportConfig, options: StorageOptions) -> dict[str, list[SourceFile]]:
    """The files of every table that an export reads.

    Raises:
        SourceError: a URL matches nothing, or its store cannot be listed.
    """
    if config.export.type == "issue":
        return {"issues": list_files(config.source.issues, options)}
    tables = {"tasks": config.source.tasks}
    if config.export.reads_stage_history:
        tables["stage_history"] = config.source.stage_history
    tables["frames"] = config.source.frames
    return {table: list_files(patterns, options) for table, patterns in tables.items() if patterns}


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
    legacy = values.pop("legacy")
    return Fields(**values, legacy=LegacyToggles(**legacy) if config.export.generation == "legacy" else None)
