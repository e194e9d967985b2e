"""``framehaul plan`` as a person starts it."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import yaml

from framehaul.pipelines.sample.sample_tables import write_sample


def planned(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "framehaul", "plan", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    write_sample(folder, tasks=20, videos=25, frames=60, objects=3, frames_table=True)
    source = {"tasks": "tasks-*", "stage_history": "stage-history-*", "frames": "frames-*"}
    limits = {"long_video_frames": 30}
    (folder / "export.yaml").write_text(yaml.safe_dump({"source": source, "limits": limits}))
    return folder


def test_the_plan_is_printed_as_tables_and_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.iterdir())
    finished = planned(folder, "export.yaml")
    assert finished.returncode == 0
    for words in (
        "tasks",
        "stage_history",
        "frames",
        "videos: 25",
        "over 30 annotated",
        "and 5 more",
        "estimated",
    ):
        assert words in finished.stdout
    assert sorted(folder.iterdir()) == before


def test_the_plan_as_json_lists_every_video(folder: Path) -> None:
    finished = planned(folder, "export.yaml", "--json", "--set", "limits.long_video_frames=0")
    outlook = orjson.loads(finished.stdout)
    assert [table["table"] for table in outlook["input"]] == ["tasks", "stage_history", "frames"]
    assert len(outlook["videos"]) == 25
    assert all(video["isLong"] and video["annotatedFrames"] <= video["frames"] for video in outlook["videos"])
    assert outlook["selection"]["stages"] == ["Complete"]
    assert outlook["output"]["url"] == "exports"


def test_a_plan_does_not_wait_for_beam_to_be_imported(folder: Path) -> None:
    imported = {
        line.rpartition("|")[2].strip() for line in planned(folder, "export.yaml").stderr.splitlines()
    }
    assert "framehaul.pipelines.survey.plan" in imported
    assert "apache_beam" not in imported


@pytest.mark.parametrize(
    "arguments",
    [
        ["none.yaml"],
        ["export.yaml", "--set", "source.tasks=none-*.ndjson"],
        ["export.yaml", "--set", "source.tasks=export.yaml"],
        ["export.yaml", "--set", "limits.long_frames=1"],
        ["export.yaml", "--nonsense"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_planned_exits_with_2_and_says_why(folder: Path, arguments: list[str]) -> None:
    finished = planned(folder, *arguments)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "Traceback" not in finished.stderr


def test_bad_records_are_counted_and_no_failure(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks.ndjson").write_bytes(b'not json\n{"taskId":"t1","stage":"Complete"}\n')
    (tmp_path / "export.yaml").write_text("source: {tasks: tasks.ndjson}\n")
    finished = planned(tmp_path, "export.yaml", "--json")
    assert finished.returncode == 0
    assert orjson.loads(finished.stdout)["input"][0]["setAside"] == 1
