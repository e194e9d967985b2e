"""Assembling: blocks of partitions become lines and long shards, and the bytes of each bucket are counted."""

from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.util import assert_that

from framehaul.transforms import tables
from framehaul.transforms.assemble_records import AssembleRecords
from framehaul.transforms.counts import Count
from framehaul.transforms.decode_records import decode_block
from framehaul.transforms.exchange.blocks import Block, Exchange, read_block
from framehaul.transforms.partition_records import PartitionRecords
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.long_record import LongShard, LongShardBlock
from framehaul.transforms.records.buckets import BUCKETS, LONG, bucket_of
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.step_outputs import BUCKET_BYTES, DEAD_LETTERS, LONG_SHARDS, TALLIES
from steps.step_runs import (
    EVERYTHING,
    KIND,
    block_of,
    entry_of,
    flat,
    frame_of,
    new_pipeline,
    not_zero,
    run,
    task_of,
)

TASK_IDS = [f"t{number}" for number in range(30)]
TOO_LONG = "t30"
LONG_VIDEO = "t31"
OPTIONS = {"with_history": True, "max_line_bytes": 4000, "shard_bytes": 20_000}
TASKS = [
    *(task_of(task_id, answer={"tools": [{"title": "car"}]}) for task_id in TASK_IDS),
    *(task_of(task_id, updatedAt=5, answer={"tools": [{}]}) for task_id in TASK_IDS[:3]),
    task_of(TOO_LONG, externalId="x" * 5000),
    task_of(
        LONG_VIDEO,
        metadata={"frameTotal": 1000},
        assetId="a31",
        answer={"tools": [{"objectId": "o1", "page": 0}]},
    ),
]
HISTORY = [
    *(entry_of(task_id, "h1") for task_id in TASK_IDS for _ in range(2)),
    entry_of(TOO_LONG),
    entry_of("never read"),
    entry_of(LONG_VIDEO, "h1", answer={"classifications": [{"schemaId": "s1", "page": 500}]}),
]
FRAMES = [
    frame_of(LONG_VIDEO, 400, tools=[{"objectId": "o1", "interpolationStopped": True}]),
    frame_of(LONG_VIDEO, 1000),
    frame_of(TASK_IDS[0], 0),
    frame_of("never read", 0),
]
COUNTS = {
    tables.TASKS.duplicates: 3,
    tables.TASKS.dead_letters: 1,
    tables.STAGE_HISTORY.duplicates: 30,
    tables.STAGE_HISTORY.dead_letters: 1,
    tables.STAGE_HISTORY.orphans: 1,
    tables.FRAMES.dead_letters: 2,
    tables.FRAMES.orphans: 1,
    Count.ANNOTATIONS: 30,
}


