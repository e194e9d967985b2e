"""Plan a run: from a config and its input, make all that the steps of an export need to know."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.source_tables import fields_of, selection_of, tables_read
from framehaul.pipelines.config.stores import output_store, storage_options
from framehaul.pipelines.export import ExportPlan
from framehaul.transforms.exchange.blocks import Exchange
from framehaul.transforms.exports.manifest import Trigger
from framehaul.transforms.exports.output_form import Archive, OutputForm, archive_path, form_of_config
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.runs.export_results import ExportFacts
from framehaul.transforms.runs.run_record import InputFile, RunRecord, run_record
from framehaul.transforms.runs.shard_records import FinishedShards
from framehaul.transforms.shards.shard_forms import ShardForms
from framehaul.transforms.sources.splits import Split, number_splits, split_table
from framehaul.transforms.storage.source_files import SourceFile
from framehaul.transforms.storage.source_state import SourceState
from framehaul.transforms.video.expansion import VideoOptions

Sources = dict[str, list[SourceFile]]

_SPLIT_BYTES = 32 << 20
_PARTITION_BYTES = 32 << 20
_MOST_KEYS = 1024  # the launching process holds a reference for every key of every block that workers pass on
_MOST_SHUFFLED_KEYS = 1 << 20  # an engine's own shuffle holds nothing there
_INFLATED = 8  # how much larger compressed input and Parquet may become


def record_of(config: ExportConfig, export_id: str, started: datetime, sources: Sources) -> RunRecord:
    """Record of a run: its input, settings and programs."""
    started_at = started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    files = [
        InputFile(table=table, url=file.url, bytes=file.size, version=file.version)
        for table, some in sources.items()
        for file in some
    ]
    return run_record(export_id, started_at, config.manifest_settings(), files)


def plan_of(  # noqa: PLR0913, PLR0917 - all that is known at the start of a run
    config: ExportConfig,
    record: RunRecord,
    sources: Sources,
    exchange: Exchange,
    finished: FinishedShards | None,
    triggers: Sequence[Trigger] = (),
) -> ExportPlan:
    """Make the plan of a run.

    Args:
        record: see ``record_of``.
        exchange: how blocks travel.
        finished: shards of an earlier run, and the claim of this one; ``None`` where nobody waits for the run.
        triggers: why it runs.
    """
    options = storage_options(config)
    splits = number_splits(
        split
        for table, files in sources.items()
        for split in split_table(table, files, options, _SPLIT_BYTES)
    )
    record_bytes = sum(_record_bytes(split) for split in splits)
    most_keys = _MOST_KEYS if exchange.spill_folder else _MOST_SHUFFLED_KEYS
    facts = _facts(config, record, sources, finished, triggers)
    form = _output_form(config, facts)
    return ExportPlan(
        facts=facts,
        output=output_store(config),
        source_options=options,
        splits=splits,
        selection=selection_of(config),
        fields=fields_of(config),
        exchange=exchange,
        partitions=max(1, min(most_keys, record_bytes // _PARTITION_BYTES)),
        groups=max(1, min(most_keys, 4 * record_bytes // config.output.shard_bytes)),
        records=_record_options(config, form),
        max_record_bytes=config.limits.max_record_bytes,
        forms=ShardForms(form, exchange.spill_folder),
        redact=frozenset(config.limits.redact),
        finished=finished,
        kind=config.export.kind,
    )


def _facts(
    config: ExportConfig,
    record: RunRecord,
    sources: Sources,
    finished: FinishedShards | None,
    triggers: Sequence[Trigger],
) -> ExportFacts:
    return ExportFacts(
        export_id=record.export_id,
        started_at=record.started_at,
        version=version("framehaul"),
        config=config.manifest_settings(),
        sources=[(table, file.url, file.size) for table, files in sources.items() for file in files],
        claim=finished.claim if finished is not None else None,
        source_state=SourceState.of(
            list(itertools.chain.from_iterable(tables_read(config).values())),
            itertools.chain.from_iterable(sources.values()),
            storage_options(config),
        ),
        triggers=triggers,
    )


def _record_options(config: ExportConfig, form: OutputForm) -> RecordOptions:
    return RecordOptions(
        with_history=config.export.reads_stage_history,
        max_line_bytes=config.output.max_line_bytes,
        shard_bytes=config.output.shard_bytes,
        video=VideoOptions(
            only_key_frames=config.export.video.only_key_frames,
            key_frame_flag=config.export.video.key_frame_flag,
            layout=config.export.video.layout,
            counts_all_answers=config.export.generation == "legacy",
        ),
        splits=not form.is_single,
    )


def _output_form(config: ExportConfig, facts: ExportFacts) -> OutputForm:
    """The form that readers will find in the manifest, and the archive."""
    started = datetime.fromisoformat(facts.started_at)
    path = archive_path(config.export.project, config.export.type, started)
    archive = Archive(path, started) if config.output.zip else None
    return replace(form_of_config(facts.config), archive=archive)


def _record_bytes(split: Split) -> int:
    compressed = split.compression != "none" or split.file_format == "parquet"
    return split.stored_bytes * (_INFLATED if compressed else 1)
