"""Engines that lose a part in the middle: the run fails clearly, and publishes nothing."""

import threading
from pathlib import Path

import pytest

from end_to_end.command import write_config
from end_to_end.exports import Json, export_here, settings, shard_hashes, tables_in
from end_to_end.running_export import RunningExport, wait_until
from engines.cluster import Cluster, job_service
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.errors import EngineError


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Some megabytes and many shards, so that there is something to interrupt."""
    folder = tmp_path_factory.mktemp("large")
    write_sample(folder, tasks=700, videos=2, seed=1)
    return settings(tables_in(folder), folder / "exports", output={"shard_bytes": "100kB"})


def assert_nothing_is_published(export: Path) -> None:
    assert not (export / "manifest.json").exists()
    assert not (export.parent / "latest.json").exists()


def test_a_killed_worker_fails_the_run_and_the_next_run_is_undisturbed(
    engine: Cluster, large: Json, tmp_path: Path
) -> None:
    config = {
        **large,
        "output": {**large["output"], "url": str(tmp_path / "exports")},
        "runner": {"name": "portable", "options": engine.options()},
    }
    path = write_config(tmp_path / "export.yaml", config)
    run = RunningExport(tmp_path, path, tmp_path / "exports", "x")
    run.wait_for(run.has_written_a_shard)
    workers = engine.workers()
    assert len(workers) == 2
    workers[0].kill()
    assert run.exit_code() == 1, run.log()
    assert "error: a worker process was lost in the middle of the run" in run.log()
    assert "Traceback" not in run.log()
    assert_nothing_is_published(run.export)
    assert shard_hashes(export_here(config)) == shard_hashes(export_here(large, "undisturbed"))
    wait_until(lambda: not engine.workers())


@pytest.mark.filterwarnings(  # the workers, threads of this process, lose their service too
    "ignore::pytest.PytestUnhandledThreadExceptionWarning"
)
def test_a_job_service_that_is_gone_ends_the_run(
    large: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framehaul.pipelines.engines.portable_job._SILENT_S", 1)
    exports = tmp_path / "exports"
    failed: list[BaseException] = []

    def export() -> None:
        try:
            export_here({**large, "output": {**large["output"], "url": str(exports)}, "runner": runner})
        except EngineError as error:
            failed.append(error)

    with job_service(tmp_path) as port:
        runner = {"name": "portable", "options": Cluster(port, 0).options("LOOPBACK", workers=1)}
        running = threading.Thread(target=export)
        running.start()
        wait_until(lambda: any(exports.glob("x/data/assets-*")))
    running.join(60)
    assert "the job service has not answered for 1 s (UNAVAILABLE)" in str(failed[0])


def test_a_stopped_run_cancels_its_job_and_leaves_nothing_on_its_way(
    engine: Cluster, large: Json, tmp_path: Path
) -> None:
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    config = {
        **large,
        "output": {**large["output"], "url": str(tmp_path / "exports")},
        "runner": {"name": "portable", "exchange": str(exchange), "options": engine.options()},
    }
    run = RunningExport(tmp_path, write_config(tmp_path / "x.yaml", config), tmp_path / "exports", "x")
    run.wait_for(lambda: list(exchange.rglob("*.spill")))
    run.process.terminate()
    assert run.exit_code() == 143, run.log()
    assert "error: stopped; nothing is published" in run.log()
    assert list(exchange.iterdir()) == []
    assert_nothing_is_published(run.export)
