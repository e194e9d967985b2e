"""``framehaul history``: every export under a folder, whatever has become of it."""

import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from end_to_end.command import framehaul
from end_to_end.exports import manifest_of
from end_to_end.published import copied, nights, one_export
from framehaul.pipelines.exports.history import State, list_exports
from framehaul.transforms.runs.claims import hold_folder
from framehaul.transforms.storage.object_store import ObjectStore


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_export(tmp_path_factory.mktemp("history"), export={"project": None, "batches": []})


@pytest.fixture
def output(export: Path, tmp_path: Path) -> Path:
    """Three whole exports, one that is damaged, one of a newer version, one that was stopped, and other folders."""
    folder = tmp_path / "exports"
    nights(export, folder, 3)
    for name, content in (("cut", b'{"formatVersion": 1, "expor'), ("newer", b'{"formatVersion": 7}')):
        (folder / name).mkdir()
        (folder / name / "manifest.json").write_bytes(content)
    (folder / "p-20261104T010000Z" / "data").mkdir(parents=True)
    (folder / "p-20261104T010000Z" / "data" / "assets-00000-of-00001.ndjson").write_bytes(b"{}\n")
    (folder / "input").mkdir()
    (folder / "input" / "tasks.ndjson").write_bytes(b"{}\n")
    (folder / ".hidden" / "data").mkdir(parents=True)
    (folder / ".hidden" / "data" / "x").touch()
    return folder


def rows_of(output: Path) -> dict[str, dict[str, Any]]:
    finished = framehaul("history", output, "--json")
    assert finished.returncode == 0, finished.stderr
    return {row["folder"]: row for row in json.loads(finished.stdout)["exports"]}


def test_a_program_gets_every_export_with_what_became_of_it(output: Path, export: Path) -> None:
    rows = rows_of(output)
    assert list(rows) == [
        *("cut", "newer"),
        *("p-20261101T010000Z", "p-20261102T010000Z", "p-20261103T010000Z", "p-20261104T010000Z"),
    ]
    manifest = manifest_of(export)
    assert rows["p-20261103T010000Z"] == {
        "folder": "p-20261103T010000Z",
        "url": f"{output}/p-20261103T010000Z",
        "state": "whole",
        "verdict": "good",
        "latest": True,
        "project": None,
        "startedAt": "2026-11-03T01:00:00.000Z",
        "finishedAt": "2026-11-03T01:10:00.500Z",
        "seconds": 600.5,
        "bytesReadPerSecond": manifest["metrics"]["bytesReadPerSecond"],
        "recordsPerSecond": manifest["metrics"]["recordsPerSecond"],
        "selection": "all projects, all stages, types *",
        "inputBytes": sum(file["bytes"] for file in manifest["source"]),
        "records": manifest["counts"]["records"],
        "objects": len(manifest["shards"]),
        "bytes": sum(shard["bytes"] for shard in manifest["shards"]),
        "deadLetters": 0,
        "problem": None,
    }
    assert [row["latest"] for row in rows.values()].count(True) == 1


def test_what_is_not_whole_is_one_row_with_its_problem(output: Path) -> None:
    rows = rows_of(output)
    assert rows["cut"]["state"] == rows["newer"]["state"] == "unreadable"
    assert "is not a whole manifest" in rows["cut"]["problem"]
    assert "formatVersion 7" in rows["newer"]["problem"]
    stopped = rows["p-20261104T010000Z"]
    assert (stopped["state"], stopped["objects"], stopped["bytes"]) == ("incomplete", 1, 3)
    assert stopped["startedAt"] == "2026-11-04T01:00:00.000Z"
    assert "framehaul run --resume" in stopped["problem"]


def test_an_export_that_is_being_written_is_running(output: Path) -> None:
    with hold_folder(ObjectStore(f"{output}/p-20261104T010000Z")):
        running = rows_of(output)["p-20261104T010000Z"]
    assert (running["state"], running["objects"], running["bytes"]) == ("running", 1, 3)
    assert f"is being written by process {os.getpid()} on " in running["problem"]
    assert rows_of(output)["p-20261104T010000Z"]["state"] == "incomplete"


