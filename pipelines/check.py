"""Tell a person whether an export can be done, without doing it."""

import typer

from framehaul.pipelines.config.config import ExportConfig
from framehaul.transforms.storage.access_check import check_sources, check_target
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions


def print_check(config: ExportConfig) -> bool:
    """Print one line for each thing that was tried; whether all went well."""
    options = StorageOptions(config.storage)
    tables = {name: urls for name, urls in config.source if _is_read(config, name)}
    all_well = True
    for findings in (
        check_target(ObjectStore(config.output.url.rstrip("/"), options)),
        check_sources(tables, options),
    ):
        for finding in findings:
            typer.echo(f"{'ok    ' if finding.problem is None else 'FAILED'}  {finding.tried}")
            if finding.problem is not None:
                typer.echo(f"        {finding.problem}")
                all_well = False
    return all_well


def _is_read(config: ExportConfig, table: str) -> bool:
    if table == "stage_history":
        return config.export.reads_stage_history
    return (table == "issues") == (config.export.type == "issue")
