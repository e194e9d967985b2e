"""The frames table: the records of each task by page, held or read again, and what becomes of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.exchange.blocks import BlockBuilder, Exchange
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango.frames_table import FramesRule, FramesTable, TaskFrames
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.reasons import Reason
from framehaul.transforms.tables import FRAMES
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES
from unit.kinds.assemblies import block_with, copy_of, frames_of, small_chunks, video_of

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
        assert sum(some.records for _, some in table.rest()) == len(entries)
        assert all(task_id in table for task_id in by_task)
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
    assert list(table.rest()) == []


def test_what_is_taken_is_gone_and_what_is_not_there_is_none() -> None:
    table = table_of([frames_of("t1", 0), frames_of("t1", 1), frames_of("t2", 0)])
    assert taken(table, "t1").records == 2
    assert table.take("t1") is None
    assert table.take("t9") is None
    assert [(task_id, some.records) for task_id, some in table.rest()] == [("t2", 1)]
    assert ("t1" in table, "t2" in table) == (False, True)


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
    table = taken(table_of(entries_of_every_kind()), "t1")
    rule = rule_of(task, ["h1"] if with_history else [], with_history=with_history)
    assert fates(rule, table) == figures
    assert [letter.reason for letter in rule.refused(table)] == reasons
    assert sum(figures) + len(reasons) == table.records


def test_frames_of_stage_history_that_is_set_aside_go_with_it() -> None:
    table = taken(table_of(entries_of_every_kind()), "t1")
    rule = rule_of(video_of("t1", 6), ["h1"], withdrawn={"h9": Reason.BAD_TIME})
    assert fates(rule, table) == (4, 0, 0)
    assert [(letter.reason, "bad_time" in letter.detail) for letter in rule.refused(table)] == [
        ("with_its_task", True)
    ]


def test_what_is_left_out_is_found_no_more_however_much_is_held() -> None:
    for held in (0, 1 << 20):
        with small_chunks(10, held):
            entries = [frames_of("t1", page, (2, page + 1)) for page in range(30)]
            table = taken(table_of(entries), "t1")
            table.leave_out(entries[7])
            assert list(table.all_entries()) == [*entries[:7], *entries[8:]]


def test_a_task_without_frames_has_nothing_to_sort_out() -> None:
    rule = rule_of(video_of("t1", 5), [])
    assert fates(rule, None) == (0, 0, 0)
    assert list(rule.refused(None)) == []


def rule_of(
    task: TaskCopy,
    ids: Sequence[str],
    *,
    with_history: bool = True,
    withdrawn: Mapping[str, Reason] | None = None,
) -> FramesRule:
    return FramesRule(task.frames, frozenset(ids), withdrawn or {}, with_history)


def fates(rule: FramesRule, table: TaskFrames | None) -> tuple[int, ...]:
    counts = rule.counts(table)
    return tuple(counts.get(name, 0) for name in (FRAMES.exported, FRAMES.not_selected, FRAMES.orphans))
