"""``framehaul prune``: what goes, what stays, and in which order."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from end_to_end.command import assert_refused, framehaul
from end_to_end.published import copied, nights, one_export
from framehaul.pipelines.exports.history import State, list_exports
from framehaul.pipelines.exports.retention import delete_export
from framehaul.transforms.errors import StorageError
from framehaul.transforms.runs.claims import OWN_FOLDER, hold_folder
from framehaul.transforms.storage.object_store import ObjectStore


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_export(tmp_path_factory.mktemp("prune"))


@pytest.fixture
def output(export: Path, tmp_path: Path) -> Path:
    """Five whole exports, and one that another run is writing."""
    folder = tmp_path / "exports"
    nights(export, folder, 5)
    (folder / "running" / "data").mkdir(parents=True)
    (folder / "running" / "data" / "assets-00000-of-00001.ndjson").write_bytes(b"{}\n")
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_without_yes_nothing_is_deleted_but_all_is_told(output: Path) -> None:
    before = sorted(output.rglob("*"))
    finished = framehaul("prune", output, "--keep", 2)
    assert finished.returncode == 0, finished.stderr
    assert [f"p-2026110{night}T010000Z" in finished.stdout for night in range(1, 6)] == [True] * 3 + [
        False
    ] * 2
    assert "3 of 5 whole exports may go" in finished.stdout
    assert "nothing is deleted; --yes deletes them" in finished.stdout
    assert sorted(output.rglob("*")) == before


def test_with_yes_the_oldest_go_with_all_that_they_have(output: Path) -> None:
    finished = framehaul("prune", output, "--keep", 2, "--yes", "--json")
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout)
    assert (told["deleted"], len(told["exports"])) == (True, 3)
    assert names_in(output) == ["latest.json", "p-20261104T010000Z", "p-20261105T010000Z", "running"]


def test_the_newest_export_stays_however_old_it_is(output: Path) -> None:
    assert framehaul("prune", output, "--older-than", "1s", "--yes").returncode == 0
    assert names_in(output) == ["latest.json", "p-20261105T010000Z", "running"]


def test_the_export_that_latest_names_stays_though_others_are_newer(output: Path) -> None:
    """Somebody may have gone back to it by hand."""
    (output / "latest.json").write_text(
        json.dumps({"exportId": "p", "manifest": "p-20261102T010000Z/manifest.json"})
    )
    assert framehaul("prune", output, "--keep", 1, "--yes").returncode == 0
    assert names_in(output) == ["latest.json", "p-20261102T010000Z", "p-20261105T010000Z", "running"]


def test_an_export_that_has_become_the_latest_is_not_deleted(output: Path) -> None:
    store = ObjectStore(str(output))
    with pytest.raises(StorageError, match=r"is what latest\.json names by now"):
        delete_export(store, "p-20261105T010000Z")
    (output / "latest.json").write_text("{")
    with pytest.raises(StorageError, match="does not name an export"):
        delete_export(store, "p-20261101T010000Z")
    assert len(names_in(output)) == 7


def test_a_deletion_that_is_cut_short_leaves_nothing_that_looks_whole(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    asked_as_ever = ObjectStore.ask

    def fails_at_the_third(
        store: ObjectStore, verb: str, path: str, operation: Callable[[Any, str], Any]
    ) -> Any:
        if verb == "delete":
            if len(deleted) == 2 and not path.startswith(OWN_FOLDER):
                raise StorageError("the store is gone")
            deleted.append(path)
        return asked_as_ever(store, verb, path, operation)

    monkeypatch.setattr(ObjectStore, "ask", fails_at_the_third)
    with pytest.raises(StorageError, match="the store is gone"):
        delete_export(ObjectStore(str(output)), "p-20261101T010000Z")
    assert deleted[0] == "manifest.json"
    monkeypatch.undo()
    states = {export.folder: export.state for export in list_exports(ObjectStore(str(output)))}
    assert states["p-20261101T010000Z"] is State.INCOMPLETE
    assert framehaul("clean", output, "--unfinished").returncode == 0
    assert "p-20261101T010000Z" not in names_in(output), "clean knows what prune has begun"


def test_an_export_that_somebody_writes_to_is_not_deleted(output: Path) -> None:
    with hold_folder(ObjectStore(f"{output}/p-20261101T010000Z")):
        assert_refused(
            framehaul("prune", output, "--keep", 1, "--yes"), 1, "p-20261101T010000Z is held by another run"
        )
    assert len(names_in(output)) == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "prune needs --keep N, --older-than AGE, or both"),
        (["--older-than", "30"], "--older-than: '30' is no length of time"),
        (["--older-than", "a month"], "--older-than: 'a month' is no length of time"),
        (["--older-than", "999999999w"], "--older-than: "),
        (["--older-than", "0d"], "--older-than: '0d' is out of range"),
    ],
)
def test_without_a_rule_nothing_goes(output: Path, arguments: list[str], message: str) -> None:
    assert_refused(framehaul("prune", output, *arguments, "--yes"), 2, message)
    assert len(names_in(output)) == 7
    assert framehaul("prune", output, "--keep", 0, "--yes").returncode == 2


def test_exports_of_a_project_and_a_schedule_push_no_others_out(output: Path, export: Path) -> None:
    nights_before = {name for name in names_in(output) if name.startswith("p-")}
    for day in range(6, 9):
        times = f"2026-11-{day:02d}T01:00:00.000Z", f"2026-11-{day:02d}T01:10:00.000Z"
        copied(export, output / f"w-t00000{day}-p1-202611{day:02d}T010000Z", *times, project="p1")
    (output / "latest").mkdir()
    oldest = "w-t000006-p1-20261106T010000Z"
    pointer = {"exportId": oldest, "manifest": f"{oldest}/manifest.json"}
    (output / "latest/p1.json").write_text(json.dumps(pointer))
    told = json.loads(framehaul("prune", output, "--keep", 1, "--json").stdout)
    assert {export["folder"] for export in told["exports"]} == {
        *(nights_before - {"p-20261105T010000Z"}),
        "w-t000007-p1-20261107T010000Z",
    }, "the oldest of the project is named as its newest"
    told = json.loads(framehaul("prune", output, "--keep", 3, "--group-by", "project", "--json").stdout)
    assert {export["folder"] for export in told["exports"]} == {
        "p-20261101T010000Z",
        "p-20261102T010000Z",
    }
    with pytest.raises(StorageError, match=r"is what latest/p1\.json names by now"):
        delete_export(ObjectStore(str(output)), oldest)
    assert_refused(
        framehaul("prune", output, "--keep", 1, "--group-by", "project,day"),
        2,
        "--group-by: 'day' is nothing to group by; write project, schedule or project,schedule",
    )
