"""Observe runs, for those who watch them: with Prometheus, OpenTelemetry, and warnings in the summary of a run."""

from collections.abc import Iterator
from contextlib import contextmanager

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.telemetry.pace import slowness
from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.telemetry.traces import trace_run
from framehaul.transforms.errors import TakenError
from framehaul.transforms.exports.manifest import Manifest

_MOST_NAMED = 3


@contextmanager
def observe_run(config: ExportConfig, export: str) -> Iterator[list[Manifest]]:
    """Watch a run, whose manifest is put into the list when it is there; of one that is refused nothing is told.

    Args:
        export: name of the config, by which runs of several configs are told apart.

    Raises:
        ConfigError: a package that the config asks for is missing.
    """
    with trace_run(export, on=config.metrics.opentelemetry) as finished:
        try:
            yield finished
        except TakenError:
            raise  # another run says what comes of the export
        except BaseException:
            _tell_prometheus(config, export, None)
            raise
        _tell_prometheus(config, export, finished[0])


def _tell_prometheus(config: ExportConfig, export: str, manifest: Manifest | None) -> None:
    if config.metrics.textfile is None and config.metrics.pushgateway is None:
        return
    from framehaul.pipelines.telemetry.figures import publish_figures  # noqa: PLC0415 - a tenth of a second, for those who want it

    for problem in publish_figures(config.metrics, export, manifest):
        log("figures_not_published", error=problem)


def warnings_of(manifest: Manifest, config: ExportConfig) -> list[str]:
    """Warnings about a run that is done."""
    warnings = []
    if changed := [file.url for file in manifest.source if file.changed_while_read is True]:
        more = f" and {len(changed) - _MOST_NAMED:,} more" if len(changed) > _MOST_NAMED else ""
        warnings.append(
            f"{', '.join(changed[:_MOST_NAMED])}{more} changed while the run went on: "
            "the export may hold old and new records; run it again"
        )
    table = manifest.kind.tables[0]
    if not manifest.counts.get(table.exported) and (number := manifest.counts.get(table.not_selected)):
        warnings.append(
            f"none of the {number:,} {table.words} read was selected: "
            "is each name under `export`, of a stage or a batch, written as in the tables?"
        )
    if slow := slowness(manifest, output_store(config)):
        warnings.append(slow)
    return warnings
