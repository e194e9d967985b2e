"""Carry an export out on its engine, and wait for the end."""

import re
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import GoogleCloudOptions

from framehaul.pipelines.config.runners import import_runner
from framehaul.pipelines.engines.dataflow_job import DataflowJob
from framehaul.pipelines.engines.direct_run import direct_pipeline
from framehaul.pipelines.engines.engine import Engine
from framehaul.pipelines.engines.engine_errors import translate_engine_errors
from framehaul.pipelines.engines.portable_job import PortableJob, listen_on_loopback
from framehaul.pipelines.engines.spill_folders import move_beam_folder
from framehaul.pipelines.engines.worker_errors import reraise_worker_errors
from framehaul.pipelines.export import ExportPlan, build
from framehaul.pipelines.telemetry.progress import show_progress
from framehaul.transforms.runs.claims import keep_claim_alive
from framehaul.transforms.runs.shard_records import FinishedShards


def carry_out(plan: ExportPlan, engine: Engine, workers: int, input_bytes: int, own_folder: str) -> None:
    """Run the whole export; with a template, only write the description of the job.

    Args:
        workers: processes of this machine, 0 for none; other engines have flags for that.
        input_bytes: as stored.
        own_folder: of this run, on this machine.

    Raises:
        ExportError: whatever went wrong on purpose, here or on a worker; ``EngineError`` for the engine itself.
    """
    if engine.name != "direct":
        _run_on_engine(plan, engine, input_bytes, own_folder)
        return
    # Workers are forked before any thread starts.
    with (
        reraise_worker_errors(),
        direct_pipeline(workers, engine.flags) as pipeline,
        keep_folder_held(plan.finished),
        show_progress(input_bytes),
    ):
        move_beam_folder(own_folder, pipeline)
        build(pipeline, plan)
        pipeline.run().wait_until_finish()


def keep_folder_held(finished: FinishedShards | None) -> AbstractContextManager[None]:
    """Show other runs that the folder of an export is held, until the context ends."""
    return keep_claim_alive(finished.claim) if finished is not None else nullcontext()


def _run_on_engine(plan: ExportPlan, engine: Engine, input_bytes: int, own_folder: str) -> None:
    listen_on_loopback()
    _name_job(plan, engine)
    pipeline = beam.Pipeline(runner=import_runner(engine.name)(), options=engine.options)
    move_beam_folder(own_folder, pipeline)
    build(pipeline, plan)
    # The board counts in this process alone; of others there is the state of the job.
    progress = show_progress(input_bytes) if engine.is_in_this_process else nullcontext()
    with translate_engine_errors(engine), keep_folder_held(plan.finished), progress:
        job = _job(engine, pipeline.run())
        if not engine.waits:
            return
        try:
            job.wait()
        except BaseException:  # a run that is stopped, too, leaves no job behind
            job.cancel()
            raise


def _name_job(plan: ExportPlan, engine: Engine) -> None:
    """Name the job after its export: Dataflow shows jobs by name, and runs no two of one name at a time."""
    options = engine.options.view_as(GoogleCloudOptions)
    if not options.job_name:
        words = re.sub(r"[^a-z0-9]+", "-", plan.facts.export_id.lower()).strip("-")
        options.job_name = f"framehaul-{words}"[:60].rstrip("-")


def _job(engine: Engine, result: Any) -> PortableJob | DataflowJob:
    return DataflowJob(result, engine) if engine.name == "dataflow" else PortableJob(result, engine)
