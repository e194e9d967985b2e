"""Run an export for a person or a log: progress, summary, errors in plain words."""

import time
from collections.abc import Sequence

import typer

from pipelines.config import ExportConfig
from pipelines.lean_beam import lean_beam
from pipelines.log_redaction import redact_logs
from pipelines.progress import log, quiet_beam
from transforms.counts import Count, Progress
from transforms.errors import ExportError
from transforms.formats.manifest import Manifest
from transforms.progress_board import BOARD
from transforms.records.tally import BALANCES


def run_with_report(
    config: ExportConfig, export_id: str | None, beam_flags: Sequence[str], *, resume: bool = False
) -> Manifest:
    """Run an export, telling what happens.

    Raises:
        ExportError: whatever went wrong on purpose, wherever it happened.
    """
    quiet_beam()
    redact_logs(config.limits.redact)
    with lean_beam():
        from pipelines.run import run  # noqa: PLC0415 - imports Beam, which the lines before prepare

    began = time.monotonic()
    try:
        manifest = run(config, export_id, beam_flags, resume=resume)
    except ExportError as error:
        log("run_failed", error=str(error))
        raise
    seconds = time.monotonic() - began
    kept = BOARD.totals()[Progress.SHARDS_KEPT]
    log(
        "run_finished",
        export_id=manifest.export_id,
        seconds=round(seconds, 1),
        shards_kept=kept,
        counts=manifest.counts,
    )
    typer.echo(summary(manifest, config, seconds))
    if kept:
        typer.echo(f"  {kept:,} of {len(manifest.shards):,} shards were there already")
    return manifest


def summary(manifest: Manifest, config: ExportConfig, seconds: float) -> str:
    """What became of every record, in a few lines."""
    counts = manifest.counts
    size = sum(shard.size_bytes for shard in manifest.shards)
    read = sum(source.bytes for source in manifest.source)
    tables = {read: parts for read, parts in BALANCES.items() if counts[read] or read != Count.FRAMES_READ}
    lines = [
        f"{manifest.export_id}: {counts[Count.RECORDS]:,} records of {counts[Count.ASSETS]:,} assets in "
        f"{len(manifest.shards):,} shards, {size / 1e6:,.1f} MB, {seconds:.1f} s ({read / 1e6 / max(seconds, 0.001):,.0f} MB/s read)",
        *(f"  {_TABLES[read]:13}  {_sum(counts, read, parts)}" for read, parts in tables.items()),
    ]
    if (longest := max((shard.max_line_bytes for shard in manifest.shards), default=0)) > (
        limit := config.output.max_line_bytes
    ):
        lines.append(
            f"  warning        a line has {longest:,} bytes, as a single row is longer than {limit:,}"
        )
    if (letters := manifest.dead_letters).count:
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in letters.by_reason.items())
        allowed = config.limits.max_dead_letters
        lines.append(
            f"  set aside      {letters.count:,} ({reasons}), allowed {allowed:,}; see {letters.path}"
        )
    lines.append(f"  {config.output.url.rstrip('/')}/{manifest.export_id}/")
    return "\n".join(lines)


_TABLES = {
    Count.TASKS_READ: "tasks",
    Count.STAGE_HISTORY_READ: "stage history",
    Count.FRAMES_READ: "frames",
}


def _sum(counts: dict[str, int], read: Count, parts: Sequence[Count]) -> str:
    shown = " + ".join(f"{counts[part]:,} {_words(part)}" for part in parts)
    return f"{counts[read]:,} read = {shown}"


_WORDS = {
    "Exported": "exported",
    "NotSelected": "not selected",
    "duplicate": "duplicate",
    "orphan": "without task",
    "deadLetter": "set aside",
}


def _words(name: Count) -> str:
    return next(words for mark, words in _WORDS.items() if mark in name)
