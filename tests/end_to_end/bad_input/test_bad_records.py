"""Promise 5 for records: what is broken is set aside with its place, its reason and what is allowed."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from end_to_end.command import framehaul, run_command
from end_to_end.exports import dead_letters_of, manifest_of, records_of, write_lines

GOOD = b'{"taskId":"t1","stage":"Complete"}'

# What a line is, why it is set aside, and what the person is told.
BROKEN_TASKS: dict[str, tuple[bytes, str, str]] = {
    "not JSON": (b"taskId=t1", "not_json", "line 1 column"),
    "Python's way to write JSON": (b"{'taskId': 't1'}", "not_json", "a record is one JSON object"),
    "NaN": (b'{"taskId":"t1","stage":"Complete","duration":NaN}', "not_json", ""),
    "infinity": (b'{"taskId":"t1","stage":"Complete","duration":1e400}', "number_out_of_range", "infinity"),
    "a huge whole number": (
        b'{"taskId":"t1","stage":"Complete","n":%b}' % (b"9" * 30),
        "number_out_of_range",
        "64",
    ),
    "not UTF-8": (b'{"taskId":"t1","stage":"Complete","n":"\xff"}', "not_utf8", "byte 39"),
    "half of a surrogate pair": (rb'{"taskId":"t1","stage":"Complete","n":"\ud800"}', "not_json", ""),
    "nested too deep": (b'{"taskId":"t1","stage":"Complete","n":%b}' % (b"[" * 3000), "too_deep", "1,000"),
    "an array where an object is due": (b'[{"taskId":"t1","stage":"Complete"}]', "not_an_object", "object"),
    "null": (b"null", "not_an_object", "object"),
    "no task id": (b'{"stage":"Complete"}', "missing_key", "taskId is absent"),
    "an empty task id": (b'{"taskId":"","stage":"Complete"}', "missing_key", "taskId is empty"),
    "no stage": (b'{"taskId":"t1","stage":null}', "missing_key", "stage is absent"),
    "a number as task id": (b'{"taskId":1,"stage":"Complete"}', "wrong_type", "$.taskId"),
    "text as duration": (b'{"taskId":"t1","stage":"Complete","duration":"5"}', "wrong_type", "$.duration"),
    "a list as metadata": (b'{"taskId":"t1","stage":"Complete","metadata":[]}', "wrong_type", "$.metadata"),
    "an object as tools": (
        b'{"taskId":"t1","stage":"Complete","answer":{"tools":{}}}',
        "wrong_type",
        "answer.tools",
    ),
    "no such day": (
        b'{"taskId":"t1","stage":"Complete","updatedAt":"2023-02-29"}',
        "bad_time",
        "updatedAt is",
    ),
    "too long": (
        b'{"taskId":"long","stage":"Complete","asset":"%b"}' % (b"x" * 1024),
        "line_too_long",
        "1024",
    ),
    "cut in mid-line": (GOOD[:20], "not_json", ""),
}
BROKEN_HISTORY: dict[str, tuple[bytes, str, str]] = {
    "no time": (b'{"taskId":"t1","stage":"Label"}', "missing_key", "completedAt is absent"),
    "a bad time": (
        b'{"taskId":"t1","stage":"Label","completedAt":"soon"}',
        "bad_time",
        "completedAt is 'soon'",
    ),
    "an answer that is a list": (
        b'{"taskId":"t1","stage":"Label","completedAt":5,"answer":[]}',
        "wrong_type",
        "answer",
    ),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One run over a good record, a copy of it, an orphan and everything broken; the last line is cut."""
    folder = tmp_path_factory.mktemp("broken")
    orphan = b'{"_id":"h","taskId":"never read","stage":"Label","completedAt":5}'
    tasks = [GOOD, GOOD, *(line for line, _, _ in BROKEN_TASKS.values())]
    history = [orphan, orphan, *(line for line, _, _ in BROKEN_HISTORY.values())]
    (folder / "tasks.ndjson").write_bytes(b"\n".join(tasks))
    write_lines(folder / "history.ndjson", history)
    source = {"tasks": "tasks.ndjson", "stage_history": "history.ndjson"}
    return folder, run_command(
        folder, source, output={"max_line_bytes": 1024}, limits={"max_dead_letters": 22}
    )


def test_more_dead_letters_than_allowed_exit_with_3_and_the_manifest_is_written(broken: Any) -> None:
    folder, finished = broken
    assert finished.returncode == 3, finished.stderr
    assert "set aside      23 (" in finished.stdout
    assert "allowed 22; see dead-letters.ndjson" in finished.stdout
    assert len(records_of(folder / "exports" / "x")) == 1
    assert framehaul("verify", folder / "exports" / "x").returncode == 0


def test_no_more_dead_letters_than_allowed_exit_with_0(broken: Any) -> None:
    folder, _ = broken
    shown = framehaul(
        *("run", "export.yaml", "--export-id", "allowed", "--set", "limits.max_dead_letters=23"), cwd=folder
    )
    assert shown.returncode == 0, shown.stderr
    assert "set aside      23 (" in shown.stdout


def test_copies_and_orphans_are_counted_and_not_set_aside(broken: Any) -> None:
    counts = manifest_of(broken[0] / "exports" / "x")["counts"]
    assert counts["duplicateTasks"] == 1
    assert counts["duplicateStageHistory"] == 1
    assert counts["orphanStageHistory"] == 1
    assert (counts["deadLetterTasks"], counts["deadLetterStageHistory"]) == (20, 3)


@pytest.mark.parametrize(
    ("table", "name"),
    [*(("tasks", name) for name in BROKEN_TASKS), *(("stage_history", name) for name in BROKEN_HISTORY)],
)
def test_a_broken_record_is_set_aside_with_its_place_its_reason_and_what_is_allowed(
    broken: Any, table: str, name: str
) -> None:
    known = BROKEN_TASKS if table == "tasks" else BROKEN_HISTORY
    line, reason, detail = known[name]
    file = "tasks.ndjson" if table == "tasks" else "history.ndjson"
    place = f"{file}:{list(known).index(name) + 3}"  # two good lines come first
    (letter,) = [
        letter for letter in dead_letters_of(broken[0] / "exports" / "x") if letter["source"] == place
    ]
    assert (letter["table"], letter["reason"]) == (table, reason)
    assert detail in letter["detail"]
    assert letter["record"] == line.decode(errors="backslashreplace")
