"""Promise 4: the peak of a process does not grow with the size of the input or the length of a video.

Nothing is timed, and no absolute size is asserted: a run over five times the
input may need a little more, but never what would hold the difference. The
pieces on the way are made small, so that both inputs have many of them.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from end_to_end import small_budgets
from end_to_end.command import write_config
from end_to_end.exports import Json, settings, tables_in
from framehaul.pipelines.sample.sample_tables import sample_records

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


ONE_OBJECT: Json = {"format": "json", "zip": True}


@pytest.mark.parametrize(("lines", "form"), [(records, {}), (records, ONE_OBJECT), (garbage, {})])
def test_five_times_the_input_does_not_need_more_memory(
    tmp_path: Path, lines: type[Iterator[tuple[str, bytes]]], form: Json
) -> None:
    measured = []
    for size in (SMALL_MIB, LARGE_MIB):
        folder = tmp_path / f"{size}"
        write_tables(folder, lines(), size * MIB)
        config = settings(
            tables_in(folder),
            folder / "exports",
            output={"shard_bytes": "4MiB", **form},
            runner={"workers": 1},
            limits={"max_dead_letters": 10**9},
        )
        measured.append(peaks(folder, config))
    refuse_growth(measured)


def write_history_of_one_task(folder: Path, entries: int) -> int:
    """One task with so much stage history that no record can hold it. Returns bytes of input."""
    folder.mkdir()
    answer = b'{"tools":[{"point":[1,2],"objectId":"o1","title":"%b"}]}' % (b"x" * 400)
    line = b'{"_id":"h%08d","taskId":"t1","stage":"Label","completedAt":%d,"answer":%b}\n'
    (folder / "tasks.ndjson").write_bytes(b'{"taskId":"t1","stage":"Complete"}\n')
    with (folder / "stage-history.ndjson").open("wb") as history:
        return sum(history.write(line % (number, 10**12 + number, answer)) for number in range(entries))


def test_ten_times_the_stage_history_of_one_task_does_not_need_more_memory(tmp_path: Path) -> None:
    """It is set aside line by line, and nobody holds all of it."""
    measured, sizes = [], []
    for entries in (20_000, 200_000):
        folder = tmp_path / f"{entries}"
        sizes.append(write_history_of_one_task(folder, entries))
        limits = {"max_dead_letters": 10**9}
        config = settings(tables_in(folder), folder / "exports", limits=limits, runner={"workers": 1})
        measured.append(peaks(folder, config))
        with (folder / "exports/x/dead-letters.ndjson").open("rb") as letters:
            assert sum(1 for _ in letters) == entries + 1
    refuse_growth(measured, (sizes[1] - sizes[0]) // 2)


def refuse_growth(measured: list[list[int]], allowed: int = ALLOWED) -> None:
    for who, small, large in zip(("launching process", "worker"), *measured, strict=True):
        grown = f"the {who} grew from {small // MIB} to {large // MIB} MiB"
        assert large - small < allowed, grown


ROWS = [
    orjson.dumps(
        {
            "bounding-box": {"x": number + 0.5, "y": 1, "height": 120.5, "width": 80.25},
            "objectId": f"object-{number}",
            "classifications": [],
            "title": "x" * 100,
        }
    )
    for number in range(10)
]


def key_frames_in_a_table(folder: Path, size: int) -> None:
    """A video of ten objects, each drawn anew at every frame."""
    frames = size // sum(map(len, ROWS))
    write_video(folder, frames, b"[]")
    with (folder / "frames.ndjson").open("wb") as table:
        for page in range(frames):
            table.write(b'{"taskId":"t1","page":%d,"tools":[%b]}\n' % (page, b",".join(ROWS)))


def key_frames_that_hold(folder: Path, size: int) -> None:
    """A video of ten objects, each drawn once, at the first frame: everything else is computed."""
    frames = size // sum(map(len, ROWS))
    write_video(folder, frames, b"[%b]" % b",".join(row[:-1] + b',"page":0}' for row in ROWS))
    (folder / "frames.ndjson").write_bytes(b"")


def write_video(folder: Path, frames: int, tools: bytes) -> None:
    folder.mkdir()
    line = b'{"taskId":"t1","assetId":"a1","stage":"Complete","metadata":{"frameTotal":%d},"answer":{"tools":%b}}\n'
    (folder / "tasks.ndjson").write_bytes(line % (frames, tools))


@pytest.mark.parametrize("write", [key_frames_in_a_table, key_frames_that_hold])
def test_a_video_five_times_as_long_does_not_need_more_memory(
    tmp_path: Path, write: Callable[[Path, int], None]
) -> None:
    measured = []
    for size in (SMALL_MIB, LARGE_MIB):
        folder = tmp_path / f"{size}"
        write(folder, size * MIB)
        tables = {"tasks": f"{folder}/tasks*", "frames": f"{folder}/frames*"}
        output = {"shard_bytes": "4MiB"}
        config = settings(tables, folder / "exports", output=output, runner={"workers": 1})
        measured.append(peaks(folder, config))
        shards = list((folder / "exports/x/data").glob("long-a1-*"))
        assert sum(shard.stat().st_size for shard in shards) > size * MIB
    refuse_growth(measured)
