"""Samples with a frames table: the same rows, part of them kept outside of their task."""

from collections import defaultdict

import orjson
import pyarrow.parquet as pq
import pytest

from framehaul.pipelines.sample import parquet_file
from framehaul.pipelines.sample.sample_tables import write_sample

VIDEOS = {"tasks": 6, "videos": 3, "frames": 200, "objects": 7}
ROW_LISTS = ("tools", "classifications")


def records_of(paths, name):
    found = []
    for path in paths:
        if path.name.startswith(name):
            found += [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return found


def rows_of(tasks, visits, frames):
    """Every row by the list it belongs to, as a set of texts."""
    lists = defaultdict(list)
    for task in tasks:
        for kind in ROW_LISTS:
            lists[task["taskId"], None, kind] += task.get("answer", {}).get(kind, [])
    for visit in visits:
        for kind in ROW_LISTS:
            lists[visit["taskId"], visit["_id"], kind] += visit.get("answer", {}).get(kind, [])
    for record in frames:
        for kind in ROW_LISTS:
            rows = [{**row, "page": record["page"]} for row in record.get(kind, [])]
            lists[record["taskId"], record.get("historyId"), kind] += rows
    return {
        key: sorted(orjson.dumps(row, option=orjson.OPT_SORT_KEYS) for row in rows)
        for key, rows in lists.items()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("whole"), **VIDEOS)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("cut"), **VIDEOS, frames_table=True)


def test_the_rows_are_those_of_the_sample_without_the_table(whole, cut):
    tables = ("tasks", "stage-history", "frames")
    assert rows_of(*(records_of(cut, name) for name in tables)) == rows_of(
        *(records_of(whole, name) for name in tables)
    )


def test_rows_stay_with_their_task_and_go_to_the_table(cut):
    frames = records_of(cut, "frames")
    assert frames
    assert any("historyId" in record for record in frames)
    assert any("historyId" not in record for record in frames)
    for task in records_of(cut, "tasks")[-VIDEOS["videos"] :]:
        pages = {row["page"] for row in task["answer"]["tools"]}
        assert pages
        assert not pages & {
            record["page"]
            for record in frames
            if record["taskId"] == task["taskId"] and "historyId" not in record
        }


def test_only_videos_lose_rows_to_the_table(whole, cut):
    ordinary, same = (records_of(paths, "tasks")[: VIDEOS["tasks"]] for paths in (whole, cut))
    assert ordinary == same


def test_a_record_of_the_table_says_the_page_of_its_rows(cut):
    for record in records_of(cut, "frames"):
        assert record["page"] >= 0
        rows = [row for kind in ROW_LISTS for row in record.get(kind, [])]
        assert rows
        assert not any("page" in row for row in rows)


def test_the_same_seed_gives_the_same_bytes(cut, tmp_path):
    again = write_sample(tmp_path, **VIDEOS, frames_table=True)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in cut]


def test_the_table_as_parquet_holds_the_same_records(cut, tmp_path):
    parquet = write_sample(tmp_path, **VIDEOS, frames_table=True, table_format="parquet")
    rows = pq.read_table(parquet[-1]).to_pylist()
    found = [
        {
            key: orjson.loads(value) if key in ROW_LISTS else value
            for key, value in row.items()
            if value is not None
        }
        for row in rows
    ]
    assert found == records_of(cut, "frames")


def test_every_key_of_the_table_has_a_column(cut):
    for record in records_of(cut, "frames"):
        assert record.keys() <= parquet_file.COLUMNS["frames"].keys()


def test_a_sample_without_the_table_removes_that_of_an_earlier_one(tmp_path):
    write_sample(tmp_path, **VIDEOS, frames_table=True)
    write_sample(tmp_path, **VIDEOS)
    assert not list(tmp_path.glob("frames-*"))
