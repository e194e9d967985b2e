"""Legacy exports and exports of issues as a person runs them: the same bytes, bad input, the commands around."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from end_to_end import small_budgets
from end_to_end.command import assert_refused, framehaul, run_command, write_config
from end_to_end.exports import (
    EVERYTHING,
    Json,
    dead_letters_of,
    export_here,
    lines_of,
    manifest_of,
    records_of,
    shard_hashes,
    write_lines,
)
from end_to_end.layouts import array, in_files, shuffled
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.legacy_keys import add_legacy_keys
from framehaul.pipelines.sample.sample_frames import move_rows
from framehaul.pipelines.sample.sample_issues import sample_issues
from framehaul.pipelines.sample.sample_tables import sample_records
from framehaul.transforms.storage.object_store import ObjectStore

LEGACY: Json = {**EVERYTHING, "generation": "legacy"}
ISSUES: Json = {"type": "issue"}
KINDS = {"legacy": LEGACY, "issues": ISSUES}
Lines = dict[str, list[bytes]]


@pytest.fixture(scope="module")
def tables() -> Lines:
    """Assets that tasks share, a video with a frames table, copies that tie, orphans and broken lines."""
    chance = random.Random(7)
    tasks: list[Json] = []
    frames: list[Json] = []
    for each in add_legacy_keys(sample_records(90, 1, 60, 3, seed=5), 5):
        moved = move_rows(each)
        frames += moved.frames
        tasks += [
            moved.task,
            *({**moved.task, "externalId": name} for name in chance.choice(["", "a", "abc"])),
        ]
    issues = list(sample_issues(120, 90, 5))
    issues += [{**issue, "content": text} for issue in issues[::7] for text in "ab"]
    frames += [{**frames[0], "taskId": "never read"}]
    broken = [b"not json", b"{}", b'{"taskId":"t","stage":"Complete","_id":"x","x":"\xff"}']
    return {
        name: chance.sample(lines := [*map(orjson.dumps, records), *broken], len(lines))
        for name, records in (("tasks", tasks), ("frames", frames), ("issues", issues))
    }


@pytest.fixture(scope="module")
def plain_tables(tables: Lines, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    for name, lines in tables.items():
        write_lines(folder / f"{name}.ndjson", lines)
    return folder


@pytest.fixture(scope="module")
def expected(plain_tables: Path) -> dict[str, Path]:
    """Exports by the launching process alone."""
    return {
        kind: export_here(config_for(kind, plain_tables, plain_tables / "exports"), kind) for kind in KINDS
    }


def config_for(kind: str, folder: Path, output: Path, **sections: Json) -> Json:
    names = ["issues"] if kind == "issues" else ["tasks", "frames"]
    return {
        "export": KINDS[kind],
        "source": {name: f"{folder}/{name}*" for name in names},
        "output": {"url": str(output), "shard_bytes": "24kB", "max_line_bytes": "12kB"},
        "limits": {"max_dead_letters": 1000},
        **sections,
    }


def assert_same(exported: Path, expected: Path) -> None:
    assert shard_hashes(exported) == shard_hashes(expected)
    found, known = manifest_of(exported), manifest_of(expected)
    for key in ("counts", "annotationsByTitle", "shards", "longAssets"):
        assert found[key] == known[key]
    assert found["deadLetters"]["byReason"] == known["deadLetters"]["byReason"]


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_much_to_compare(kind: str, expected: dict[str, Path]) -> None:
    counts = manifest_of(expected[kind])["counts"]
    names = ["duplicateIssues", "deadLetterIssues"]
    if kind == "legacy":
        names = ["duplicateTasks", "deadLetterTasks", "framesExported", "orphanFrames", "framesNotSelected"]
        assert manifest_of(expected[kind])["longAssets"]
        assert counts["assets"] < counts["tasksExported"]
    assert all(counts[name] for name in names)
    assert len(shard_hashes(expected[kind])) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_neither_layout_nor_sizes_on_the_way_change_the_bytes(
    kind: str, tables: Lines, expected: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, lines in tables.items():
        first, *rest = (shuffled(lines)[start::2] for start in range(2))
        (tmp_path / f"{name}.json").write_bytes(array(first))
        for suffix, content in in_files(rest[0], 3).items():
            (tmp_path / f"{name}-{suffix}").write_bytes(content)
    for constant, size in small_budgets.BUDGETS["TINY"].items():
        monkeypatch.setattr(constant, size)
    config = config_for(kind, tmp_path, tmp_path / "exports", runner={"exchange": "inline"})
    assert_same(export_here(config), expected[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_workers_does_not_change_the_bytes(
    kind: str, plain_tables: Path, expected: dict[str, Path], tmp_path: Path
) -> None:
    config = config_for(kind, plain_tables, tmp_path, runner={"workers": 3})
    path = write_config(tmp_path / "export.yaml", config)
    subprocess.run([sys.executable, small_budgets.__file__, str(path), "x", "TINY"], check=True, timeout=120)
    assert_same(tmp_path / "x", expected[kind])
    letters = "dead-letters.ndjson"
    assert (tmp_path / "x" / letters).read_bytes() == (expected[kind] / letters).read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_seen_by_verify(kind: str, expected: dict[str, Path]) -> None:
    store = ObjectStore(str(expected[kind]))
    assert verify_export(store) == []
    manifest = manifest_of(expected[kind])
    shown = framehaul("show", expected[kind]).stdout
    assert ("issuesExported" in shown) == (kind == "issues")
    card = (expected[kind] / "README.md").read_text()
    assert f"{manifest['counts']['records']:,} records of " in card
    assert ("name: tasks" in card, "name: comments" in card) == (kind == "legacy", kind == "issues")
    shard = expected[kind] / manifest["shards"][0]["path"]
    content = shard.read_bytes()
    shard.write_bytes(content.replace(b'"part":{"index":0', b'"part":{"index":9', 1))
    try:
        assert any("part 9 of" in problem or "cannot be" in problem for problem in verify_export(store))
    finally:
        shard.write_bytes(content)


def test_a_plan_counts_as_the_run_does(plain_tables: Path, expected: dict[str, Path], tmp_path: Path) -> None:
    for kind in KINDS:
        path = write_config(tmp_path / f"{kind}.yaml", config_for(kind, plain_tables, tmp_path))
        plan = json.loads(framehaul("plan", path, "--json").stdout)
        counts = manifest_of(expected[kind])["counts"]
        table, name = plan["input"][0], "Issues" if kind == "issues" else "Tasks"
        of_broken_text = 1  # a plan looks at the keys of a record alone, and one line is broken elsewhere
        assert table["selected"] == counts[f"{name.lower()}Exported"] + of_broken_text
        assert table["duplicates"] == counts[f"duplicate{name}"]


def test_a_query_of_the_platform_selects_as_the_config_does(plain_tables: Path, tmp_path: Path) -> None:
    path = write_config(tmp_path / "export.yaml", config_for("legacy", plain_tables, tmp_path / "exports"))
    query = "type=issue&includeHistory=true&sendEmail=false"
    finished = framehaul(
        *("run", path, "--export-id", "q", "--from-ango-options", query),
        *("--set", f"source.issues={plain_tables}/issues*"),
    )
    assert finished.returncode == 0, finished.stderr
    assert manifest_of(tmp_path / "exports" / "q")["config"]["export"]["type"] == "issue"
    refused = framehaul("run", path, "--from-ango-options", "typ=issue")
    assert_refused(refused, 2, "typ: no such parameter; did you mean type?")


def small(folder: Path, records: Sequence[Json], export: Json, table: str = "tasks", **limits: int) -> Path:
    write_lines(folder / "in.ndjson", [orjson.dumps(record) for record in records])
    return export_here(
        {
            "export": export,
            "source": {table: f"{folder}/in.ndjson"},
            "output": {"url": f"{folder}/exports", "max_line_bytes": 1024},
            "limits": limits,
        }
    )


def test_what_is_said_of_an_asset_is_said_by_its_newest_task(tmp_path: Path) -> None:
    task = {"assetId": "a", "stage": "Complete"}
    exported = small(
        tmp_path,
        [
            {**task, "taskId": "t1", "updatedAt": 9, "status": "Reviewed", "batches": ["new"]},
            {**task, "taskId": "t2", "updatedAt": 5, "status": "To-Do", "batches": ["old"]},
            {**task, "taskId": "t3", "updatedAt": 99, "stage": "Review", "status": "not selected"},
        ],
        {"generation": "legacy"},
    )
    (record,) = records_of(exported)
    assert (record["status"], record["batches"]) == ("Reviewed", ["new"])
    assert [task["status"] for task in record["tasks"]] == ["Reviewed", "To-Do"]


def test_a_task_whose_rows_lie_beyond_the_video_is_set_aside_alone(tmp_path: Path) -> None:
    """It does not know how long the video is, another task of the asset does."""
    row = {"objectId": "o", "page": 7}
    exported = small(
        tmp_path,
        [
            {"taskId": "t1", "assetId": "a", "stage": "Complete", "metadata": {"frameTotal": 3}},
            {"taskId": "t2", "assetId": "a", "stage": "Complete", "answer": {"tools": [row]}},
        ],
        {"generation": "legacy"},
        max_dead_letters=1,
    )
    (record,) = records_of(exported)
    assert [task["taskId"] for task in record["tasks"]] == ["t1"]
    assert [letter["reason"] for letter in dead_letters_of(exported)] == ["bad_page"]


def test_an_asset_whose_tasks_alone_fill_a_line_is_set_aside_with_all_of_them(tmp_path: Path) -> None:
    tasks = [{"taskId": f"t{n}", "assetId": "a", "stage": "Complete", "status": "x" * 200} for n in range(5)]
    exported = small(tmp_path, tasks, {"generation": "legacy"}, max_dead_letters=5)
    assert lines_of(exported) == []
    assert {letter["reason"] for letter in dead_letters_of(exported)} == {"line_too_long"}
    assert manifest_of(exported)["counts"]["deadLetterTasks"] == 5


def test_of_an_issue_that_comes_twice_the_newest_stays_and_one_without_id_is_set_aside(
    tmp_path: Path,
) -> None:
    records = [
        {"_id": "i", "updatedAt": 5, "status": "Open"},
        {"_id": "i", "updatedAt": 9, "status": "Closed"},
        {"status": "Open"},
    ]
    exported = small(tmp_path, records, ISSUES, "issues", max_dead_letters=1)
    assert [record["status"] for record in records_of(exported)] == ["Closed"]
    assert [letter["reason"] for letter in dead_letters_of(exported)] == ["missing_key"]
    counts = manifest_of(exported)["counts"]
    assert (counts["issuesRead"], counts["issuesExported"]) == (3, 1)
    assert (counts["duplicateIssues"], counts["deadLetterIssues"]) == (1, 1)


def test_an_export_of_issues_without_issues_exits_with_2(tmp_path: Path) -> None:
    finished = run_command(tmp_path, {"tasks": "t.ndjson"}, export=ISSUES)
    assert_refused(finished, 2, "source.issues is missing")


def test_frames_of_a_legacy_export_are_refused_in_plain_words(expected: dict[str, Path]) -> None:
    finished = framehaul("frames", expected["legacy"], "--asset", "a", "--from", "0", "--to", "1")
    assert_refused(finished, 1, "legacy", "generation v3")
