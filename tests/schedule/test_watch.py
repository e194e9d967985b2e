"""Changes in the source tables become exports of the projects that meet a rule."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from framehaul.pipelines.watch.changed_files import FileReader
from schedule.machines import FOLDER, GOES_ON, Machine, SetClock, states_in

NOW = "2026-11-22 12:00:00"


def task(number: int, project: str | None = "p1", stage: str = "Label", **more: Any) -> dict[str, Any]:
    named = {} if project is None else {"projectId": project}
    updated = {"updatedAt": f"2026-11-22T00:00:{number:02d}Z"}
    return {"taskId": f"t{number}", "stage": stage, **named, **updated, **more}


def video(number: int, pages: range, **more: Any) -> dict[str, Any]:
    rows = [{"objectId": "o", "page": page, "point": [1, 2]} for page in pages]
    return task(number, stage="Complete", metadata={"frameTotal": 200}, answer={"tools": rows}, **more)


def write(path: Path, *records: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def watcher(folder: Path, trigger: dict[str, Any], program: str = "pass", **sections: Any) -> Machine:
    """One that begins an export for each project, unless the trigger has another scope."""
    return Machine(
        folder,
        SetClock(NOW),
        program,
        {"trigger": {"every": "30s", "scope": "project", **trigger}, **sections},
        watches_only=True,
    )


def fired(one: Machine) -> list[tuple[str | None, list[str]]]:
    """Project and reasons of every run that was begun, in order."""
    runs = []
    for arguments in one.started:
        pairs = list(itertools.pairwise(arguments))
        project = next((value for name, value in pairs if name == "--set"), None)
        runs.append(
            (
                project and json.loads(project.removeprefix("export.project=")),
                [value for name, value in pairs if name == "--trigger"],
            )
        )
    return runs


def test_the_first_look_takes_stock_and_begins_nothing(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1), video(2, range(150)))
    one = watcher(
        tmp_path,
        {"source_changed": True, "long_video": True, "newly_in_stage": {"Label": 1}},
        limits={"long_video_frames": 100},
    )
    assert one.look() + one.wait(20) == []


def test_a_new_or_changed_file_begins_an_export_of_each_project_in_it(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1), task(2, "p2"))
    one = watcher(tmp_path, {"source_changed": True})
    one.look()
    write(tmp_path / "tasks-2.ndjson", task(3, "p3"), task(4, "p/4"))
    assert one.wait(6) == [
        "nightly-t000002-p-4-" + one.started[0][1].split("-")[4] + "-20261122T120030Z",
        "nightly-t000002-p3-20261122T120030Z",
    ]
    write(tmp_path / "tasks-1.ndjson", task(1), task(2, "p2"), task(5, "p2"))
    one.wait(6)
    changed, new = f"{tmp_path}/tasks-1.ndjson", f"{tmp_path}/tasks-2.ndjson"
    assert fired(one) == [
        ("p/4", [f"source_changed={new} new or changed"]),
        ("p3", [f"source_changed={new} new or changed"]),
        ("p1", [f"source_changed={changed} new or changed"]),
        ("p2", [f"source_changed={changed} new or changed"]),
    ]
    assert one.wait(20) == []


def test_a_change_of_many_projects_begins_one_export_of_all(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    one = watcher(
        tmp_path,
        {"scope": "all", "source_changed": True, "long_video": True},
        limits={"long_video_frames": 9},
    )
    one.look()
    write(tmp_path / "tasks-2.ndjson", task(2, "p2"), task(3, "p3"), video(4, range(20), projectId="p4"))
    assert one.wait(6) == ["nightly-t000002-20261122T120030Z"]
    assert fired(one) == [
        (
            None,
            [
                "long_video=task t4 has 20 annotated frames, over 9",
                f"source_changed={tmp_path}/tasks-2.ndjson new or changed",
            ],
        )
    ]


def test_an_export_of_all_begins_when_enough_tasks_of_any_project_have_come_into_a_stage(
    tmp_path: Path,
) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    one = watcher(tmp_path, {"scope": "all", "newly_in_stage": {"Review": 3}})
    one.look()
    write(tmp_path / "tasks-2.ndjson", task(2, "p2", stage="Review"), task(3, "p3", stage="Review"))
    assert one.wait(3) == []
    write(tmp_path / "tasks-3.ndjson", task(4, "p4", stage="Review"))
    one.wait(3)
    assert fired(one) == [(None, ["newly_in_stage=3 tasks have come into Review, at least 3"])]
    write(tmp_path / "tasks-4.ndjson", task(5, "p4", stage="Review"))
    assert one.wait(3) == [], "they are counted anew"


def test_a_config_without_project_and_scope_begins_one_export_of_all(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    sections = {"trigger": {"every": "30s", "source_changed": True}}
    one = Machine(tmp_path, SetClock(NOW), sections=sections, watches_only=True)
    one.look()
    write(tmp_path / "tasks-2.ndjson", task(2, "p2"), task(3, "p3"))
    one.wait(6)
    assert [project for project, _ in fired(one)] == [None]


@pytest.mark.parametrize("scope", ["all", "project"])
def test_a_config_for_one_project_is_run_as_it_is_and_for_that_project_alone(
    tmp_path: Path, scope: str
) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    one = watcher(tmp_path, {"source_changed": True, "scope": scope}, export={"project": "p2"})
    one.look()
    write(tmp_path / "tasks-2.ndjson", task(2, "p3"))
    assert one.wait(3) == []
    write(tmp_path / "tasks-3.ndjson", task(3, "p2"))
    assert one.wait(3) == ["nightly-t000003-20261122T120100Z"]


def test_records_without_a_project_and_files_that_are_gone_begin_an_export_of_everything(
    tmp_path: Path,
) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    write(tmp_path / "tasks-2.ndjson", task(2))
    one = watcher(tmp_path, {"source_changed": True})
    one.look()
    write(tmp_path / "tasks-3.ndjson", task(3, None), task(4))
    one.wait(3)
    (tmp_path / "tasks-2.ndjson").unlink()
    one.wait(3)
    assert [project for project, _ in fired(one)] == [None, None]
    assert fired(one)[1][1] == [f"source_changed={tmp_path}/tasks-2.ndjson gone"]


def test_stage_history_is_of_the_projects_of_its_tasks(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1), task(2, "p2"))
    write(tmp_path / "stage-history-1.ndjson", {"taskId": "t1", "stage": "Label"})
    source = {"tasks": f"{tmp_path}/tasks-*", "stage_history": f"{tmp_path}/stage-history-*"}
    one = watcher(tmp_path, {"source_changed": True}, source=source)
    one.look()
    write(tmp_path / "stage-history-2.ndjson", {"taskId": "t2", "stage": "Label"}, {"taskId": "none"})
    one.wait(3)
    assert [project for project, _ in fired(one)] == ["p2"]


def test_tasks_that_have_come_into_a_stage_are_counted_over_several_looks(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", *(task(n, stage="Review") for n in range(2)), *map(task, range(2, 9)))
    one = watcher(tmp_path, {"newly_in_stage": {"Review": 3}})
    one.look()
    newer = {"updatedAt": "2026-11-22T09:00:00Z"}
    write(tmp_path / "tasks-2.ndjson", *(task(n, stage="Review") | newer for n in (0, 2, 3)))
    assert one.wait(3) == []
    write(tmp_path / "tasks-3.ndjson", task(4, stage="Review"), task(20, "p2", stage="Review"))
    one.wait(3)
    assert fired(one) == [("p1", ["newly_in_stage=3 tasks have come into Review, at least 3"])]
    write(tmp_path / "tasks-1.ndjson", *map(task, range(9)))  # older copies take nobody back
    again = [task(n, stage="Review") | newer for n in (0, 2, 3)]
    assert one.wait(3) == []
    write(tmp_path / "tasks-2.ndjson", *again, task(8))
    assert one.wait(3) == []
    write(tmp_path / "tasks-4.ndjson", *(task(n, stage="Review") | newer for n in (5, 6)))
    assert one.wait(3) == []
    write(tmp_path / "tasks-5.ndjson", task(7, stageId="Review") | newer)
    one.wait(3)
    assert len(one.started) == 2


def test_a_video_that_grows_over_the_limit_begins_an_export_once(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", video(1, range(50)), video(2, range(101)))
    source = {"tasks": f"{tmp_path}/tasks-*", "frames": f"{tmp_path}/frames-*"}

    def rows(pages: range, **more: str) -> list[dict[str, Any]]:
        tools = [{"objectId": "o", "point": [1, 2]}]
        return [{"taskId": "t1", "page": page, "tools": tools, **more} for page in pages]

    write(tmp_path / "frames-1.ndjson", *rows(range(40, 60)))
    one = watcher(tmp_path, {"long_video": True}, source=source, limits={"long_video_frames": 100})
    one.look()
    write(tmp_path / "frames-2.ndjson", *rows(range(60, 100)), *rows(range(100, 200), historyId="h"))
    assert one.wait(3) == []  # exactly 100, as the same page twice is one frame
    write(tmp_path / "frames-3.ndjson", *rows(range(99, 101)))
    one.wait(3)
    write(tmp_path / "frames-3.ndjson", *rows(range(99, 102)))
    one.wait(3)
    assert fired(one) == [("p1", ["long_video=task t1 has 101 annotated frames, over 100"])]
    newer = {"updatedAt": "2026-11-22T09:00:00Z"}
    write(tmp_path / "tasks-2.ndjson", video(1, range(0)) | newer, video(3, range(150), projectId="p3"))
    one.wait(3)
    assert fired(one)[1:] == [("p3", ["long_video=task t3 has 150 annotated frames, over 100"])]


def test_only_files_that_have_changed_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = FileReader.read

    def reading(self: FileReader, table: str, file: Any) -> Any:
        read.append(Path(file.url).name)
        return original(self, table, file)

    monkeypatch.setattr(FileReader, "read", reading)
    for number in range(3):
        write(tmp_path / f"tasks-{number}.ndjson", task(number))
    one = watcher(tmp_path, {"source_changed": True})
    one.look()
    write(tmp_path / "tasks-1.ndjson", task(1), task(9))
    one.wait(5)
    watcher(tmp_path, {"source_changed": True}).wait(5)  # another machine goes on where this one is
    assert read == ["tasks-0.ndjson", "tasks-1.ndjson", "tasks-2.ndjson", "tasks-1.ndjson"]


def test_of_two_watchers_one_begins_an_export_of_a_change(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    one, other = (watcher(tmp_path, {"source_changed": True}) for _ in range(2))
    one.look()
    other.look()
    for number in range(2, 5):
        write(tmp_path / f"tasks-{number}.ndjson", task(number))
        one.wait(3)
        other.wait(3)
    assert len(one.started + other.started) == 3
    assert [state for _, state in states_in(tmp_path)] == ["done"] * 3


def test_a_watcher_that_dies_after_it_has_seen_a_change_leaves_the_run_to_another(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    one = watcher(tmp_path, {"source_changed": True}, GOES_ON)
    one.look()
    write(tmp_path / "tasks-2.ndjson", task(2), task(3, "p2"))
    assert len(one.wait(3)) == 1  # the other project waits for its end
    one.crash()
    other = watcher(tmp_path, {"source_changed": True})
    begun = other.wait(60)
    assert len(begun) == 2
    assert [other.started[0][1]] == [one.started[0][1]] or [other.started[1][1]] == [one.started[0][1]]
    assert [state for _, state in states_in(tmp_path)] == ["running", "done", "done"]


def test_a_file_that_is_still_being_written_is_read_at_a_later_look(tmp_path: Path) -> None:
    import gzip  # noqa: PLC0415

    write(tmp_path / "tasks-1.ndjson", task(1))
    one = watcher(tmp_path, {"source_changed": True}, source={"tasks": f"{tmp_path}/tasks-*"})
    one.look()
    whole = gzip.compress(json.dumps(task(2, "p2")).encode())
    (tmp_path / "tasks-2.ndjson.gz").write_bytes(whole[:-9])
    assert one.wait(4) == []
    (tmp_path / "tasks-2.ndjson.gz").write_bytes(whole)
    one.wait(4)
    assert [project for project, _ in fired(one)] == ["p2"]


def test_other_rules_take_stock_anew(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    watcher(tmp_path, {"source_changed": True}).look()
    write(tmp_path / "tasks-2.ndjson", task(2))
    assert watcher(tmp_path, {"newly_in_stage": {"Label": 1}}).wait(4) == []


def test_progress_that_cannot_be_read_takes_stock_anew(tmp_path: Path) -> None:
    write(tmp_path / "tasks-1.ndjson", task(1))
    watcher(tmp_path, {"source_changed": True}).look()
    (path,) = (tmp_path / "exports" / FOLDER / "nightly/progress").iterdir()
    path.write_bytes(b"damaged")
    one = watcher(tmp_path, {"source_changed": True})
    assert one.look() == []
    write(tmp_path / "tasks-2.ndjson", task(2))
    assert len(one.wait(4)) == 1
