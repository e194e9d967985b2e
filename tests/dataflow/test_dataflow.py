"""Dataflow as far as it goes without Google: what is staged, what is submitted, and what that graph does."""

import base64
import bz2
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability import common_urns, python_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from isal import igzip

from dataflow.fake_service import JOB_ID, FakeDataflow, Json
from end_to_end.exports import export_here, settings, shard_hashes, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample
from storage.gcs_server import GcsServer
from storage.wanted_server import wanted_server

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".venv-dataflow" / "bin"
CONFIG = ROOT / "configs" / "export.dataflow.yaml"
SETTINGS = yaml.safe_load(CONFIG.read_text())
SECRET = "do-not-tell-4711"  # looked for in everything that leaves this machine
A_KEY = b"schemaId"  # which every annotation has
MOST_JOB_BYTES = 10 << 20  # of the service


@pytest.fixture(scope="module")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcsServer]:
    if not BIN.exists():
        pytest.fail("there is no .venv-dataflow: scripts/set_up dataflow makes it")
    with wanted_server("gcs", tmp_path_factory.mktemp("gcs")) as found:
        yield found


@pytest.fixture(scope="module")
def expected(gcs: GcsServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shards of the same tables by this process alone; the tables are where the config looks for them."""
    folder = tmp_path_factory.mktemp("tables")
    filesystem = gcs.filesystem()
    for bucket in ("annotation-dumps", "annotation-exports"):
        if not filesystem.exists(bucket):
            filesystem.mkdir(bucket)
    for path in write_sample(folder, tasks=120, videos=1, frames=60, objects=2, seed=9):
        filesystem.pipe_file(f"annotation-dumps/{path.name}.gz", igzip.compress(path.read_bytes()))
    filesystem.pipe_file("annotation-dumps/export.yaml", CONFIG.read_bytes())
    output = {"shard_bytes": "100kB"}
    config = settings(
        tables_in(folder),
        folder / "exports",
        output=output,
        export={"stages": ["Complete"], "task_types": ["default"]},
    )
    return shard_hashes(export_here(config, "expected"))


class Google(NamedTuple):
    """All that stands for Google, and the environment in which programs find it."""

    gcs: GcsServer
    service: FakeDataflow
    environment: Mapping[str, str]


@pytest.fixture
def google(gcs: GcsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    service = FakeDataflow(lambda job: run_graph(gcs, staged_graph(gcs, job)))
    environment = {
        "STORAGE_EMULATOR_HOST": gcs.endpoint_url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(service.credentials(tmp_path / "account.json")),
        "GOOGLE_CLOUD_PROJECT": "annotation-platform",
        "NO_GCE_CHECK": "true",
        "SECRET_OF_THE_TEST": SECRET,
    }
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.endpoint_url)
    monkeypatch.setenv("SECRET_OF_THE_TEST", SECRET)  # workers find it where they run
    with service.running():
        yield Google(gcs, service, environment)


def program(
    name: str, *arguments: object, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / name), *map(str, arguments)]
    surroundings = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=surroundings)


def staged_graph(gcs: GcsServer, job: Json) -> bytes:
    url = job["environment"]["sdkPipelineOptions"]["options"]["pipelineUrl"]
    return bytes(gcs.filesystem().cat_file(url.removeprefix("gs://")))


def run_graph(gcs: GcsServer, graph: bytes) -> None:
    """Run the very graph that was staged, its workers in this process."""
    pipeline = beam_runner_api_pb2.Pipeline.FromString(graph)
    for environment in pipeline.components.environments.values():
        environment.urn, environment.payload = python_urns.EMBEDDED_PYTHON, b""
        del environment.dependencies[:]
    FnApiRunner().run_via_runner_api(pipeline, PipelineOptions([])).wait_until_finish()


def exported(gcs: GcsServer, export_id: str, folder: Path) -> dict[str, str]:
    (folder / export_id).mkdir()
    gcs.filesystem().get(
        f"annotation-exports/project/{export_id}/data", str(folder / export_id), recursive=True
    )
    return shard_hashes(folder / export_id)


OVERRIDES = {
    "storage.gs.token": "anon",
    "storage.gs.session_kwargs": {"headers": {"X-Secret": {"env": "SECRET_OF_THE_TEST"}}},
    "output.shard_bytes": "100kB",
}
EXPERIMENTS = {"beam_fn_api", "use_unified_worker", "use_runner_v2", "use_portable_job_submission"}
STEPS = re.compile(r'"(\w+)"\s*>>')


def test_a_flex_template_stages_a_job_whose_graph_gives_the_same_shards(
    google: Google, expected: dict[str, str], tmp_path: Path
) -> None:
    options = SETTINGS["runner"]["options"]
    launched = program(
        "python",
        ROOT / "scripts" / "worker_image" / "launch.py",
        "--config=gs://annotation-dumps/export.yaml",
        f"--overrides={json.dumps(OVERRIDES)}",
        "--export_id=flex",
        "--runner=DataflowRunner",
        "--job_name=flex-1",
        "--template_location=gs://annotation-exports/templates/job.json",
        *(f"--{name}={options[name]}" for name in ("project", "region", "staging_location", "temp_location")),
        environment=google.environment,
    )
    assert launched.returncode == 0, launched.stderr
    job = json.loads(google.gcs.filesystem().cat_file("annotation-exports/templates/job.json"))
    graph = staged_graph(google.gcs, job)
    assert_fit_for_the_service(job, graph)
    run_graph(google.gcs, graph)
    assert exported(google.gcs, "flex", tmp_path) == expected


def assert_fit_for_the_service(job: Json, graph: bytes) -> None:
    environment = job["environment"]
    (pool,) = environment["workerPools"]
    options = SETTINGS["runner"]["options"]
    assert {image["containerImage"] for image in pool["sdkHarnessContainerImages"]} == {
        options["sdk_container_image"]
    }
    assert pool["machineType"] == options["machine_type"]
    assert pool["autoscalingSettings"]["maxNumWorkers"] == options["max_num_workers"]
    assert set(environment["experiments"]) >= EXPERIMENTS
    assert job["labels"] == options["labels"]
    assert len(json.dumps(job)) < MOST_JOB_BYTES
    assert len(graph) < MOST_JOB_BYTES
    assert_tells_neither_secrets_nor_records(job, graph)
    assert_steps_are_those_of_build(beam_runner_api_pb2.Pipeline.FromString(graph))


def assert_tells_neither_secrets_nor_records(job: Json, graph: bytes) -> None:
    pipeline = beam_runner_api_pb2.Pipeline.FromString(graph)
    inside = b"".join(map(unpacked, pipeline.components.transforms.values()))
    assert b"SECRET_OF_THE_TEST" in inside, "names of secrets are there"
    for text in (json.dumps(job).encode(), graph, inside):
        assert SECRET.encode() not in text
        assert A_KEY not in text


def unpacked(step: Any) -> bytes:
    """What a step carries, as it is before Beam compresses it."""
    if step.spec.urn != common_urns.primitives.PAR_DO.urn:
        return bytes(step.spec.payload)
    payload = beam_runner_api_pb2.ParDoPayload.FromString(step.spec.payload)
    return bz2.decompress(base64.b64decode(payload.do_fn.payload))


def assert_steps_are_those_of_build(pipeline: Any) -> None:
    (root,) = pipeline.root_transform_ids
    steps = [
        pipeline.components.transforms[name] for name in pipeline.components.transforms[root].subtransforms
    ]
    outermost = {step.unique_name for step in steps}
    named = set(STEPS.findall((ROOT / "pipelines" / "export.py").read_text()))
    assert outermost == named - {"ChooseEntries"}  # of the legacy generation


def submitted(google: Google, export_id: str, *more: object) -> subprocess.CompletedProcess[str]:
    sets = [word for name, value in OVERRIDES.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    return program(
        *("framehaul", "run", CONFIG, *sets, *more, "--export-id", export_id),
        *("--", f"--dataflow_endpoint=http://localhost:{google.service.port}"),
        environment=google.environment,
    )


def test_a_run_submits_its_job_waits_for_it_and_reads_the_manifest(
    google: Google, expected: dict[str, str], tmp_path: Path
) -> None:
    finished = submitted(google, "submitted")
    assert finished.returncode == 0, finished.stderr
    assert re.match(r"submitted: \d+ records of", finished.stdout)
    assert JOB_ID in finished.stderr, "a person finds the job by its id"
    (job,) = google.service.jobs
    assert job["name"] == "framehaul-submitted"
    assert_fit_for_the_service(job, staged_graph(google.gcs, job))
    assert exported(google.gcs, "submitted", tmp_path) == expected


def test_a_job_that_fails_says_what_the_worker_said(google: Google, expected: dict[str, str]) -> None:
    google.gcs.filesystem().pipe_file("annotation-dumps/broken/tasks.ndjson.gz", b"not gzip")
    failed = submitted(google, "failed", "--set", 'source.tasks=["gs://annotation-dumps/broken/*.gz"]')
    assert failed.returncode == 1
    assert "error: gs://annotation-dumps/broken/tasks.ndjson.gz" in failed.stderr
    assert "bug" not in failed.stderr
