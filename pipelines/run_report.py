"""Run an export for a person or a log: progress, summary, errors in plain words."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

import typer

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.engines.lean_beam import lean_beam
from framehaul.pipelines.export_name import default_export_id, export_name
from framehaul.pipelines.notify.notices import Notices
from framehaul.pipelines.telemetry.log_redaction import redact_logs
from framehaul.pipelines.telemetry.observed import observed, warnings_of
from framehaul.pipelines.telemetry.progress import log, quiet_beam
from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.errors import ExportError, FinishedError, StorageError, TakenError
from framehaul.transforms.exports.manifest import MANIFEST_NAME, Manifest, parse_manifest
from framehaul.transforms.exports.verdict import fault_of, verdict_of
from framehaul.transforms.runs.finished_export import refuse_whole
from framehaul.transforms.runs.progress_board import BOARD
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.tables import ISSUES, STAGE_HISTORY, TABLES, TASKS, Table


def run_with_report(  # noqa: PLR0913 - what a person may say of one run
    config: ExportConfig,
    export_id: str | None,
    beam_flags: Sequence[str],
    *,
    resume: bool = False,
    triggers: Sequence[str] = (),
    name: str = "export",
) -> Manifest:
    """Run an export, telling what happens.

    An export that is whole already is not run, and nobody but the person who asks is told anything of it.

    Args:
        resume: go on with an unfinished export; one that is whole is returned as it is.
        name: of the config, for those who watch several.

    Raises:
        FinishedError: without ``resume``, the export is there.
        ExportError: whatever went wrong on purpose, wherever it happened.
    """
    if export_id is None and not resume:
        export_id = default_export_id(config.export.project, datetime.now(UTC))
    notices = Notices(config, export_id)
    quiet_beam()
    redact_logs(config.limits.redact)
    # Dataflow's runner is one of what a lean Beam leaves out.
    with nullcontext() if config.runner.name == "dataflow" else lean_beam():
        from framehaul.pipelines.run import run  # noqa: PLC0415 - imports Beam, which the lines before prepare

    began = time.monotonic()
    try:
        with observed(config, name) as finished:
            export_id = export_name(export_id, config.export.project, datetime.now(UTC), resume=resume)
            _refuse_whole(config, export_id, resume=resume)
            manifest = run(config, export_id, beam_flags, resume=resume, triggers=triggers)
            finished.append(manifest)
    except TakenError as error:
        if resume and isinstance(error, FinishedError):
            return _already_whole(config, str(export_id))
        log("run_refused", error=str(error))
        raise
    except Exception as error:
        if isinstance(error, ExportError):
            log("run_failed", error=str(error))
        notices.failed(error, time.monotonic() - began)
        raise
    seconds = time.monotonic() - began
    _tell(manifest, config, seconds)
    notices.finished(manifest, seconds)
    return manifest


def _refuse_whole(config: ExportConfig, export_id: str, *, resume: bool) -> None:
    """Before anything else may fail, since what is wrong with this run is not wrong with an export that is there."""
    try:
        refuse_whole(output_store(config), export_id, resume=resume)
    except TakenError:
        raise
    except StorageError:
        return  # the run will say what is wrong with the store


def _already_whole(config: ExportConfig, export_id: str) -> Manifest:
    folder = ObjectStore(output_store(config).url_of(export_id), output_store(config).options)
    manifest = parse_manifest(folder.read(MANIFEST_NAME), folder.url_of(MANIFEST_NAME))
    log("already_whole", export_id=export_id, verdict=verdict_of(manifest))
    typer.echo(f"{export_id} is already whole, nothing was done: {folder.base_url}/")
    _tell_fault(manifest)
    return manifest


def _tell_fault(manifest: Manifest) -> None:
    if (fault := fault_of(manifest)) is not None:
        typer.echo(f"  failed         {fault}; the export is there, but does not become the latest")


def _tell(manifest: Manifest, config: ExportConfig, seconds: float) -> None:
    """A log line and the summary, with what is odd about the run."""
    warnings = warnings_of(manifest, config)
    kept = BOARD.totals()[Progress.SHARDS_KEPT]
    log(
        "run_finished",
        export_id=manifest.export_id,
        seconds=round(seconds, 1),
        shards_kept=kept,
        counts=manifest.counts,
        verdict=verdict_of(manifest),
        **({"error": fault} if (fault := fault_of(manifest)) else {}),
        **({"warnings": warnings} if warnings else {}),
    )
    typer.echo(summary(manifest, config, seconds))
    if kept:
        typer.echo(f"  {kept:,} of {len(manifest.shards):,} shards were there already")
    for warning in warnings:
        typer.echo(f"  warning        {warning}")
    _tell_fault(manifest)


def summary(manifest: Manifest, config: ExportConfig, seconds: float) -> str:
    """What became of every record, in a few lines."""
    counts = manifest.counts
    size = sum(shard.size_bytes for shard in manifest.shards)
    read = sum(source.bytes for source in manifest.source)
    lines = [
        f"{manifest.export_id}: {counts[Count.RECORDS]:,} records{_of_assets(counts)} in "
        f"{manifest.layout}, {size / 1e6:,.1f} MB, {seconds:.1f} s ({read / 1e6 / max(seconds, 0.001):,.0f} MB/s read)",
        *(f"  {table.words:13}  {_sum(counts, table)}" for table in _tables_told(counts)),
    ]
    longest = max((shard.max_line_bytes for shard in manifest.shards), default=0)
    if longest > (limit := config.output.max_line_bytes) and not manifest.is_single:
        lines.append(
            f"  warning        a line has {longest:,} bytes, as a single row is longer than {limit:,}"
        )
    if (letters := manifest.dead_letters).count:
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in letters.by_reason.items())
        allowed = config.limits.max_dead_letters
        lines.append(
            f"  set aside      {letters.count:,} ({reasons}), allowed {allowed:,}; see {letters.path}"
        )
    lines.append(f"  {output_store(config).url_of(manifest.export_id)}/")
    return "\n".join(lines)


def _tables_told(counts: dict[str, int]) -> list[Table]:
    """Those that were read, and those that hold what is exported, be it nothing."""
    expected = [ISSUES] if ISSUES.read in counts else [TASKS, STAGE_HISTORY]
    return [table for table in TABLES.values() if counts.get(table.read) or table in expected]


def _of_assets(counts: dict[str, int]) -> str:
    return "" if ISSUES.read in counts else f" of {counts[Count.ASSETS]:,} assets"


def _sum(counts: dict[str, int], table: Table) -> str:
    shown = " + ".join(f"{counts[fate]:,} {words}" for fate, words in table.fates.items())
    return f"{counts[table.read]:,} read = {shown}"
