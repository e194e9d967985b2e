"""Run one export: look at the input, hold the folder, and run the pipeline to its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from framehaul.pipelines.carry_out import carry_out, keep_folder_held
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.runners import refuse_local_urls
from framehaul.pipelines.config.source_tables import sources_of
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.engines.direct_run import worker_count
from framehaul.pipelines.engines.engine import Engine, engine_of
from framehaul.pipelines.engines.exchange_folder import open_exchange
from framehaul.pipelines.engines.spill_folders import make_spill_folder
from framehaul.pipelines.export_name import export_name
from framehaul.pipelines.export_plan import plan_of, record_of
from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.trigger_text import trigger_of
from framehaul.pipelines.unfinished import hold_unfinished_export
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exchange.sections import FOLDER
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.runs.claims import refuse_held
from framehaul.transforms.runs.finished_export import refuse_finished
from framehaul.transforms.runs.run_record import RunRecord
from framehaul.transforms.runs.shard_records import FinishedShards
from framehaul.transforms.storage.access_check import refuse_unusable
from framehaul.transforms.storage.object_store import ObjectStore

_EXCHANGE_BUDGET = 48 << 20


def run(
    config: ExportConfig,
    export_id: str | None = None,
    beam_flags: Sequence[str] = (),
    *,
    resume: bool = False,
    triggers: Sequence[str] = (),
) -> Manifest:
    """Run an export to its end and return its manifest.

    Args:
        resume: go on with the unfinished export of that id, keeping the shards that are finished.
        triggers: why it runs, each as ``RULE=REASON``.

    Raises:
        ConfigError, FinishedError, HeldError, SourceError, StorageError, AccountingError, EngineError.
    """
    engine = engine_of(config.runner, beam_flags)
    if not engine.waits:
        raise ConfigError(
            "--template_location: a run sees its job to the end; templates are for framehaul.pipelines.flex_template"
        )
    folder = start(config, export_id, engine, resume=resume, triggers=triggers)
    return open_export(folder).manifest


def start(
    config: ExportConfig,
    export_id: str | None,
    engine: Engine,
    *,
    resume: bool = False,
    triggers: Sequence[str] = (),
) -> ObjectStore:
    """Run an export to its end, or as far as ``engine`` waits for it, and return its folder. Raises like ``run``."""
    started = datetime.now(UTC)
    reasons = [trigger_of(text) for text in triggers]
    refuse_local_urls(engine.name, [config.output.url, *_source_urls(config)])
    engine.refuse_absent()
    sources = sources_of(config)
    name = export_name(export_id, config.export.project, started, resume=resume)
    record = record_of(config, name, started, sources)
    output = output_store(config)
    refuse_unusable(output)
    with (
        _hold_folder(engine, output, record, resume=resume) as finished,
        make_spill_folder() as own_folder,
        open_exchange(engine.exchange, own_folder, _EXCHANGE_BUDGET, output.options, name) as exchange,
    ):
        with keep_folder_held(finished):  # thousands of Parquet files take minutes to look into
            plan = plan_of(config, record, sources, exchange, finished, reasons)
        input_bytes = sum(file.size for files in sources.values() for file in files)
        workers = worker_count(config.runner.workers, input_bytes)
        facts = {"workers": workers} if engine.name == "direct" else {"runner": engine.name}
        log("run_started", export_id=name, input_bytes=input_bytes, **facts)
        carry_out(plan, engine, workers, input_bytes, own_folder)
        for path in plan.folder.paths(FOLDER) if engine.waits and exchange.spill_folder is None else ():
            plan.folder.delete(path)
    return plan.folder


@contextmanager
def _hold_folder(
    engine: Engine, output: ObjectStore, record: RunRecord, *, resume: bool
) -> Iterator[FinishedShards | None]:
    """Hold the folder until the run ends; with a template, whose end nobody waits for, only check that it is free."""
    if engine.waits:
        with hold_unfinished_export(output, record, resume=resume) as finished:
            yield finished
        return
    folder = ObjectStore(output.url_of(record.export_id), output.options)
    refuse_finished(folder)
    refuse_held(folder)
    yield None


def _source_urls(config: ExportConfig) -> list[str]:
    source = config.source
    return [*source.tasks, *source.stage_history, *source.frames, *source.issues]
