"""Run an export for a person or a log: progress, summary, errors in plain words."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.engines.lean_beam import hide_cloud_clients
from framehaul.pipelines.export_name import default_export_id, export_name
from framehaul.pipelines.notify.notices import Notices
from framehaul.pipelines.telemetry.log_redaction import redact_logs
from framehaul.pipelines.telemetry.observed import observe_run, warnings_of
from framehaul.pipelines.telemetry.progress import log, quiet_beam
from framehaul.pipelines.terminal import say
from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.errors import ExportError, FinishedError, StorageError, TakenError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.manifest import Manifest
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
    path: Path = Path("export"),
) -> Manifest:
    """Run an export, and tell what happens.

    An export that is whole already is not run, and nobody but the person who asks is told anything of it.

    Args:
        resume: go on with an unfinished export; one that is whole is returned as it is.
        path: of the config.

    Raises:
        FinishedError: without ``resume``, the export is there.
        ExportError: whatever went wrong on purpose, wherever it happened.
    """
    if export_id is None and not resume:
        export_id = default_export_id(config.export.project, datetime.now(UTC))
    notices = Notices(config, export_id)
    quiet_beam()
    redact_logs(config.limits.redact)
    # Dataflow's runner needs the cloud clients.
    with nullcontext() if config.runner.name == "dataflow" else hide_cloud_clients():
        from framehaul.pipelines.run import run  # noqa: PLC0415 - imports Beam, which the lines before prepare

    began = time.monotonic()
    try:
        with observe_run(config, path.stem) as finished:
            export_id = export_name(export_id, config.export.project, datetime.now(UTC), resume=resume)
            _refuse_whole(config, export_id, resume=resume)
            manifest = run(config, export_id, beam_flags, resume=resume, triggers=triggers)
            finished.append(manifest)
    except TakenError as error:
        if resume and isinstance(error, FinishedError):
            return _already_whole(config, str(export_id))
        log("run_refused", error=str(error))
        raise
    except BaseException as error:
        if not isinstance(error, Exception):
            _tell_how_to_resume(path, export_id)
            raise
        if isinstance(error, ExportError):
            log("run_failed", error=str(error))
        notices.tell_failure(error, time.monotonic() - began)
        raise
    seconds = time.monotonic() - began
    _tell(manifest, config, seconds)
    notices.tell_export(manifest, seconds)
    return manifest


def _tell_how_to_resume(path: Path, export_id: str | None) -> None:
    """To a person who has stopped a run: what it has finished is there."""
    if export_id is not None:
        say(
            f"{export_id} is unfinished; to go on: framehaul run {path} --export-id {export_id} --resume",
            err=True,
        )


def _refuse_whole(config: ExportConfig, export_id: str, *, resume: bool) -> None:
    """Before anything else may fail, since what is wrong with this run is not wrong with an export that is there."""
    try:
        refuse_whole(output_store(config), export_id, resume=resume)
    except TakenError:
        raise
    except StorageError:
        return  # the run will say what is wrong with the store


def _already_whole(config: ExportConfig, export_id: str) -> Manifest:
    output = output_store(config)
    export = open_export(ObjectStore(output.url_of(export_id), output.options))
    log("already_whole", export_id=export_id, verdict=verdict_of(export.manifest))
    say(f"{export_id} is already whole, nothing was done: {export.store.base_url}/")
    _tell_fault(export.manifest)
    return export.manifest


def _tell_fault(manifest: Manifest) -> None:
    if (fault := fault_of(manifest)) is not None:
        say(f"  failed         {fault}; the export is there, but does not become the latest")


def _tell(manifest: Manifest, config: ExportConfig, seconds: float) -> None:
    """Print a log line and the summary, with warnings about the run."""
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
    say(summary(manifest, config, seconds))
    if kept:
        say(f"  {kept:,} of {len(manifest.shards):,} shards were there already")
    for warning in warnings:
        say(f"  warning        {warning}")
    _tell_fault(manifest)


def summary(manifest: Manifest, config: ExportConfig, seconds: float) -> str:
    """Say in a few lines what became of every record."""
    counts = manifest.counts
    size = sum(shard.size_bytes for shard in manifest.shards)
    read = sum(source.bytes for source in manifest.source)
    lines = [
        f"{manifest.export_id}: {counts[Count.RECORDS]:,} records{_asset_words(counts)} in "
        f"{manifest.form.in_words(len(manifest.shards))}, {size / 1e6:,.1f} MB, {seconds:.1f} s ({read / 1e6 / max(seconds, 0.001):,.0f} MB/s read)",
        *(f"  {table.words:13}  {_balance_text(counts, table)}" for table in _tables_in_summary(counts)),
    ]
    longest = max((shard.max_line_bytes for shard in manifest.shards), default=0)
    if longest > (limit := config.output.max_line_bytes) and not manifest.form.is_single:
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


def _tables_in_summary(counts: dict[str, int]) -> list[Table]:
    """Tables that were read, and those that hold what is exported, even if nothing was read of them."""
    expected = [ISSUES] if ISSUES.read in counts else [TASKS, STAGE_HISTORY]
    return [table for table in TABLES.values() if counts.get(table.read) or table in expected]


def _asset_words(counts: dict[str, int]) -> str:
    return "" if ISSUES.read in counts else f" of {counts[Count.ASSETS]:,} assets"


def _balance_text(counts: dict[str, int], table: Table) -> str:
    shown = " + ".join(f"{counts[fate]:,} {words}" for fate, words in table.fates.items())
    return f"{counts[table.read]:,} read = {shown}"
