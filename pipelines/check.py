"""Tell a person whether an export can be done, without doing it."""

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.source_tables import tables_read
from framehaul.pipelines.config.stores import output_store, storage_options
from framehaul.pipelines.terminal import say
from framehaul.transforms.storage.access_check import check_sources, check_target


def print_check(config: ExportConfig) -> bool:
    """Print one line for each thing that was tried; returns whether all went well."""
    all_well = True
    for findings in (
        check_target(output_store(config)),
        check_sources(tables_read(config), storage_options(config)),
    ):
        for finding in findings:
            say(f"{'ok    ' if finding.problem is None else 'FAILED'}  {finding.tried}")
            if finding.problem is not None:
                say(f"        {finding.problem}")
                all_well = False
    return all_well
