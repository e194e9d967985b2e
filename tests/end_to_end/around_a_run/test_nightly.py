"""Schedules and triggers with the program itself: real exports, in processes of their own."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from end_to_end.command import COMMAND, framehaul, write_config
from end_to_end.exports import manifest_of, settings, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample

IMPORTED = """
import sys
from pathlib import Path
from framehaul.pipelines.schedule.begin import scheduler_of
scheduler = scheduler_of([Path(sys.argv[1])], [])
scheduler.exports[0].look()
print(sorted(sys.modules.keys() & {"apache_beam", "numpy", "pyarrow", "grpc"}))
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An export that is due every minute, or when its tables change."""
    write_sample(tmp_path / "in", tasks=20, videos=1, frames=20, objects=2, seed=5)
    return write_config(
        tmp_path / "nightly.yaml",
        settings(tables_in(tmp_path / "in"), tmp_path / "exports")
        | {
            "schedule": {"cron": "* * * * *"},
            "trigger": {"source_changed": True, "every": "1s", "scope": "project"},
        },
    )


def exports_in(folder: Path) -> list[Path]:
    found = (path.parent for path in (folder / "exports").glob("*/manifest.json"))
    return sorted(found, key=lambda export: manifest_of(export)["startedAt"])


def test_what_is_due_is_run_once_and_its_manifest_says_why(config: Path) -> None:
    finished = framehaul("schedule", config, "--once")
    assert finished.returncode == 0, finished.stderr
    (export,) = exports_in(config.parent)
    due = export.name.removeprefix("nightly-")
    assert manifest_of(export)["trigger"] == [{"rule": "schedule", "reason": f"due {due}"}]
    assert framehaul("verify", export).returncode == 0


def test_watching_runs_an_export_of_the_project_that_meets_a_rule(config: Path) -> None:
    assert framehaul("watch", config, "--once").returncode == 0
    assert exports_in(config.parent) == []
    task = {"taskId": "new", "stage": "Complete", "projectId": "p1", "updatedAt": "2026-11-22T00:00:00Z"}
    (config.parent / "in/tasks-00001.ndjson").write_text(json.dumps(task) + "\n")
    finished = framehaul("watch", config, "--once")
    assert finished.returncode == 0, finished.stderr
    (export,) = exports_in(config.parent)
    manifest = manifest_of(export)
    assert manifest["config"]["export"]["project"] == "p1"
    new = config.parent / "in/tasks-00001.ndjson"
    assert manifest["trigger"] == [{"rule": "source_changed", "reason": f"{new} new or changed"}]


def test_a_scheduler_that_is_stopped_stops_its_run_and_says_so_on_the_store(config: Path) -> None:
    with subprocess.Popen([COMMAND, "schedule", config], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if '"run_begun"' in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    (claim,) = (config.parent / "exports/.framehaul/schedules/nightly/claims").iterdir()
    assert json.loads(claim.read_text())["state"] == "stopped"
    again = framehaul("schedule", config, "--once")
    assert again.returncode == 0, again.stderr
    assert len(exports_in(config.parent)) >= 1


@pytest.mark.skipif(
    sys.platform != "linux", reason="other systems do not tell a process that its parent died"
)
def test_a_run_does_not_outlive_a_scheduler_that_was_killed(config: Path) -> None:
    with subprocess.Popen([COMMAND, "schedule", config], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if '"run_started"' in line:
                break
        children = _children(process.pid)
        process.kill()
        process.communicate(timeout=60)
    assert children  # the run, and whatever reads the tables at that moment
    for _ in range(300):
        if not any(Path(f"/proc/{child}").exists() for child in children):
            return
        time.sleep(0.1)
    raise AssertionError(f"{children} outlive the scheduler")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_a_scheduler_imports_neither_beam_nor_what_reads_tables(config: Path) -> None:
    command = [sys.executable, "-c", IMPORTED, config]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    assert finished.stdout == "[]\n"


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"schedule": {"cron": "15 25 * * *"}}, "field 2 (hour) is '25'; allowed are 0-23"),
        ({}, "does not say when to begin"),
    ],
)
def test_a_wrong_schedule_exits_with_2(tmp_path: Path, sections: dict[str, Any], message: str) -> None:
    config = write_config(tmp_path / "nightly.yaml", {"source": {"tasks": ["t.ndjson"]}, **sections})
    finished = framehaul("schedule", config, cwd=tmp_path)
    assert finished.returncode == 2
    assert message in finished.stderr
    assert list(tmp_path.iterdir()) == [config]
