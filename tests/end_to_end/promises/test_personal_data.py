"""``limits.redact``: whoever may read dead letters and logs need not see what the records are about."""

from pathlib import Path

from end_to_end.command import framehaul, write_config
from end_to_end.exports import dead_letters_of, records_of, settings, write_lines

NAMES = ("ann@example.org", "Ann Example", "0151-555")
BROKEN = [
    b'{"taskId":"t1","stage":"Complete","duration":"long","metadata":{"contact":{"email":"ann@example.org"}}}',
    b'{"taskId":"t2","stage":"Complete","metadata":[{"email":"ann@example.org","name":"Ann Example"}]}',
    b'{"taskId":"t3","stage":"Complete","updatedAt":"0151-555"}',
    b'{"taskId":"t4","stage":"Complete","metadata":"{\\"phone\\": \\"0151-555\\"}"}',
    b'{"taskId":"t5","stage":"Complete","email":"ann@example.org"',
    b"t6;ann@example.org;Ann Example;0151-555",
]
GOOD = b'{"taskId":"t0","stage":"Complete","metadata":{"email":"ann@example.org"}}'


def test_dead_letters_and_logs_hold_no_value_of_a_redacted_key(tmp_path: Path) -> None:
    tasks = write_lines(tmp_path / "tasks.ndjson", [GOOD, *BROKEN])
    config = settings(
        {"tasks": str(tasks)},
        tmp_path / "exports",
        limits={"redact": ["email", "name", "phone", "updatedAt"], "max_dead_letters": 5},
    )
    finished = framehaul("run", write_config(tmp_path / "export.yaml", config), "--export-id", "x")
    assert finished.returncode == 3, finished.stderr
    export = tmp_path / "exports" / "x"
    letters = dead_letters_of(export)
    assert [letter["source"].rpartition(":")[2] for letter in letters] == ["2", "3", "4", "5", "6", "7"]
    written = (export / "dead-letters.ndjson").read_text() + finished.stdout + finished.stderr
    assert [name for name in NAMES if name in written] == []
    assert '"contact":{"email":"***"}' in letters[0]["record"], "what is around it is still told"
    assert "updatedAt is '***'" in letters[2]["detail"]
    assert "withheld" in letters[5]["record"]
    assert [record["metadata"] for record in records_of(export)] == [{"email": "ann@example.org"}]
