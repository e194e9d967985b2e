"""Assembling: blocks of partitions become blocks of lines, and the bytes of each bucket are counted."""

from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.util import assert_that
from steps.step_runs import EVERYTHING, FIELDS, block_of, entry_of, flat, new_pipeline, not_zero, run, task_of

from transforms.assemble_records import BUCKET_BYTES, AssembleRecords
from transforms.counts import Count
from transforms.decode_records import DEAD_LETTERS, TALLIES, decode_block
from transforms.exchange.blocks import Block, Exchange, read_block
from transforms.partition_records import PartitionRecords
from transforms.records.assembly import RecordLine
from transforms.records.buckets import BUCKETS, bucket_of
from transforms.records.dead_letter import DeadLetter
from transforms.records.tally import Tally

TASK_IDS = [f"t{number}" for number in range(30)]
TOO_LONG = "t30"
TASKS = [
    *(task_of(task_id, answer={"tools": [{"title": "car"}]}) for task_id in TASK_IDS),
    *(task_of(task_id, updatedAt=5, answer={"tools": [{}]}) for task_id in TASK_IDS[:3]),
    task_of(TOO_LONG, externalId="x" * 5000),
]
HISTORY = [
    *(entry_of(task_id, "h1") for task_id in TASK_IDS for _ in range(2)),
    entry_of(TOO_LONG),
    entry_of("never read"),
]
COUNTS = {
    Count.DUPLICATE_TASKS: 3,
    Count.DEAD_LETTER_TASKS: 1,
    Count.DUPLICATE_STAGE_HISTORY: 30,
    Count.DEAD_LETTER_STAGE_HISTORY: 1,
    Count.ORPHAN_STAGE_HISTORY: 1,
    Count.ANNOTATIONS: 30,
}


@pytest.fixture(params=["inline", "spilled"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    return Exchange(str(tmp_path) if request.param == "spilled" else None, budget_bytes=2000)


def assembled(
    pipeline: beam.Pipeline, exchange: Exchange, *, groups: int = 8, with_history: bool = True
) -> Any:
    tasks, _ = decode_block(block_of(*TASKS), EVERYTHING, FIELDS)
    history, _ = decode_block(block_of(*HISTORY, table="stage_history"), EVERYTHING, FIELDS)
    return (
        pipeline
        | beam.Create([tasks, history])
        | PartitionRecords(5, exchange)
        | AssembleRecords(groups, with_history, 4000, exchange)
    )


def lines_of(blocks: list[tuple[int, Block]]) -> list[tuple[int, RecordLine]]:
    return flat([(group, line) for line in read_block(block, RecordLine)] for group, block in blocks)


def test_every_record_is_one_line_in_the_group_of_its_bucket(exchange: Exchange) -> None:
    def check(blocks: list[tuple[int, Block]]) -> None:
        found = lines_of(blocks)
        assert sorted(line.task_id for _, line in found) == sorted(TASK_IDS)
        for group, line in found:
            assert group == line.bucket * 8 // BUCKETS
            assert line.bucket == bucket_of(line.task_id)
            record = orjson.loads(line.line)
            assert record["task"]["taskId"] == line.task_id
            assert len(record["task"]["stageHistory"]) == line.stage_entries == 1

    pipeline = new_pipeline()
    assert_that(assembled(pipeline, exchange).lines, check)
    run(pipeline)


def test_the_bytes_of_each_bucket_are_those_of_its_lines_with_line_ends() -> None:
    def check(pairs: list[Any]) -> None:
        ((blocks, counted),) = pairs
        expected = [0] * BUCKETS
        for _, line in lines_of(blocks):
            expected[line.bucket] += len(line.line) + 1
        assert sum(counted).tolist() == expected

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
        assert tally.reasons == {"line_too_long": 1}

    def check_letters(letters: list[DeadLetter]) -> None:
        assert [(letter.source, letter.reason) for letter in letters] == [((0, 34), "line_too_long")]

    pipeline = new_pipeline()
    outputs = assembled(pipeline, Exchange(None, budget_bytes=2000))
    assert_that(outputs[TALLIES], check_tallies, label="tallies")
    assert_that(outputs[DEAD_LETTERS], check_letters, label="dead letters")
    assert not_zero(run(pipeline)) == COUNTS


@pytest.mark.parametrize("groups", [1, 4096])
def test_the_number_of_groups_changes_no_line(groups: int) -> None:
    def check(blocks: list[tuple[int, Block]]) -> None:
        assert len(lines_of(blocks)) == len(TASK_IDS)
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
