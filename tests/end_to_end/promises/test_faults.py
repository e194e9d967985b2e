"""Promise 3: whatever ends a run, a reader finds a whole export or none, and the next run is not disturbed."""

import json
import random
import signal
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from end_to_end.command import write_config
from end_to_end.exports import Json, settings, shard_hashes, tables_in
from end_to_end.running_export import RunningExport, survivors
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore

CHANCE = random.Random(20261122)
MOMENTS = [round((number + CHANCE.random()) / 6, 2) for number in range(5)]  # of the duration of a run


class Undisturbed(NamedTuple):
    """The run that all others are compared with."""

    config: Json
    seconds: float
    shards: dict[str, str]
    files: set[str]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Some megabytes of input, two workers, and many shards, so that there is something to interrupt."""
    folder = tmp_path_factory.mktemp("faults")
    write_sample(folder / "tables", tasks=700, videos=2, seed=1)
    config = settings(
        tables_in(folder / "tables"),
        folder / "exports",
        output={"shard_bytes": "100kB"},
        runner={"workers": 2},
    )
    run = started(folder, config, folder / "exports", "undisturbed")
    run.wait_for_start()
    began = time.monotonic()
    assert run.exit_code() == 0, run.log()
    return Undisturbed(
        config,
        time.monotonic() - began,
        shard_hashes(run.export),
        files_of(folder / "exports" / "undisturbed"),
    )


def started(folder: Path, config: Json, exports: Path, export_id: str, *flags: str) -> RunningExport:
    path = write_config(
        folder / "export.yaml", {**config, "output": {**config["output"], "url": str(exports)}}
    )
    return RunningExport(folder, path, exports, export_id, *flags)


def files_of(export: Path) -> set[str]:
    return {str(path.relative_to(export)) for path in export.rglob("*") if path.is_file()}


def assert_nothing_looks_whole(run: RunningExport) -> None:
    assert not (run.export / "manifest.json").exists()
    latest = run.export.parent / "latest.json"
    assert not latest.exists() or json.loads(latest.read_bytes())["exportId"] != run.export.name
    with pytest.raises(StorageError, match="is no finished export"):
        verify_export(ObjectStore(str(run.export)))


def assert_undisturbed(run: RunningExport, undisturbed: Undisturbed) -> None:
    assert run.exit_code() == 0, run.log()
    assert shard_hashes(run.export) == undisturbed.shards
    assert files_of(run.export) == undisturbed.files
    assert json.loads((run.export.parent / "latest.json").read_bytes())["exportId"] == run.export.name


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_nothing_that_looks_whole_and_the_next_is_undisturbed(
    tmp_path: Path, undisturbed: Undisturbed, moment: float
) -> None:
    """The launching process is killed alone: nobody tells its workers to end."""
    run = killed_in_the_middle(tmp_path, undisturbed, moment * undisturbed.seconds)
    assert_nothing_looks_whole(run)
    flags = ["--resume"] if moment > 0.4 else []  # before that there is hardly anything to keep
    again = started(tmp_path, undisturbed.config, run.export.parent, run.export.name, *flags)
    assert_undisturbed(again, undisturbed)


def killed_in_the_middle(folder: Path, undisturbed: Undisturbed, delay: float) -> RunningExport:
    """A run that was killed ``delay`` seconds after its start, or sooner if it was done by then."""
    while True:
        run = started(folder, undisturbed.config, folder / f"exports-{delay}", "x")
        run.wait_for_start()
        time.sleep(delay)
        assert survivors(run.kill()) == []
        if not (run.export / "manifest.json").exists():
            return run
        assert verify_export(ObjectStore(str(run.export))) == []
        delay /= 2


def test_what_a_killed_run_has_left_does_not_disturb_a_run_with_another_id(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    run = started(tmp_path, undisturbed.config, tmp_path / "exports", "killed")
    run.wait_for(run.has_written_a_shard)
    assert survivors(run.kill()) == []
    other = started(tmp_path, undisturbed.config, tmp_path / "exports", "other")
    assert_undisturbed(other, undisturbed)
    assert_nothing_looks_whole(run)


@pytest.mark.parametrize(
    ("number", "moment"), [(0, "as soon as there are workers"), (1, "while shards are written")]
)
def test_a_killed_worker_fails_the_run(
    tmp_path: Path, undisturbed: Undisturbed, number: int, moment: str
) -> None:
    run = started(tmp_path, undisturbed.config, tmp_path / "exports", "x")
    run.wait_for(lambda: len(run.workers()) == 2)
    workers = run.workers()
    if moment == "while shards are written":
        run.wait_for(run.has_written_a_shard)
    workers[number].kill()
    assert run.exit_code() == 1
    assert "error: a worker process was killed by SIGKILL in the middle of the run" in run.log()
    assert "Traceback" not in run.log()
    assert survivors(workers) == []
    assert list(run.temporary.iterdir()) == []
    assert_nothing_looks_whole(run)


class Stop(NamedTuple):
    """A way to end a run; 0 workers: all is done in the launching process."""

    number: signal.Signals
    whom: str
    workers: int
    code: int


STOPS = [
    Stop(signal.SIGINT, "all", 2, 130),
    Stop(signal.SIGTERM, "all", 2, 143),
    Stop(signal.SIGTERM, "the launching process", 2, 143),
    Stop(signal.SIGINT, "all", 0, 130),
    Stop(signal.SIGTERM, "all", 0, 143),
]


@pytest.mark.parametrize(
    "stop", STOPS, ids=lambda stop: f"{stop.number.name} to {stop.whom}, {stop.workers} workers"
)
def test_a_run_that_is_stopped_ends_at_once_and_cleans_up(
    tmp_path: Path, undisturbed: Undisturbed, stop: Stop
) -> None:
    config = {**undisturbed.config, "runner": {"workers": stop.workers or "auto"}}
    run = started(tmp_path, config, tmp_path / "exports", "x")
    run.wait_for(lambda: list(run.temporary.rglob("*.spill")))
    workers = run.workers()
    assert len(workers) == stop.workers
    if stop.whom == "all":
        run.signal_all(stop.number)
    else:
        run.process.send_signal(stop.number)
    assert run.exit_code() == stop.code, run.log()
    assert "error: stopped; nothing is published" in run.log()
    assert "Traceback" not in run.log()
    assert survivors(workers) == []
    assert list(run.temporary.iterdir()) == []
    assert_nothing_looks_whole(run)
