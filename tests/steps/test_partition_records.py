"""Partitioning: a task, its stage history, its frames and keys of what is set aside come to one place, by whichever way blocks travel."""

from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.decode_records import decode_block
from framehaul.transforms.exchange.blocks import Exchange, read_block
from framehaul.transforms.exchange.partitions import Entry, PartitionBlock, partition_of
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.partition_records import PartitionRecords
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.set_aside import SetAsideKey
from framehaul.transforms.tables import SET_ASIDE
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES
from steps.step_runs import EVERYTHING, KIND, block_of, entry_of, flat, frame_of, new_pipeline, run, task_of

TASK_IDS = [f"t{number}" for number in range(40)]
TASKS = decode_block(block_of(*map(task_of, TASK_IDS)), KIND, EVERYTHING).entries
HISTORY = decode_block(
    block_of(
        *(entry_of(task_id, f"h{turn}") for turn in range(3) for task_id in TASK_IDS), table="stage_history"
    ),
    KIND,
    EVERYTHING,
).entries
FRAMES = decode_block(
    block_of(
        *(
            frame_of(task_id, page)
            for page in (0, CHUNK_PAGES - 1, CHUNK_PAGES, 9_999_999)
            for task_id in TASK_IDS
        ),
        table="frames",
    ),
    KIND,
    EVERYTHING,
).entries
KEYS = [SetAsideKey("tasks", task_id, "", Reason.NOT_JSON) for task_id in TASK_IDS]
ENTRIES = [*TASKS, *HISTORY, *FRAMES, *KEYS]
TYPES = {"tasks": TaskCopy, "stage_history": StageEntry, "frames": FramesEntry, SET_ASIDE: SetAsideKey}


@pytest.fixture(params=["inline", "spilled"])
def spill_folder(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    return str(tmp_path) if request.param == "spilled" else None


def entries_of(blocks: list[PartitionBlock]) -> list[tuple[int, Entry]]:
    return flat(
        [(partition, entry) for entry in read_block(block, TYPES[table])]
        for partition, (table, block) in blocks
    )


@pytest.mark.parametrize("budget_bytes", [1, 1 << 20])
def test_every_entry_comes_once_to_the_partition_of_its_task(
    spill_folder: str | None, budget_bytes: int
) -> None:
    def check(blocks: list[PartitionBlock]) -> None:
        found = entries_of(blocks)
        assert sorted(map(repr, (entry for _, entry in found))) == sorted(map(repr, ENTRIES))
        partitions = {(entry.task_id, partition) for partition, entry in found}
        assert partitions == {(task_id, partition_of(task_id, 7)) for task_id in TASK_IDS}
        assert all(bool(block.path) == (spill_folder is not None) for _, (_, block) in blocks)
        assert budget_bytes > 1 or len(blocks) > 60

    pipeline = new_pipeline()
    tables = {"tasks": TASKS, "stage_history": HISTORY, "frames": FRAMES, SET_ASIDE: KEYS}
    lists = [
        ("tasks", []),
        *(
            (table, entries[first : first + 10])
            for table, entries in tables.items()
            for first in range(0, len(entries), 10)
        ),
    ]
    blocks = pipeline | beam.Create(lists) | PartitionRecords(7, Exchange(spill_folder, budget_bytes))
    assert_that(blocks, check)
    run(pipeline)


def test_the_frames_of_each_range_of_pages_are_in_blocks_of_their_own() -> None:
    # so that a part of a long video can be read without the rest
    def check(blocks: list[PartitionBlock]) -> None:
        frames = [(partition, block) for partition, (table, block) in blocks if table == "frames"]
        chunks = [
            {entry.page // CHUNK_PAGES for entry in read_block(block, FramesEntry)} for _, block in frames
        ]
        assert all(len(some) == 1 for some in chunks)
        assert len(frames) == len(
            {(partition, *some) for (partition, _), some in zip(frames, chunks, strict=True)}
        )

    pipeline = new_pipeline()
    assert_that(pipeline | beam.Create([("frames", FRAMES)]) | PartitionRecords(3, Exchange(None)), check)
    run(pipeline)


def test_one_partition_is_enough_for_all() -> None:
    assert {partition_of(task_id, 1) for task_id in TASK_IDS} == {0}


@given(st.text(max_size=20), st.integers(1, 10_000))
def test_a_partition_exists_and_is_the_same_every_time(task_id: str, partitions: int) -> None:
    assert 0 <= partition_of(task_id, partitions) < partitions
    assert partition_of(task_id, partitions) == partition_of(task_id, partitions)


def test_partitions_are_the_same_in_every_process() -> None:
    # hash() would not be: Python salts it anew in each of them
    assert [partition_of(task_id, 7) for task_id in ("t1", "t2", "\U0001f600", "")] == [2, 1, 6, 0]
