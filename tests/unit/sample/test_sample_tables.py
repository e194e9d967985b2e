"""The files of a sample: same bytes for the same seed, cut by content, whole or not there."""

import hashlib
import os
import subprocess
import sys
import tracemalloc

import orjson
import pyarrow.parquet as pq
import pytest

from framehaul.pipelines.sample import parquet_file, table_files
from framehaul.pipelines.sample.sample_tables import sample_records, write_sample

NESTED_TEXT = ("metadata", "contextData", "attachments", "consensusDetailed", "taskHistory", "answer")

WRITE_IN_A_NEW_PROCESS = """
import pathlib, sys
from framehaul.pipelines.sample.sample_tables import write_sample
write_sample(pathlib.Path(sys.argv[1]), tasks=60, videos=1, seed=7)
assert not {"apache_beam", "pyarrow"} & sys.modules.keys(), "the command must start quickly"
"""


def contents(paths):
    return {path.name: path.read_bytes() for path in paths}


def lines_of(paths, name):
    return b"".join(path.read_bytes() for path in sorted(paths) if path.name.startswith(name)).split(b"\n")[
        :-1
    ]


def rows_of(paths, name):
    """The records of a Parquet table as they were before they were put into columns."""
    for path in sorted(paths):
        if path.name.startswith(name):
            for row in pq.read_table(path).to_pylist():
                present = {key: value for key, value in row.items() if value is not None}
                yield {
                    key: orjson.loads(value) if key in NESTED_TEXT else value
                    for key, value in present.items()
                }


def test_a_new_process_writes_the_same_bytes(tmp_path):
    here = write_sample(tmp_path / "here", tasks=60, videos=1, seed=7)
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", WRITE_IN_A_NEW_PROCESS, str(tmp_path / "there")]
    subprocess.run(command, check=True, env=environment)
    assert contents(here) == contents((tmp_path / "there").iterdir())


def digest(tasks: int, videos: int) -> str:
    """SHA-256 of the records of a sample with seed 0, in order."""
    hashed = hashlib.sha256()
    for task, visits in sample_records(tasks, videos, 300, 7, seed=0):
        hashed.update(orjson.dumps(task))
        for visit in visits:
            hashed.update(orjson.dumps(visit))
    return hashed.hexdigest()


@pytest.mark.parametrize(
    ("tasks", "videos", "known"),
    [
        pytest.param(
            1, 0, "ffea2a7c31de22f8b7e2ded79a10e677e7dc81b7fc4706be27ea28134a48a25a", id="first-task"
        ),
        pytest.param(
            300,
            0,
            "55105fbbbeb76316ed69e7d1b87a5149c7fd63854434da003e435d7112bbc07c",
            id="every-tool-and-kind-of-asset",
        ),
        pytest.param(0, 2, "be77b03fc793073c7c2b3f2ddae8ad567c86eaec82da088ab4d41ad2df72a6c0", id="videos"),
    ],
)
def test_the_records_of_seed_0_are_known(tasks, videos, known):
    """A change here changes every sample.

    Benchmark figures taken before are then no longer comparable, and samples that people keep are no
    longer what their seed gives. Do it for a good reason only, and say so in the change log.
    """
    assert digest(tasks, videos) == known


def test_a_larger_sample_begins_with_the_smaller_one(tmp_path):
    small = write_sample(tmp_path / "small", tasks=45, videos=0)  # ends inside a group with one asset
    large = write_sample(tmp_path / "large", tasks=90, videos=2)
    for name in ("tasks", "stage-history"):
        smaller = lines_of(small, name)
        assert lines_of(large, name)[: len(smaller)] == smaller


def test_videos_do_not_depend_on_the_number_of_tasks(tmp_path):
    few = write_sample(tmp_path / "few", tasks=1, videos=2, frames=50)
    many = write_sample(tmp_path / "many", tasks=9, videos=2, frames=50)
    assert lines_of(few, "tasks")[1:] == lines_of(many, "tasks")[9:]


def test_files_are_cut_by_content_and_lose_no_record(tmp_path, monkeypatch):
    whole = write_sample(tmp_path / "whole", tasks=40)
    monkeypatch.setattr(table_files, "FILE_BYTES", 30_000)
    cut = write_sample(tmp_path / "cut", tasks=40)

    assert [path.name for path in whole] == ["tasks-00000.ndjson", "stage-history-00000.ndjson"]
    assert [path.name for path in cut][:2] == ["tasks-00000.ndjson", "tasks-00001.ndjson"]
    for name in ("tasks", "stage-history"):
        assert lines_of(cut, name) == lines_of(whole, name)
        sizes = [path.stat().st_size for path in cut if path.name.startswith(name)]
        assert len(sizes) > 2
        assert all(size >= 30_000 for size in sizes[:-1])


