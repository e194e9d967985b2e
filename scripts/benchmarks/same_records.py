"""Do all contestants write the records that Framehaul writes? Whoever does not is not timed."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.contestants import FRAMEHAUL, RIVALS, Contestant, environment

Records = dict[str, Any]


class DifferentRecordsError(Exception):
    """A contestant's records are not those of Framehaul."""


def refuse_other_records(tables: Path, table_format: str) -> None:
    """Let everybody export ``tables`` and compare all records, as parsed by the standard library.

    Left out of the comparison: the order of the records, and the key ``part``, which is for records that
    are cut.

    Raises:
        DifferentRecordsError: names the contestant and one task.
    """
    expected = exported(FRAMEHAUL, tables, table_format)
    for rival in RIVALS:
        _compare(rival, expected, exported(rival, tables, table_format))


def exported(contestant: Contestant, tables: Path, table_format: str) -> Records:
    """What a contestant makes of ``tables``: taskId to record."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        output.mkdir()
        command = contestant.command(tables, table_format, output)
        run = subprocess.run(  # noqa: S603 - commands of this program
            command, env=environment(Path(folder)), capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise DifferentRecordsError(f"{contestant.name} failed:\n{run.stderr[-2000:]}")
        return _by_task(json.loads(line) for line in record_lines(output))


def record_lines(output: Path) -> Iterator[bytes]:
    """Every line that a contestant has written as a record."""
    for path in sorted(output.rglob("*.ndjson")):
        with path.open("rb") as file:
            yield from file


def _by_task(records: Iterator[Any]) -> Records:
    by_task: Records = {}
    for record in records:
        record.pop("part", None)
        task_id = record["task"]["taskId"]
        if task_id in by_task:
            raise DifferentRecordsError(f"task {task_id} was written twice")
        by_task[task_id] = record
    return by_task


def _compare(rival: Contestant, expected: Records, found: Records) -> None:
    if found.keys() != expected.keys():
        some = sorted(found.keys() ^ expected.keys())[:3]
        raise DifferentRecordsError(f"{rival.name} has {len(found)} tasks of {len(expected)}; see {some}")
    for task_id, record in expected.items():
        if found[task_id] != record:
            where = [*_different_keys(found[task_id], record)]
            raise DifferentRecordsError(f"{rival.name} differs in task {task_id}, in {', '.join(where)}")


def _different_keys(found: Any, expected: Any) -> Iterator[str]:
    for key in {**expected, **found}:
        if found.get(key) != expected.get(key) or (key in found) != (key in expected):
            yield key
            if key == "task":
                yield from _different_keys(found[key], expected[key])
