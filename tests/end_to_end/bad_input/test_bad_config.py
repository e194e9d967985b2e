"""Promise 5 for what a person asks for: it is refused as a whole, before anything is touched."""

import json
from pathlib import Path

import pytest

from end_to_end.command import assert_nothing_published, assert_refused, framehaul, run_command, write_config
from end_to_end.exports import Json, export_here, records_of, settings, shard_hashes

GOOD = b'{"taskId":"t1","stage":"Complete"}'
LINES = GOOD + b"\n" + b'{"taskId":"t2","stage":"Complete"}\n'


def test_a_table_of_another_format_is_refused_with_what_was_found_and_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "tasks.csv").write_bytes(b"taskId,stage\nt1,Label\n")
    finished = run_command(tmp_path, {"tasks": "tasks.csv"})
    assert_refused(
        finished, 1, "tasks.csv is no JSON", "begins with 'taskId,stage", "one object a line", "Parquet"
    )
    assert_nothing_published(tmp_path)


def test_lines_of_json_are_read_whatever_their_file_is_called(tmp_path: Path) -> None:
    (tmp_path / "tasks.csv").write_bytes(LINES)
    assert run_command(tmp_path, {"tasks": "tasks.csv"}).returncode == 0


def test_a_config_with_several_problems_exits_with_2_and_lists_all(tmp_path: Path) -> None:
    config: Json = {
        "export": {"stages": [5], "updated_at": {"after": "soon"}, "task_types": ["gold"], "batch": []},
        "source": {"tasks": []},
        "output": {
            "url": "ftp://host/x",
            "compresion": "gzip",
            "shard_bytes": "lots",
            "max_line_bytes": "17MiB",
        },
        "storage": {"s3": {"secret": "do not print this"}},
        "limits": {"max_dead_letters": -1},
    }
    finished = framehaul("run", write_config(tmp_path / "export.yaml", config), cwd=tmp_path)
    assert_refused(
        finished,
        2,
        *(
            "export.stages.0 is 5",
            "export.updated_at.after",
            "export.task_types.0 is 'gold'",
            "export.batch is not",
        ),
        *(
            "source.tasks is []",
            "output.url is 'ftp://host/x'",
            "did you mean compression?",
            "'lots' is no size",
        ),
        *("output.max_line_bytes", "storage", "{env: NAME}", "limits.max_dead_letters is -1"),
    )
    assert "do not print this" not in finished.stderr
    assert not (tmp_path / "exports").exists()


def test_a_secret_that_is_not_set_exits_with_2_and_names_the_variable(tmp_path: Path) -> None:
    storage = {"s3": {"key": {"env": "NO_SUCH_KEY_IS_SET"}, "secret": {"env": "NO_SUCH_SECRET_IS_SET"}}}
    finished = run_command(tmp_path, {"tasks": "s3://bucket/*.ndjson"}, storage=storage)
    assert_refused(finished, 2, "NO_SUCH_KEY_IS_SET", "not set on this machine")


@pytest.mark.parametrize(
    "flags", [["--nonsense"], ["--", "--shardz=3"], ["--set", "output"], ["--set", "a.b=[1"]]
)
def test_a_wrong_flag_exits_with_2(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "tasks.ndjson").write_bytes(LINES)
    config = write_config(tmp_path / "export.yaml", settings({"tasks": "tasks.ndjson"}, "exports"))
    assert_refused(framehaul("run", config, *flags, cwd=tmp_path), 2)
    assert not (tmp_path / "exports").exists()


def test_a_failed_run_is_an_error_in_the_log(tmp_path: Path) -> None:
    """Who alarms on the level of JSON log lines must see it."""
    finished = run_command(tmp_path, {"tasks": "no-such.ndjson"})
    events = [json.loads(line) for line in finished.stderr.splitlines() if line.startswith("{")]
    assert [event["level"] for event in events if event["event"] == "run_failed"] == ["error"]


def test_an_output_folder_below_a_file_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "tasks.ndjson").write_bytes(LINES)
    (tmp_path / "exports").write_bytes(b"")
    assert_refused(run_command(tmp_path, {"tasks": "tasks.ndjson"}), 1, "/exports/", "Not a directory")


def test_a_second_run_into_a_finished_export_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tasks.ndjson").write_bytes(LINES)
    export = export_here(settings({"tasks": f"{tmp_path}/tasks.ndjson"}, tmp_path / "exports"))
    before = (export / "manifest.json").read_bytes(), shard_hashes(export)
    (tmp_path / "tasks.ndjson").write_bytes(GOOD)
    assert_refused(
        run_command(tmp_path, {"tasks": "tasks.ndjson"}), 1, "exports/x already holds a finished export"
    )
    assert ((export / "manifest.json").read_bytes(), shard_hashes(export)) == before


@pytest.mark.parametrize("export_id", [".", "..", "../elsewhere", "a/b", "x\n"])
def test_an_export_id_that_is_no_plain_name_is_refused_before_anything_is_touched(
    tmp_path: Path, export_id: str
) -> None:
    (tmp_path / "tasks.ndjson").write_bytes(LINES)
    (tmp_path / "exports" / "finished").mkdir(parents=True)
    (tmp_path / "exports" / "finished" / "manifest.json").write_text("of another export")
    before = sorted(path for path in tmp_path.rglob("*"))
    assert_refused(run_command(tmp_path, {"tasks": "tasks.ndjson"}, export_id), 2, "export-id")
    assert sorted({*tmp_path.rglob("*")} - {tmp_path / "export.yaml"}) == before


def test_files_that_no_export_wrote_are_never_deleted(tmp_path: Path) -> None:
    """Only what a killed run has left may go, not what somebody keeps in a folder of that name."""
    (tmp_path / "tasks.ndjson").write_bytes(LINES)
    kept = tmp_path / "exports" / "x" / "notes" / "kept.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("three weeks of work")
    export_here(settings({"tasks": f"{tmp_path}/tasks.ndjson"}, tmp_path / "exports"))
    assert kept.exists()


def test_stage_history_that_is_not_asked_for_is_not_read_at_all(tmp_path: Path) -> None:
    (tmp_path / "tasks.ndjson").write_bytes(LINES)
    source = {"tasks": f"{tmp_path}/tasks.ndjson", "stage_history": f"{tmp_path}/no-such-*.ndjson"}
    without = {"fields": {"stage_history": False}}
    records = records_of(export_here(settings(source, tmp_path / "exports", export=without)))
    assert [record["task"]["taskId"] for record in records] == ["t1", "t2"]
    assert all("stageHistory" not in record["task"] for record in records)