@pytest.fixture(params=["inline", "spilled"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    return Exchange(str(tmp_path) if request.param == "spilled" else None, budget_bytes=2000)


def assembled(pipeline: beam.Pipeline, exchange: Exchange, *, groups: int = 8, **options: Any) -> Any:
    records_of = {"tasks": TASKS, "stage_history": HISTORY, "frames": FRAMES}
    entries = [
        (table, decode_block(block_of(*records, table=table), KIND, EVERYTHING).entries)
        for table, records in records_of.items()
    ]
    return (
        pipeline
        | beam.Create(entries)
        | PartitionRecords(5, exchange)
        | AssembleRecords(KIND, groups, RecordOptions(**{**OPTIONS, **options}), exchange)
    )


def lines_of(blocks: list[tuple[int, Block]]) -> list[tuple[int, RecordLine]]:
    return flat([(group, line) for line in read_block(block, RecordLine)] for group, block in blocks)


def test_every_record_is_one_line_in_the_group_of_its_bucket(exchange: Exchange) -> None:
    def check(blocks: list[tuple[int, Block]]) -> None:
        found = lines_of(blocks)
        assert sorted(line.task_id for _, line in found) == sorted([*TASK_IDS, LONG_VIDEO])
        for group, line in found:
            assert group == line.bucket * 8 // BUCKETS
            assert line.bucket == bucket_of(line.asset_key)
            if line.task_id == LONG_VIDEO:
                assert (line.line, line.parts, line.members) == (b"", 0, ())
                continue
            record = orjson.loads(line.line)
            assert record["task"]["taskId"] == line.task_id
            assert len(record["task"]["stageHistory"]) == line.members[1] == line.parts == 1

    pipeline = new_pipeline()
    assert_that(assembled(pipeline, exchange).lines, check)
    run(pipeline)


def test_a_long_record_is_shards_that_can_be_written_one_by_one(exchange: Exchange) -> None:
    def check(found: list[tuple[str, LongShardBlock]]) -> None:
        blocks = sorted((block for _, block in found), key=lambda block: block.number)
        assert {asset_key for asset_key, _ in found} == {"a31"}
        assert {(block.task_id, block.frames) for block in blocks} == {(LONG_VIDEO, 1000)}
        assert [block.number for block in blocks] == list(range(len(blocks)))
        assert len(blocks) > 1
        shards = [shard for block in blocks for shard in read_block(block.content, LongShard)]
        assert [(block.pages, block.parts) for block in blocks] == [
            (shard.pages, len(shard.parts)) for shard in shards
        ]
        assert [shard.members for shard in shards] == [(1, 1, 1)] + [()] * (len(blocks) - 1)
        pages = [block.pages for block in blocks]
        assert (pages[0][0], pages[-1][1]) == (0, 999)

    pipeline = new_pipeline()
    assert_that(assembled(pipeline, exchange)[LONG_SHARDS], check)
    run(pipeline)


def test_the_bytes_of_each_bucket_are_those_of_its_lines_with_line_ends() -> None:
    def check(pairs: list[Any]) -> None:
        ((blocks, counted),) = pairs
        expected = [0] * (BUCKETS + 1)
        for _, line in lines_of(blocks):
            expected[line.bucket] += len(line.line) + 1 if line.line else 0
        found = sum(counted).tolist()
        assert found.pop() > OPTIONS["shard_bytes"]
        assert found == expected[:LONG]

    pipeline = new_pipeline()
    outputs = assembled(pipeline, Exchange(None, budget_bytes=2000))
    together = (
        pipeline
        | "Once" >> beam.Create([None])
        | "Together"
        >> beam.Map(
            lambda _, lines, counted: (lines, counted),
            beam.pvalue.AsList(outputs.lines),
            beam.pvalue.AsList(outputs[BUCKET_BYTES]),
        )
    )
    assert_that(together, check)
    run(pipeline)


def test_what_is_left_out_is_tallied_counted_and_set_aside() -> None:
    def check_tallies(tallies: list[Tally]) -> None:
        tally = Tally.sum(tallies)
        assert not_zero(tally.counts) == COUNTS
        assert tally.titles == {"car": 27, "": 3}
        assert tally.reasons == {"line_too_long": 1, "with_its_task": 1, "bad_page": 1, "not_a_video": 1}

    def check_letters(blocks: list[tuple[int, Block]]) -> None:
        letters = flat(read_block(block, SetAside) for _, block in blocks)
        assert sorted((letter.table, letter.source, letter.reason) for letter in letters) == [
            ("frames", (0, 2), "bad_page"),
            ("frames", (0, 3), "not_a_video"),
            ("stage_history", (0, 61), "with_its_task"),
            ("tasks", (0, 34), "line_too_long"),
        ]

    pipeline = new_pipeline()
    outputs = assembled(pipeline, Exchange(None, budget_bytes=2000))
    assert_that(outputs[TALLIES], check_tallies, label="tallies")
    assert_that(outputs[DEAD_LETTERS], check_letters, label="dead letters")
    assert not_zero(run(pipeline)) == COUNTS


@pytest.mark.parametrize("groups", [1, 4096])
def test_the_number_of_groups_changes_no_line(groups: int) -> None:
    def check(blocks: list[tuple[int, Block]]) -> None:
        assert len(lines_of(blocks)) == len(TASK_IDS) + 1
        assert all(0 <= group < groups for group, _ in blocks)

    pipeline = new_pipeline()
    assert_that(assembled(pipeline, Exchange(None), groups=groups).lines, check)
    run(pipeline)


def test_without_history_records_have_none() -> None:
    def check(blocks: list[tuple[int, Block]]) -> None:
        assert not any(b'"stageHistory"' in line.line for _, line in lines_of(blocks))

    pipeline = new_pipeline()
    assert_that(assembled(pipeline, Exchange(None), with_history=False).lines, check)
    run(pipeline)
