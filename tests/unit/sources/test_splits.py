"""Splits cover every file of a table once."""

import gzip
import itertools
from pathlib import Path

import fsspec  # the memory store is filled through it
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.errors import SourceError
from framehaul.transforms.sources.splits import number_splits, split_table
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile

OPTIONS = StorageOptions()


def file_of(name: str, content: bytes) -> SourceFile:
    """A file in memory, which needs no folder."""
    fsspec.filesystem("memory").pipe_file(f"/splits/{name}", content)
    return SourceFile(f"memory://splits/{name}", len(content))


@given(st.integers(1, 10_000), st.integers(1, 3000))
def test_ranges_cover_a_plain_file_and_are_about_as_large_as_asked(size: int, split_bytes: int) -> None:
    file = file_of("tasks.ndjson", b"{" * size)
    splits = split_table("tasks", [file], OPTIONS, split_bytes)
    assert (splits[0].start, splits[-1].end) == (0, size)
    assert all(before.end == after.start for before, after in itertools.pairwise(splits))
    assert all(0 < split.end - split.start <= 2 * split_bytes for split in splits)
    assert sum(split.stored_bytes for split in splits) <= size


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"{}\n" * 90, mtime=0), zstandard.compress(b"{}\n" * 90), b"[" + b"{}," * 90 + b"{}]"],
    ids=["gzip", "zstd", "array"],
)
def test_what_can_only_be_read_from_its_start_is_one_split(content: bytes) -> None:
    (split,) = split_table("tasks", [file_of("tasks", content)], OPTIONS, split_bytes=10)
    assert (split.start, split.end, split.stored_bytes) == (0, len(content), len(content))


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
    files = [file_of("a.ndjson", b"{" * 20), file_of("b.ndjson", b"")]
    names = [file.url for file in files]
    tables = [split_table(table, files, OPTIONS, split_bytes=10) for table in ("tasks", "stage_history")]
    splits = number_splits(itertools.chain(*tables))
    assert [(split.index, split.table, split.url, split.start, split.end) for split in splits] == [
        (0, "tasks", names[0], 0, 10),
        (1, "tasks", names[0], 10, 20),
        (2, "tasks", names[1], 0, 0),
        (3, "stage_history", names[0], 0, 10),
        (4, "stage_history", names[0], 10, 20),
        (5, "stage_history", names[1], 0, 0),
    ]
