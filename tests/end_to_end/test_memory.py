"""Promise 4: the peak of a process does not grow with the size of the input.

Nothing is timed, and no absolute size is asserted: a run over five times the
input may need a little more, but never what would hold the difference. The
pieces on the way are made small, so that both inputs have many of them.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from end_to_end import small_budgets
from end_to_end.command import write_config
from end_to_end.exports import Json, settings, tables_in

from pipelines.sample.tables import sample_records

MIB = 1 << 20
SMALL_MIB, LARGE_MIB = 16, 80
ALLOWED = (LARGE_MIB - SMALL_MIB) * MIB // 2  # half of what a process that keeps everything would grow by


def records() -> Iterator[tuple[str, bytes]]:
    """Lines of both tables, for ever: (table, line)."""
    samples = [(task, list(visits)) for task, visits in sample_records(200, 0, 30, 2, seed=1)]
    number = 0
    while True:
        for task, visits in samples:
            number += 1
            task_id = f"{number:08}"
            yield "tasks", orjson.dumps({**task, "taskId": task_id, "assetId": f"a{task_id}"})
            for visit in visits:
                yield "stage-history", orjson.dumps({**visit, "taskId": task_id, "_id": None})


def garbage() -> Iterator[tuple[str, bytes]]:
    """Lines that are all set aside."""
    while True:
        yield "tasks", b'{"taskId":"t1","stage":' + b"x" * 1000 + b"}"


def write_tables(folder: Path, lines: Iterator[tuple[str, bytes]], size: int) -> None:
    folder.mkdir()
    with (
        (folder / "tasks.ndjson").open("wb") as tasks,
        (folder / "stage-history.ndjson").open("wb") as history,
    ):
        for table, line in lines:
            written = (tasks if table == "tasks" else history).write(line + b"\n")
            size -= written
            if size <= 0:
                return


def peaks(folder: Path, config: Json) -> list[int]:
    """Of the launching process and of its only worker, in bytes."""
    path = write_config(folder / "export.yaml", config)
    command = [sys.executable, small_budgets.__file__, str(path), "x", "SMALL"]
    finished = subprocess.run(command, check=True, timeout=120, stdout=subprocess.PIPE)
    return [int(line) for line in finished.stdout.split()]


@pytest.mark.parametrize("lines", [records, garbage])
def test_five_times_the_input_does_not_need_more_memory(
    tmp_path: Path, lines: type[Iterator[tuple[str, bytes]]]
) -> None:
    measured = []
    for size in (SMALL_MIB, LARGE_MIB):
        folder = tmp_path / f"{size}"
        write_tables(folder, lines(), size * MIB)
        config = settings(
            tables_in(folder),
            folder / "exports",
            output={"shard_bytes": "4MiB"},
            runner={"workers": 1},
            limits={"max_dead_letters": 10**9},
        )
        measured.append(peaks(folder, config))
    for who, small, large in zip(("launching process", "worker"), *measured, strict=True):
        grown = f"the {who} grew from {small // MIB} to {large // MIB} MiB"
        assert large - small < ALLOWED, grown
