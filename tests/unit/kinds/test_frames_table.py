"""The frames table: the records of each task by page, held or read again, and what becomes of them."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.exchange.blocks import BlockBuilder, Exchange
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango.frames_table import FramesTable, TaskFrames, sort_frames
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES
from unit.kinds.assemblies import block_with, copy_of, entry_of, frames_of, small_chunks, video_of

QUICK = settings(max_examples=100, deadline=None)

ENTRIES = st.lists(
    st.builds(
        lambda task_id, page, size: frames_of(task_id, page, tools=[{"x": "x" * size}]),
        st.sampled_from(["t1", "t2", "t3"]),
        st.integers(0, 40),
        st.integers(0, 9),
    ),
    max_size=40,
)


def table_of(entries: list[FramesEntry], block: int = 5) -> FramesTable:
    table = FramesTable()
    for first in range(0, len(entries), block):
        table.add(block_with(entries[first : first + block]))
    return table


def taken(table: FramesTable, task_id: str) -> TaskFrames:
    found = table.take(task_id)
    assert found is not None
    return found


@QUICK
@given(ENTRIES, st.integers(1, 9), st.sampled_from([1, 7, 1024]), st.sampled_from([0, 100, 1 << 20]))
def test_every_record_is_found_once_in_the_chunk_of_its_page_however_much_is_held(
    entries: list[FramesEntry], block: int, pages: int, held: int
) -> None:
    by_task: defaultdict[str, list[FramesEntry]] = defaultdict(list)
    for entry in entries:
        by_task[entry.task_id].append(entry)
    with small_chunks(pages, held):
        table = table_of(entries, block)
        assert table.records_left == len(entries)
        for task_id, expected in by_task.items():
            frames = taken(table, task_id)
            found = {chunk: list(frames.entries(chunk)) for chunk in frames.chunks()}
            assert list(found) == sorted({entry.page // pages for entry in expected})
            assert all(entry.page // pages == chunk for chunk, some in found.items() for entry in some)
            assert Counter(map(repr, sum(found.values(), []))) == Counter(map(repr, expected))  # noqa: RUF017
            assert (frames.records, frames.size_bytes) == (
                len(expected),
                sum(entry.size_bytes for entry in expected),
            )
    assert table.records_left == 0


def test_what_is_taken_is_gone_and_what_is_not_there_is_none() -> None:
    table = table_of([frames_of("t1", 0), frames_of("t1", 1), frames_of("t2", 0)])
    assert taken(table, "t1").records == 2
    assert table.take("t1") is None
    assert table.take("t9") is None
    assert table.records_left == 1


def test_a_chunk_without_records_is_empty() -> None:
    for held in (0, 1 << 20):
        with small_chunks(10, held):
            assert list(taken(table_of([frames_of("t1", 0)]), "t1").entries(5)) == []


def test_records_of_a_long_video_are_read_from_where_they_are_spilled(tmp_path: Path) -> None:
    builder: BlockBuilder[FramesEntry] = BlockBuilder(Exchange(str(tmp_path)))
    entries = [frames_of("t1", page, tools=[{"x": "x" * 500_000}]) for page in range(20)]
    for entry in entries:
        builder.add(0, entry, 0)
    ((_, block),) = builder.flush()
    table = FramesTable()
    table.add(block)
    frames = taken(table, "t1")
    (spilled,) = tmp_path.iterdir()
    assert list(frames.entries(0)) == entries
    spilled.unlink()
    with pytest.raises(FileNotFoundError):  # nothing of them was kept in memory
        list(frames.entries(0))


def test_pages_of_one_chunk_are_those_that_travel_together() -> None:
    frames = taken(table_of([frames_of("t1", page) for page in (0, CHUNK_PAGES - 1, CHUNK_PAGES)]), "t1")
    assert [[entry.page for entry in frames.entries(chunk)] for chunk in frames.chunks()] == [
        [0, CHUNK_PAGES - 1],
        [CHUNK_PAGES],
    ]


def entries_of_every_kind() -> list[FramesEntry]:
    return [
        frames_of("t1", 4),
        frames_of("t1", 5),
        frames_of("t1", 0, historyId="h1"),
        frames_of("t1", 5, historyId="h1"),
        frames_of("t1", 5, historyId="h9"),
    ]


@pytest.mark.parametrize(
    ("task", "with_history", "figures", "reasons"),
    [
        (video_of("t1", 5), True, (2, 0, 1), ["bad_page", "bad_page"]),
        (video_of("t1", 5), False, (1, 3, 0), ["bad_page"]),
        (video_of("t1", 6), True, (4, 0, 1), []),
        (copy_of("t1"), True, (0, 0, 1), ["not_a_video"] * 4),
        (copy_of("t1", metadata={"frameTotal": 5}, dataset=["p1"]), False, (0, 3, 0), ["not_a_video"] * 2),
    ],
)
def test_every_record_of_an_exported_task_has_one_fate(
    task: TaskCopy, with_history: bool, figures: tuple[int, int, int], reasons: list[str]
) -> None:
    entries = entries_of_every_kind()
    history = [entry_of("t1", "h1"), entry_of("t1")] if with_history else []
    found = sort_frames(
        taken(table_of(entries), "t1"),
        task.frames,
        [entry.own_id for entry in history],
        with_history=with_history,
    )
    assert (found.exported, found.not_selected, found.orphans) == figures
    assert [error.reason for _, error in found.refused] == reasons
    assert sum(figures) + len(reasons) == len(entries)


def test_a_task_without_frames_has_nothing_to_sort_out() -> None:
    found: Any = sort_frames(None, 5, [], with_history=True)
    assert (found.exported, found.not_selected, found.orphans, found.refused) == (0, 0, 0, [])