def test_a_person_sees_a_table_and_the_problems_below_it(output: Path) -> None:
    finished = framehaul("history", output, environment={"COLUMNS": "140"})
    assert finished.returncode == 0, finished.stderr
    lines = [line.split() for line in finished.stdout.splitlines()]
    (newest,) = (line for line in lines if line and line[0] == "p-20261103T010000Z")
    assert newest[1:5] == ["2026-11-03", "01:00", "10", "min"]
    assert newest[-1] == "latest"
    assert ["newer:", f"{output}/newer/manifest.json", "has", "formatVersion", "7;"] in [
        line[:5] for line in lines
    ]


def test_only_the_manifests_are_read(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    asked_as_ever = ObjectStore.ask

    def told(store: ObjectStore, verb: str, path: str, operation: Any) -> Any:
        asked.append(f"{verb} {store.url_of(path).removeprefix(str(output))}")
        return asked_as_ever(store, verb, path, operation)

    monkeypatch.setattr(ObjectStore, "ask", told)
    assert len(list_exports(ObjectStore(str(output)))) == 6
    folders = ["cut", "input", "newer", *(f"p-2026110{night}T010000Z" for night in (1, 2, 3, 4))]
    reads = ["read /latest.json", *(f"read /{name}/manifest.json" for name in folders)]
    assert sorted(asked) == sorted(["list ", *reads])


def test_what_does_not_count_as_good_is_shown_with_the_reason(output: Path, export: Path) -> None:
    times = "2026-11-05T01:00:00.000Z", "2026-11-05T01:10:00.500Z"
    copied(export, output / "p-20261105T010000Z", *times, dead_letters=2)
    row = rows_of(output)["p-20261105T010000Z"]
    assert (row["state"], row["verdict"]) == ("whole", "too_many_set_aside")
    finished = framehaul("history", output, environment={"COLUMNS": "140"})
    (line,) = (line for line in finished.stdout.splitlines() if line.split()[:1] == ["p-20261105T010000Z"])
    assert line.rstrip().endswith("latest, failed")  # an older version has named it
    assert "p-20261105T010000Z: does not count as good: 2 records were set aside" in finished.stdout


def test_the_newest_export_of_each_project_is_marked(output: Path, export: Path) -> None:
    times = "2026-11-05T01:00:00.000Z", "2026-11-05T01:10:00.500Z"
    copied(export, output / "p1-20261105T010000Z", *times, project="p1")
    newest = {"exportId": "p-20261103T010000Z", "manifest": "p-20261103T010000Z/manifest.json"}
    (output / "latest.json").write_bytes(orjson.dumps(newest))
    (output / "latest").mkdir()
    of_project = {"exportId": "p1-20261105T010000Z", "manifest": "p1-20261105T010000Z/manifest.json"}
    (output / "latest/p1.json").write_bytes(orjson.dumps(of_project))
    (output / "latest/p2.json").write_text("{")
    rows = rows_of(output)
    assert {name for name, row in rows.items() if row["latest"]} == {
        "p-20261103T010000Z",
        "p1-20261105T010000Z",
    }
    assert rows["p1-20261105T010000Z"]["project"] == "p1"
    assert "latest" not in rows


def test_a_latest_that_cannot_be_read_hides_nothing(output: Path) -> None:
    (output / "latest.json").write_text("{")
    assert {export.state for export in list_exports(ObjectStore(str(output)))} == {
        State.WHOLE,
        State.INCOMPLETE,
        State.UNREADABLE,
    }


def test_a_manifest_from_anywhere_does_not_stop_the_others(output: Path) -> None:
    """Its config and its times are whatever somebody has written there."""
    path = output / "p-20261101T010000Z" / "manifest.json"
    odd = orjson.loads(path.read_bytes()) | {"startedAt": "yesterday", "config": {"export": {"stages": 7}}}
    path.write_bytes(orjson.dumps(odd))
    row = rows_of(output)["p-20261101T010000Z"]
    assert (row["state"], row["seconds"], row["selection"]) == ("whole", None, "all projects, 7")


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_a_folder_without_exports_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    finished = framehaul("history", tmp_path / name)
    assert (finished.returncode, finished.stdout) == (0, f"{tmp_path / name} holds no exports\n")
    assert json.loads(framehaul("history", tmp_path / name, "--json").stdout)["exports"] == []
