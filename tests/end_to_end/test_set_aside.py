"""Every record that is read is in exactly one place: what belongs to a task that is set aside is not lost with it."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from end_to_end.command import framehaul, run_command
from end_to_end.exports import (
    Json,
    dead_letters_of,
    export_here,
    lines_of,
    manifest_of,
    records_of,
    settings,
    write_lines,
)
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms import write_dead_letters
from framehaul.transforms.errors import SourceError
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.storage.object_store import ObjectStore

CASES = Path(__file__).parents[1] / "cases"
MARK = re.compile(rb"PRECIOUS-\w+")
Lines = Sequence[Any]
TABLES = ("tasks", "stage_history", "frames")


def task(task_id: str = "t1", **keys: Any) -> Json:
    return {"taskId": task_id, "stage": "Complete", **keys}


def video(task_id: str = "t1", **keys: Any) -> Json:
    return task(task_id, metadata={"frameTotal": 10}, **keys)


def entry(own_id: str, task_id: str = "t1", **keys: Any) -> Json:
    return {"_id": own_id, "taskId": task_id, "stage": "Label", "completedAt": 5, **keys}


def frame(page: int, task_id: str = "t1", **keys: Any) -> Json:
    return {"taskId": task_id, "page": page, "tools": [{"objectId": "o", "point": [1, 2]}], **keys}


def write_tables(folder: Path, tables: dict[str, Lines]) -> dict[str, str]:
    """One file for each table; bytes are lines as they stand. Returns the source section."""
    for name, records in tables.items():
        lines = [record if isinstance(record, bytes) else orjson.dumps(record) for record in records]
        write_lines(folder / f"{name}.ndjson", lines)
    return {name: str(folder / f"{name}.ndjson") for name in tables}


def exported(folder: Path, tasks: Lines, history: Lines = (), frames: Lines = (), **sections: Json) -> Path:
    tables = {"tasks": tasks, "stage_history": history, "frames": frames}
    source = write_tables(folder, tables)
    if sections.get("export", {}).get("generation") == "legacy":
        del source["stage_history"]
    limits = {"max_dead_letters": 100, **sections.pop("limits", {})}
    found = export_here(settings(source, folder / "exports", limits=limits, **sections))
    check_accounts(found)
    return found


def check_accounts(export: Path) -> None:
    """The lines of dead letters are what the counts of each table say, and the export is whole."""
    manifest, letters = manifest_of(export), dead_letters_of(export)
    found = Counter(letter["table"] for letter in letters)
    names = {"tasks": "Tasks", "stage_history": "StageHistory", "frames": "Frames"}
    counts = {table: manifest["counts"].get(f"deadLetter{name}", 0) for table, name in names.items()}
    assert counts == {table: found[table] for table in TABLES}
    assert manifest["deadLetters"]["count"] == len(letters)
    assert manifest["deadLetters"]["byReason"] == Counter(letter["reason"] for letter in letters)
    assert verify_export(ObjectStore(str(export))) == []


def told(export: Path) -> list[tuple[str, int, str]]:
    """Table, line and reason of each dead letter."""
    return [
        (letter["table"], int(letter["source"].rpartition(":")[2]), letter["reason"])
        for letter in dead_letters_of(export)
    ]


def test_what_belongs_to_tasks_that_are_set_aside_is_in_exactly_one_file(tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(CASES / "a01-belongings-of-a-set-aside-task", case)
    marks = {mark for path in case.glob("*.ndjson") for mark in MARK.findall(path.read_bytes())}
    finished = framehaul("run", "config.yaml", "--export-id", "x", cwd=case)
    assert finished.returncode == 0, finished.stderr
    export = case / "out" / "x"
    places = Counter(
        mark for path in export.rglob("*.ndjson") for mark in set(MARK.findall(path.read_bytes()))
    )
    assert places == dict.fromkeys(marks, 1)
    assert len(marks) == 8
    check_accounts(export)
    lines = {path.name: path.read_text().splitlines() for path in case.glob("*.ndjson")}
    for letter in dead_letters_of(export):
        name, _, line = letter["source"].rpartition(":")
        assert letter["record"] == lines[name][int(line) - 1]
    assert not any(
        count for name, count in manifest_of(export)["counts"].items() if name.startswith("orphan")
    )


def many_entries(number: int) -> Iterator[bytes]:
    for index in range(number):
        yield b'{"_id":"h%d","taskId":"t1","stage":"Label","completedAt":%d}' % (index, index)


def test_one_task_with_more_stage_history_than_a_record_holds_is_set_aside_line_by_line(
    tmp_path: Path,
) -> None:
    """With the settings that everybody has: the limit of dead letters sees all of them."""
    entries = list(many_entries(200_000))
    source = write_tables(tmp_path, {"tasks": [task()], "stage_history": entries})
    finished = run_command(tmp_path, source)
    assert finished.returncode == 3, finished.stderr
    assert "set aside      200,001 (line_too_long 1, with_its_task 200,000), allowed 0" in finished.stdout
    export = tmp_path / "exports" / "x"
    first, *others = dead_letters_of(export)
    assert (first["table"], first["reason"]) == ("tasks", "line_too_long")
    assert [letter["record"].encode() for letter in others] == entries
    assert lines_of(export) == []


WAYS: dict[str, Json] = {"spilled": {"exchange": "auto"}, "inline": {"exchange": "inline"}}


@pytest.mark.parametrize("way", WAYS)
def test_stage_history_that_is_too_long_or_broken_takes_itself_and_its_frames_out(
    tmp_path: Path, way: str
) -> None:
    history = [
        entry("long", completedBy="x" * 5000),
        entry("bad", answer={"tools": [{"page": 10}]}),
        entry("broken", duration="5"),
        entry("good"),
        b'{"taskId":"t1","_id":"cut","stage":"Label","answer":{"tools":[{"objectId":"o',
    ]
    frames = [frame(1, historyId=name) for name in ("long", "bad", "broken", "good", "cut", "not read")]
    found = exported(
        tmp_path, [video()], history, [*frames, frame(1)], output={"max_line_bytes": 3000}, runner=WAYS[way]
    )
    assert told(found) == [
        ("stage_history", 1, "line_too_long"),
        ("stage_history", 2, "bad_page"),
        ("stage_history", 3, "wrong_type"),
        ("stage_history", 5, "not_json"),
        *(("frames", line, "with_its_task") for line in (1, 2, 3, 5)),
    ]
    assert manifest_of(found)["counts"]["orphanFrames"] == 1, "of a stage-history record that nobody has read"
    (record,) = records_of(found)
    assert len(record["task"]["tools"]) == 9
    (good,) = record["task"]["stageHistory"]
    assert len(good["tools"]) == 9


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "bad",
    [
        b'{"taskId":"t1","stage":7}',
        b'{"taskId":"t1","stage":"Complete","n":NaN}',
        b'{"taskId":{"$oid":"t1"},"stage":"Comp',
        b'{"_id":"t1","note":"\xff"}',
        b'{"taskId":"t1","n":%b%b}' % (b"[" * 50_000, b"]" * 50_000),
    ],
)
def test_a_broken_copy_of_a_task_takes_nothing_with_it_where_another_copy_is_sound(
    tmp_path: Path, way: str, bad: bytes
) -> None:
    belongings = [entry("h1")], [frame(1), frame(2, historyId="h1")]
    alone = exported(tmp_path / "alone", [bad], *belongings, runner=WAYS[way])
    assert [(table, line) for table, line, _ in told(alone)] == [
        ("tasks", 1),
        ("stage_history", 1),
        ("frames", 1),
        ("frames", 2),
    ]
    assert [reason for _, _, reason in told(alone)[1:]] == ["with_its_task"] * 3
    for copies in ([bad, video()], [video(), bad]):
        both = exported(tmp_path / "both", copies, *belongings, runner=WAYS[way])
        assert [table for table, _, _ in told(both)] == ["tasks"]
        (record,) = records_of(both)
        assert len(record["task"]["tools"]) == 9
        assert len(record["task"]["stageHistory"][0]["tools"]) == 8
        shutil.rmtree(both.parent)


def test_what_belongs_to_a_task_that_is_not_selected_is_not_set_aside_with_a_broken_copy(
    tmp_path: Path,
) -> None:
    tasks = [b'{"taskId":"t1","stage":7}', task(stage="Review")]
    found = exported(tmp_path, tasks, [entry("h1")], [frame(1)], export={"stages": ["Complete"]})
    assert told(found) == [("tasks", 1, "wrong_type")]
    counts = manifest_of(found)["counts"]
    assert [
        counts[name] for name in ("tasksNotSelected", "stageHistoryNotSelected", "framesNotSelected")
    ] == [1] * 3


def test_frames_of_what_is_no_video_are_set_aside_and_each_has_one_place(tmp_path: Path) -> None:
    frames = [frame(1), frame(1, historyId="h1"), frame(1, historyId="not read")]
    found = exported(tmp_path, [task()], [entry("h1")], frames)
    assert told(found) == [("frames", 1, "not_a_video"), ("frames", 2, "not_a_video")]
    assert manifest_of(found)["counts"]["orphanFrames"] == 1
    without = {"fields": {"stage_history": False}}
    found = exported(tmp_path / "without", [task()], [], frames, export=without)
    assert told(found) == [("frames", 1, "not_a_video")]
    assert manifest_of(found)["counts"]["framesNotSelected"] == 2


GIANT = b'{"objectId":"giant","point":[1,2],"note":"%b"}' % (b"x" * (16 << 20))


@pytest.mark.parametrize("generation", ["v3", "legacy"])
def test_frames_with_a_row_that_no_line_holds_take_themselves_out(tmp_path: Path, generation: str) -> None:
    frames = [frame(1), b'{"taskId":"t1","page":2,"tools":[{"objectId":"o"},%b]}' % GIANT, frame(3)]
    export = {"generation": generation, "video": {"only_key_frames": True}}
    other = video("t2", assetId="a", answer={"tools": [{"page": 4, "objectId": "o2"}]})
    found = exported(tmp_path, [video(assetId="a"), other], [], frames, export=export)
    assert told(found) == [("frames", 2, "line_too_long")]
    (letter,) = dead_letters_of(found)
    assert letter["record"].encode() == frames[1]
    assert manifest_of(found)["counts"]["framesExported"] == 2
    pages = re.findall(rb'"page":(\d)', b"".join(lines_of(found)))
    assert pages == [b"1", b"3", b"4"]


def test_legacy_frames_go_with_their_task_and_tasks_do_not_go_with_each_other(tmp_path: Path) -> None:
    tasks = [
        video("t1", assetId="a", updatedBy="x" * 5000),
        video("t2", assetId="a"),
        b'{"taskId":"t3","assetId":"a","stage":7}',
        task("t4", assetId="a", answer={"objects": [{"page": 99}]}),
        video("t5", assetId="a", stage="Review"),
    ]
    frames = [frame(1, f"t{number}") for number in (1, 2, 3, 4, 5, 6)]
    frames += [frame(99, "t2"), frame(1, "t3", historyId="h")]
    sections = {
        "export": {"generation": "legacy", "stages": ["Complete"]},
        "output": {"max_line_bytes": 2000},
    }
    found = exported(tmp_path, tasks, [], frames, **sections)
    assert told(found) == [
        ("tasks", 1, "line_too_long"),
        ("tasks", 3, "wrong_type"),
        ("tasks", 4, "bad_page"),
        *(("frames", line, "with_its_task") for line in (1, 3, 4)),
        ("frames", 7, "bad_page"),
        ("frames", 8, "with_its_task"),
    ]
    counts = manifest_of(found)["counts"]
    names = ("framesExported", "framesNotSelected", "orphanFrames")
    assert [counts[name] for name in names] == [1, 1, 1]
    assert [task["taskId"] for record in records_of(found) for task in record["tasks"]] == ["t2"]


def test_what_is_masked_stays_masked_whichever_step_has_set_the_record_aside(tmp_path: Path) -> None:
    tasks = [video(externalId="x" * 3000, owner={"name": "Ada"}), b'{"taskId":"t2","name":"Ada"}', b"Ada"]
    history = [entry("h1", name="Ada"), entry("h2", "t2", answer={"tools": [{"name": ["Ada"]}]})]
    sections = {"output": {"max_line_bytes": 2000}, "limits": {"redact": ["name"]}}
    found = exported(tmp_path, tasks, history, [frame(1, name="Ada")], **sections)
    assert len(dead_letters_of(found)) == 6
    assert b"Ada" not in (found / "dead-letters.ndjson").read_bytes()
    assert manifest_of(found)["deadLetters"]["byReason"]["with_its_task"] == 3


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"{}\n")


def shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def another(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"h1", b"h2"))


@pytest.mark.parametrize("change", [longer, shorter, another])
def test_a_file_that_changes_before_it_is_read_again_fails_the_run(
    tmp_path: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_again = write_dead_letters.read_again

    def changed(split: Any, *arguments: Any) -> Iterator[DeadLetter]:
        if split.table == "stage_history":
            change(Path(split.url))
        return read_again(split, *arguments)

    monkeypatch.setattr(write_dead_letters, "read_again", changed)
    with pytest.raises(SourceError, match=r"stage_history\.ndjson was changed while the run went on"):
        exported(tmp_path, [b'{"taskId":"t1"}'], [entry("h1"), entry("h3")])
    assert not (tmp_path / "exports/x/manifest.json").exists()
    assert not (tmp_path / "exports/latest.json").exists()


def test_a_line_longer_than_a_record_may_be_is_told_by_its_place_and_its_length(tmp_path: Path) -> None:
    source = write_tables(tmp_path, {"tasks": [task(), task("t2", note="x" * 3000), task("t3")]})
    limits = {"max_record_bytes": 2000, "max_dead_letters": 1}
    finished = run_command(tmp_path, source, limits=limits)
    assert finished.returncode == 0, finished.stderr
    (letter,) = dead_letters_of(tmp_path / "exports" / "x")
    assert letter["source"].endswith("tasks.ndjson:2")
    assert (letter["reason"], letter["record"]) == ("line_too_long", "")
    assert re.match(r"the record has 30\d\d bytes; limits.max_record_bytes is 2000", letter["detail"])
    assert len(records_of(tmp_path / "exports" / "x")) == 2
