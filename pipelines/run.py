"""Carry one export out: look at the input, run the pipeline, tell what came of it."""

import itertools
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from pipelines.config import ExportConfig
from pipelines.export import ExportPlan, build
from pipelines.progress import log, watched
from pipelines.runners import beam_options, direct_runner, flags_of, worker_count
from pipelines.source_tables import selection_of, sources_of
from pipelines.spill_folders import keep_beam_in, spill_folder
from pipelines.unfinished import unfinished_export
from pipelines.worker_errors import raised_plainly
from transforms.errors import ConfigError
from transforms.exchange.blocks import Exchange
from transforms.formats.manifest import MANIFEST_NAME, Manifest, parse_manifest
from transforms.formats.splits import Split, format_of, numbered, split_table
from transforms.parts.finished import RecordOptions
from transforms.records.selection import Fields
from transforms.runs.claims import beating
from transforms.runs.run_record import InputFile, RunRecord, run_record
from transforms.runs.shard_records import FinishedShards
from transforms.storage.access_check import refuse_unusable
from transforms.storage.object_store import ObjectStore
from transforms.storage.options import StorageOptions
from transforms.storage.source_files import SourceFile
from transforms.video.expansion import VideoOptions
from transforms.write_manifest import ExportFacts

_SPLIT_BYTES = 32 << 20
_PARTITION_BYTES = 16 << 20
_MOST_KEYS = 1024  # the launching process holds a reference for every key of every block that workers pass on
_INFLATED = 8  # how much larger compressed input and Parquet may become
_EXCHANGE_BUDGET = 48 << 20


def run(
    config: ExportConfig,
    export_id: str | None = None,
    beam_flags: Sequence[str] = (),
    *,
    resume: bool = False,
) -> Manifest:
    """Run an export to its end and return its manifest.

    Args:
        resume: go on with the unfinished export of that id, keeping the shards that are finished.

    Raises:
        ConfigError, HeldError, SourceError, StorageError, AccountingError, WorkerDiedError.
    """
    started = datetime.now(UTC)
    options = StorageOptions(config.storage)
    flags = [*flags_of(config.runner.options), *beam_flags]
    beam_options(flags)  # refuses what is wrong before anything is touched
    sources = sources_of(config, options)
    for file in itertools.chain.from_iterable(sources.values()):
        format_of(file.url)
    record = _run_record(config, _export_id(config, export_id, started, resume=resume), started, sources)
    output = ObjectStore(config.output.url.rstrip("/"), options)
    refuse_unusable(output)
    input_bytes = sum(file.size for files in sources.values() for file in files)
    with unfinished_export(output, record, resume=resume) as finished, spill_folder() as folder:
        plan = _plan(config, record, options, sources, folder, finished)
        workers = worker_count(config.runner.workers, input_bytes)
        log("run_started", export_id=plan.facts.export_id, input_bytes=input_bytes, workers=workers)
        flags = [*flags_of(config.runner.options), *beam_flags]
        # Workers are forked before any thread starts.
        with (
            raised_plainly(),
            direct_runner(workers, flags) as pipeline,
            beating(finished.claim),
            watched(input_bytes),
        ):
            keep_beam_in(folder, pipeline)
            build(pipeline, plan)
            pipeline.run().wait_until_finish()
    return parse_manifest(plan.folder.read(MANIFEST_NAME), plan.folder.url_of(MANIFEST_NAME))


def _export_id(config: ExportConfig, given: str | None, started: datetime, *, resume: bool) -> str:
    """The id is a folder's name on every store, so it is a plain word."""
    if given is None and resume:
        raise ConfigError("--resume goes on with an export that has been begun: name it with --export-id")
    if given is None:
        project = re.sub(r"[^A-Za-z0-9._-]", "-", config.export.project or "all")
        return f"{project}-{started:%Y%m%dT%H%M%SZ}"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", given):
        raise ConfigError(
            f"--export-id is {given!r}; allowed are letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )
    return given


def _run_record(
    config: ExportConfig, export_id: str, started: datetime, sources: dict[str, list[SourceFile]]
) -> RunRecord:
    started_at = started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    files = [
        InputFile(table=table, url=file.url, bytes=file.size, version=file.version)
        for table, some in sources.items()
        for file in some
    ]
    return run_record(export_id, started_at, config.model_dump(mode="json"), files)


def _plan(  # noqa: PLR0913, PLR0917 - all that is known at the start of a run
    config: ExportConfig,
    record: RunRecord,
    options: StorageOptions,
    sources: dict[str, list[SourceFile]],
    spill: str,
    finished: FinishedShards,
) -> ExportPlan:
    splits = numbered(
        split
        for table, files in sources.items()
        for split in split_table(table, files, options, _SPLIT_BYTES)
    )
    record_bytes = sum(_record_bytes(split) for split in splits)
    return ExportPlan(
        facts=ExportFacts(
            export_id=record.export_id,
            started_at=record.started_at,
            version=version("framehaul"),
            config=config.model_dump(mode="json"),
            sources=[(table, file.url, file.size) for table, files in sources.items() for file in files],
            claim=finished.claim,
        ),
        output=ObjectStore(config.output.url.rstrip("/"), options),
        source_options=options,
        splits=splits,
        selection=selection_of(config),
        fields=Fields(**config.export.fields.model_dump()),
        exchange=Exchange(spill, _EXCHANGE_BUDGET),
        partitions=max(1, min(_MOST_KEYS, record_bytes // _PARTITION_BYTES)),
        groups=max(1, min(_MOST_KEYS, 4 * record_bytes // config.output.shard_bytes)),
        records=RecordOptions(
            with_history=config.export.fields.stage_history,
            max_line_bytes=config.output.max_line_bytes,
            shard_bytes=config.output.shard_bytes,
            video=VideoOptions(**config.export.video.model_dump()),
        ),
        compression=config.output.compression,
        redact=frozenset(config.limits.redact),
        finished=finished,
    )


def _record_bytes(split: Split) -> int:
    compressed = split.compression != "none" or split.file_format == "parquet"
    return split.stored_bytes * (_INFLATED if compressed else 1)
