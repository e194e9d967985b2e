"""Formats follow suffixes, and splits cover every file of a table once."""

import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.errors import ConfigError, SourceError
from framehaul.transforms.sources.splits import format_of, numbered, split_table
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile

OPTIONS = StorageOptions()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("tasks.ndjson", ("ndjson", "none")),
        ("dump/tasks.jsonl", ("ndjson", "none")),
        ("tasks.json", ("json", "none")),
        ("tasks.parquet", ("parquet", "none")),
        ("s3://dump/tasks-01.ndjson.gz", ("ndjson", "gzip")),
        ("tasks.jsonl.zst", ("ndjson", "zstd")),
        ("tasks.json.gz", ("json", "gzip")),
        ("TASKS.NDJSON.GZ", ("ndjson", "gzip")),
        ("dump.v2.json/tasks.2024.ndjson", ("ndjson", "none")),
    ],
)
def test_format_and_compression_follow_the_suffix(url: str, found: tuple[str, str]) -> None:
    assert format_of(url) == found


@pytest.mark.parametrize(
    "url",
    [
        "tasks",
        "tasks.csv",
        "tasks.json.bz2",
        "tasks.gz",
        "tasks.parquet.gz",
        "tasks.ndjson/part",
        "tasksjson",
    ],
)
def test_an_unknown_suffix_is_refused_with_the_known_ones(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        format_of(url)
    assert str(caught.value).startswith(f"{url}: ")
    for suffix in (".ndjson", ".jsonl", ".json", ".gz", ".zst", ".parquet"):
        assert suffix in str(caught.value)


@given(st.integers(1, 10_000), st.integers(1, 3000))
def test_ranges_cover_a_plain_file_and_are_about_as_large_as_asked(size: int, split_bytes: int) -> None:
    splits = split_table("tasks", [SourceFile("tasks.ndjson", size)], OPTIONS, split_bytes)
    assert (splits[0].start, splits[-1].end) == (0, size)
    assert all(before.end == after.start for before, after in itertools.pairwise(splits))
    assert all(0 < split.end - split.start <= 2 * split_bytes for split in splits)
    assert sum(split.stored_bytes for split in splits) <= size


@pytest.mark.parametrize("name", ["tasks.ndjson.gz", "tasks.ndjson.zst", "tasks.json", "tasks.json.gz"])
def test_what_can_only_be_read_from_its_start_is_one_split(name: str) -> None:
    (split,) = split_table("tasks", [SourceFile(name, 10_000)], OPTIONS, split_bytes=10)
    assert (split.start, split.end, split.stored_bytes) == (0, 10_000, 10_000)


def test_a_parquet_file_is_split_by_row_groups(tmp_path: Path) -> None:
    file = tmp_path / "tasks.parquet"
    pq.write_table(pa.table({"taskId": [str(number) for number in range(10)]}), file, row_group_size=4)
    splits = split_table("tasks", [SourceFile(str(file), file.stat().st_size)], OPTIONS, split_bytes=1 << 30)
    assert [(split.start, split.end) for split in splits] == [(0, 1), (1, 2), (2, 3)]


def test_a_damaged_parquet_file_is_told_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "tasks.parquet"
    file.write_bytes(b"PAR1 no more")
    with pytest.raises(SourceError, match=r"tasks\.parquet cannot be read as Parquet"):
        split_table("tasks", [SourceFile(str(file), 12)], OPTIONS, split_bytes=10)


def test_splits_are_numbered_by_table_file_and_place() -> None:
    files = [SourceFile("a.ndjson", 20), SourceFile("b.ndjson", 0)]
    tables = [split_table(table, files, OPTIONS, split_bytes=10) for table in ("tasks", "stage_history")]
    splits = numbered(itertools.chain(*tables))
    assert [(split.index, split.table, split.url, split.start, split.end) for split in splits] == [
        (0, "tasks", "a.ndjson", 0, 10),
        (1, "tasks", "a.ndjson", 10, 20),
        (2, "tasks", "b.ndjson", 0, 0),
        (3, "stage_history", "a.ndjson", 0, 10),
        (4, "stage_history", "a.ndjson", 10, 20),
        (5, "stage_history", "b.ndjson", 0, 0),
    ]