def test_parquet_holds_the_records_of_ndjson_file_by_file(tmp_path, monkeypatch):
    monkeypatch.setattr(table_files, "FILE_BYTES", 300_000)
    monkeypatch.setattr(parquet_file, "ROW_GROUP_BYTES", 100_000)
    ndjson = write_sample(tmp_path, tasks=300)
    parquet = write_sample(tmp_path, tasks=300, table_format="parquet")

    assert [path.with_suffix(".parquet") for path in ndjson] == parquet
    for text, columns in zip(ndjson, parquet, strict=True):
        name = columns.name.rpartition("-")[0]
        assert [orjson.loads(line) for line in lines_of([text], name)] == list(rows_of([columns], name))
    assert pq.ParquetFile(parquet[0]).num_row_groups == 3


def test_every_key_has_a_column():
    """A key without a column would be lost in Parquet alone."""
    for task, visits in sample_records(300, 2, 30, 2, seed=0):
        assert task.keys() <= parquet_file.COLUMNS["tasks"].keys()
        for visit in visits:
            assert visit.keys() <= parquet_file.COLUMNS["stage-history"].keys()


def test_rows_wait_in_batches_until_their_row_group_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_file, "_BATCH_ROWS", 7)
    paths = write_sample(tmp_path, tasks=30, videos=0, table_format="parquet")
    assert pq.ParquetFile(paths[0]).metadata.num_row_groups == 1
    assert len(list(rows_of(paths, "tasks"))) == 30


@pytest.mark.parametrize("table_format", ["ndjson", "parquet"])
def test_the_reported_bytes_are_the_bytes_on_disk(tmp_path, monkeypatch, table_format):
    monkeypatch.setattr(table_files, "FILE_BYTES", 400_000)
    monkeypatch.setattr(table_files, "_REPORT_BYTES", 10_000)
    monkeypatch.setattr(parquet_file, "ROW_GROUP_BYTES", 100_000)
    reported: list[int] = []
    paths = write_sample(tmp_path, tasks=300, table_format=table_format, report=reported.append)
    assert sum(reported) == sum(path.stat().st_size for path in paths)
    assert len(reported) > 5


def test_files_of_an_earlier_larger_sample_are_removed(tmp_path, monkeypatch):
    for name in ("tasks-00000.ndjson", "tasks-00007.ndjson", "stage-history-00001.ndjson"):
        (tmp_path / name).write_text("of an earlier sample\n")
    others = ["tasks-00007.parquet", "tasks-00007.ndjson.gz", "tasks-extra.ndjson", "notes.txt"]
    for name in others:
        (tmp_path / name).write_text("of somebody else\n")

    written = write_sample(tmp_path, tasks=3, videos=0)

    assert {path.name for path in tmp_path.iterdir()} == {*others, *(path.name for path in written)}
    assert all(orjson.loads(line) for line in lines_of(written, "tasks"))


@pytest.mark.parametrize("table_format", ["ndjson", "parquet"])
def test_a_sample_that_fails_leaves_no_files(tmp_path, table_format):
    def interrupt(_written: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, tasks=10, table_format=table_format, report=interrupt)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("table_format", ["ndjson", "parquet"])
def test_a_sample_of_nothing_has_two_empty_tables(tmp_path, table_format):
    paths = write_sample(tmp_path / "new" / "folder", tasks=0, videos=0, table_format=table_format)
    assert [path.stem for path in paths] == ["tasks-00000", "stage-history-00000"]
    records = list(rows_of(paths, "tasks")) if table_format == "parquet" else lines_of(paths, "tasks")
    assert records == []


def test_memory_does_not_grow_with_the_number_of_tasks():
    def peak_bytes(tasks: int) -> int:
        tracemalloc.start()
        for _, visits in sample_records(tasks, 0, 1, 0, seed=0):
            for _ in visits:
                pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert peak_bytes(600) < 2 * peak_bytes(60)


def test_parquet_holds_one_row_group_and_not_the_table(tmp_path, monkeypatch):
    """Python objects only: what Arrow holds is bounded by the row group as well."""
    monkeypatch.setattr(parquet_file, "ROW_GROUP_BYTES", 50_000)

    def peak_bytes(tasks: int) -> int:
        tracemalloc.start()
        write_sample(tmp_path, tasks=tasks, videos=0, table_format="parquet")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_bytes(10)  # loads pyarrow
    assert peak_bytes(500) < 2 * peak_bytes(100)
