"""Does Framehaul write the rows that a plain loop writes? Else nothing is timed."""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.contestants import environment
from benchmarks.same_records import DifferentRecordsError, record_lines
from benchmarks.video_contestants import EVERY_FRAME, PLAIN_LOOP, VideoContestant

_LISTS = ("tools", "classifications", "relations")


def refuse_other_rows(tables: Path) -> None:
    """Compare all rows of all videos in ``tables``, in order, as parsed by the standard library.

    Raises:
        DifferentRecordsError: names a list and its first row that differs.
    """
    found, expected = _rows(EVERY_FRAME, tables), _rows(PLAIN_LOOP, tables)
    if found.keys() != expected.keys():
        raise DifferentRecordsError(f"{EVERY_FRAME.name} has tasks {sorted(found)}, not {sorted(expected)}")
    for (task_id, kind), rows in expected.items():
        mine = found[task_id, kind]
        for number, (row, other) in enumerate(zip(mine, rows, strict=False)):
            if row != other:
                raise DifferentRecordsError(f"task {task_id}, {kind}, row {number}: {row} is not {other}")
        if len(mine) != len(rows):
            raise DifferentRecordsError(f"task {task_id} has {len(mine)} {kind}, not {len(rows)}")


def _rows(contestant: VideoContestant, tables: Path) -> dict[tuple[str, str], list[Any]]:
    """The lists of each task, parts put together in order."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        output.mkdir()
        run = subprocess.run(  # noqa: S603 - commands of this program
            contestant.command(tables, output),
            env=environment(Path(folder)),
            capture_output=True,
            check=False,
        )
        if run.returncode:
            raise DifferentRecordsError(f"{contestant.name} failed:\n{run.stderr.decode()[-2000:]}")
        lists: dict[tuple[str, str], list[Any]] = {}
        for line in record_lines(output):
            task = json.loads(line)["task"]
            for kind in _LISTS:
                lists.setdefault((task["taskId"], kind), []).extend(task[kind])
        return lists
