"""Reading tables: every format gives the same records, and every split its own."""

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from apache_beam.testing.util import assert_that

from framehaul.transforms.counts import Progress
from framehaul.transforms.read_records import ReadRecords
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.sources.splits import Split, number_splits, split_table
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.options import StorageOptions
from steps.step_runs import EVERYTHING, KIND, flat, new_pipeline, run

OPTIONS = StorageOptions()
RECORDS: list[dict[str, Any]] = [
    {"taskId": f"t{number}", "stage": "Complete" if number % 3 else "Review", "answer": {"tools": [number]}}
    for number in range(50)
]
NDJSON = b"".join(orjson.dumps(record) + b"\n" for record in RECORDS)


def write_every_format(folder: Path) -> None:
    array = json.dumps(RECORDS, indent=2).encode()
    contents = {
        "a.ndjson": NDJSON,
        "b.jsonl.gz": gzip.compress(NDJSON[:500]) + gzip.compress(NDJSON[500:]),
        "c.ndjson.zst": zstandard.compress(NDJSON),
        "d.json": array,
        "e.json.gz": gzip.compress(array),
        "f.json.zst": zstandard.compress(array),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    answers = pa.array([json.dumps(record["answer"]) for record in RECORDS])
    table = pa.Table.from_pylist(RECORDS)
    pq.write_table(table, folder / "g.parquet", row_group_size=20)
    pq.write_table(table.set_column(2, "answer", answers), folder / "h.parquet")


def splits_of(folder: Path, pattern: str = "*", split_bytes: int = 400) -> list[Split]:
    files = list_files([f"{folder}/{pattern}"], OPTIONS)
    return number_splits(split_table("tasks", files, OPTIONS, split_bytes))


def read(splits: list[Split], check: Any, selection: Selection = EVERYTHING) -> dict[str, int]:
    pipeline = new_pipeline()
    blocks = pipeline | beam.Create(splits) | ReadRecords(OPTIONS, KIND, selection)
    assert_that(blocks, check)
    return run(pipeline)


def by_split(blocks: list[RecordBlock]) -> dict[int, list[RecordBlock]]:
    """The blocks of each split in their order; places count on from block to block."""
    ordered = sorted(blocks, key=lambda block: (block.split.index, block.first))
    found = {index: list(some) for index, some in itertools.groupby(ordered, lambda block: block.split.index)}
    for some in found.values():
        places = itertools.accumulate((len(block.lines) for block in some), initial=1)
        assert [block.first for block in some] == list(places)[:-1]
    return found


def test_every_format_gives_the_same_records_in_the_same_places(tmp_path: Path) -> None:
    write_every_format(tmp_path)
    splits = splits_of(tmp_path)

    def check(blocks: list[RecordBlock]) -> None:
        found = by_split(blocks)
        for url, some in itertools.groupby(splits, lambda split: split.url):
            lines = flat(block.lines for split in some for block in found.get(split.index, []))
            assert [orjson.loads(line) for line in lines] == RECORDS, url

    counters = read(splits, check)
    stored = sum(split.stored_bytes for split in splits)
    assert counters[Progress.BYTES_READ] == stored
    assert stored <= sum(path.stat().st_size for path in tmp_path.iterdir()) < stored + len(splits)


@pytest.mark.parametrize("name", ["b.jsonl.gz", "c.ndjson.zst", "d.json", "g.parquet"])
def test_a_file_that_ends_too_early_fails_the_run_by_name(tmp_path: Path, name: str) -> None:
    write_every_format(tmp_path)
    splits = splits_of(tmp_path, name)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-7])
    with pytest.raises(Exception, match=rf"{name} .*copy the file again"):
        read(splits, lambda _: None)


def test_a_file_that_became_shorter_since_it_was_listed_fails_the_run(tmp_path: Path) -> None:
    write_every_format(tmp_path)
    splits = splits_of(tmp_path, "a.ndjson")
    (tmp_path / "a.ndjson").write_bytes(NDJSON[:-200])
    with pytest.raises(Exception, match="do not change input while it is read"):
        read(splits, lambda _: None)


def test_the_answers_of_parquet_tasks_are_read_only_where_the_task_is_selected(tmp_path: Path) -> None:
    write_every_format(tmp_path)
    reviewed = Selection(stages=frozenset(["Review"]))

    def check(blocks: list[RecordBlock]) -> None:
        records = [orjson.loads(line) for line in flat(block.lines for block in blocks)]
        assert len(records) == len(RECORDS)
        assert all(("answer" in record) == (record["stage"] == "Review") for record in records)

    read(splits_of(tmp_path, "h.parquet"), check, reviewed)


def test_a_parquet_row_that_will_be_set_aside_is_read_whole(tmp_path: Path) -> None:
    rows = {
        "taskId": ["t1", None],
        "stage": ["Review", "Review"],
        "answer": ['{"tools":[1]}', '{"tools":[2]}'],
    }
    pq.write_table(pa.table(rows), tmp_path / "tasks.parquet")

    def check(blocks: list[RecordBlock]) -> None:
        first, second = flat(block.lines for block in blocks)
        assert orjson.loads(first) == {"taskId": "t1", "stage": "Review"}
        assert orjson.loads(second) == {"stage": "Review", "answer": {"tools": [2]}}

    read(splits_of(tmp_path), check, Selection())
