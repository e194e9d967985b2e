"""Tasks and their stage history, put together; every copy and entry is found again in one count."""

from collections.abc import Sequence
from typing import Any

import orjson
from awkward_lines import written
from awkward_records import HISTORY_CHANGES, SEEDS, TASK_CHANGES, stage_history_entry, task, with_copies
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.counts import Count
from transforms.records.assembly import Assembly
from transforms.records.buckets import bucket_of
from transforms.records.json_text import plain
from transforms.records.selection import Between, Fields, Selection
from transforms.records.stage_entry import StageEntry, decode_stage_entry
from transforms.records.tally import check_accounting
from transforms.records.task import TaskCopy, decode_task

QUICK = settings(max_examples=100, deadline=None)

SELECTION = Selection(stages=frozenset("*"), task_types=frozenset("*"), created_at=Between(after="2000"))
LEAST: dict[str, Any] = {"stage": "Complete", "createdAt": "2024-01-01"}
ENTRY: dict[str, Any] = {"stage": "Label", "completedAt": "2024-05-01T08:00:00Z"}


def copy_of(task_id: str, source: tuple[int, int] = (0, 1), **changes: Any) -> TaskCopy:
    record = {**LEAST, "taskId": task_id, **changes}
    return decode_task(plain(written(record)), source, SELECTION, Fields())


def entry_of(task_id: str, own_id: str | None = None, **changes: Any) -> StageEntry:
    record = {**ENTRY, "taskId": task_id, "_id": own_id, **changes}
    return decode_stage_entry(plain(written(record)), Fields())


def assembled(
    copies: list[TaskCopy],
    history: Sequence[StageEntry] = (),
    **options: Any,
) -> tuple[list[dict[str, Any]], Assembly]:
    """The records, by task id, and what the assembly says about them."""
    assembly = Assembly(**{"with_history": True, "max_line_bytes": 1 << 20, **options})
    assembly.add_tasks(copies)
    assembly.add_history(history)
    lines = sorted(assembly.lines(), key=lambda line: line.task_id)
    return [orjson.loads(line.line) for line in lines], assembly


def test_a_record_ends_in_its_stage_history_and_its_part() -> None:
    ((record,), assembly) = assembled([copy_of("t1")], [entry_of("t1", "h1")])
    assert list(record)[-2:] == ["task", "part"]
    assert list(record["task"])[-1] == "stageHistory"
    assert [entry["stage"] for entry in record["task"]["stageHistory"]] == ["Label"]
    assert record["part"] == {"index": 0, "count": 1, "firstPage": None, "lastPage": None}
    assert assembly.tally.counts == {Count.ORPHAN_STAGE_HISTORY: 0}


def test_a_video_is_one_part_with_all_of_its_pages() -> None:
    ((record,), _) = assembled([copy_of("t1", metadata={"frameTotal": 507})])
    assert record["part"] == {"index": 0, "count": 1, "firstPage": 0, "lastPage": 506}


def test_without_the_toggle_a_record_has_no_stage_history() -> None:
    ((record,), _) = assembled([copy_of("t1")], with_history=False)
    assert "stageHistory" not in record["task"]
    ((record,), _) = assembled([copy_of("t1")])
    assert record["task"]["stageHistory"] == []


def test_stage_history_is_sorted_by_time_then_id() -> None:
    history = [
        entry_of("t1", "h2", stage="c"),
        entry_of("t1", "h1", stage="b"),
        entry_of("t1", "h0", stage="d", completedAt="2024-05-01T08:00:00.000001Z"),
        entry_of("t1", "h9", stage="a", completedAt="2024-05-01T09:59:59.999999+02:00"),
    ]
    ((record,), _) = assembled([copy_of("t1")], history)
    assert [entry["stage"] for entry in record["task"]["stageHistory"]] == ["a", "b", "c", "d"]


def test_of_two_entries_with_one_id_the_newest_is_kept() -> None:
    history = [
        entry_of("t1", "h1", stage="old", completedAt=1),
        entry_of("t1", "h1", stage="new", completedAt=2),
        entry_of("t1", "h1", stage="a tie, and less", completedAt=2),
        entry_of("t2", "h1", stage="of another task"),
    ]
    ((first, second), assembly) = assembled([copy_of("t1"), copy_of("t2")], history)
    assert [entry["stage"] for entry in first["task"]["stageHistory"]] == ["new"]
    assert [entry["stage"] for entry in second["task"]["stageHistory"]] == ["of another task"]
    assert assembly.tally.counts[Count.DUPLICATE_STAGE_HISTORY] == 2


def test_entries_without_an_id_are_never_duplicates() -> None:
    ((record,), assembly) = assembled([copy_of("t1")], [entry_of("t1")] * 3)
    assert len(record["task"]["stageHistory"]) == 3
    assert not any(assembly.tally.counts.values())


def test_the_newest_copy_stands_for_the_task_and_selection_looks_at_it_alone() -> None:
    older = copy_of("t1", updatedAt=1)
    newer = copy_of("t1", updatedAt=2, createdAt="1999-01-01")
    assert (older.selected, newer.selected) == (True, False)
    records, assembly = assembled([newer, older], [entry_of("t1", "h1"), entry_of("t1", "h1")])
    assert records == []
    assert assembly.tally.counts == {
        Count.DUPLICATE_TASKS: 1,
        Count.DUPLICATE_STAGE_HISTORY: 1,
        Count.TASKS_NOT_SELECTED: 1,
        Count.STAGE_HISTORY_NOT_SELECTED: 1,
        Count.ORPHAN_STAGE_HISTORY: 0,
    }


def test_stage_history_whose_task_was_not_read_is_an_orphan() -> None:
    history = [entry_of("t9", "h1"), entry_of("t9", "h1"), entry_of("t8")]
    records, assembly = assembled([], history)
    assert records == []
    assert assembly.tally.counts == {Count.DUPLICATE_STAGE_HISTORY: 1, Count.ORPHAN_STAGE_HISTORY: 2}


def test_annotations_are_those_of_the_exported_answers_alone() -> None:
    tools = {"tools": [{"title": "car"}, {"title": "car", "keyFrame": False}, {}]}
    copies = [
        copy_of("t1", answer=tools, metadata={"frameTotal": 5}),
        copy_of("t2", answer={"tools": [{"title": "car"}]}),
        copy_of("t3", answer=tools, createdAt="1999-01-01"),
        copy_of("t4", answer=tools, updatedAt=1),
        copy_of("t4", updatedAt=2),
    ]
    _, assembly = assembled(copies, [entry_of("t1", "h1", answer=tools)])
    assert assembly.tally.titles == {"car": 3, "": 1}
    assert assembly.tally.counts[Count.ANNOTATIONS] == 4
    assert (assembly.tally.counts[Count.KEY_FRAME_ROWS], assembly.tally.counts[Count.INTERPOLATED_ROWS]) == (
        2,
        1,
    )


def test_a_record_is_set_aside_where_its_line_is_longer_than_allowed() -> None:
    copies = [copy_of("t1", source=(3, 7), externalId="x" * 2000), copy_of("t2")]
    history = [entry_of("t1", "h1"), entry_of("t2", "h2")]
    ((whole, _), _) = assembled(copies, history)
    length = len(orjson.dumps(whole))
    assert len(assembled(copies, history, max_line_bytes=length)[0]) == 2
    ((kept,), assembly) = assembled(copies, history, max_line_bytes=length - 1)
    assert kept["task"]["taskId"] == "t2"
    (letter,) = assembly.dead_letters
    assert (letter.table, letter.source, letter.reason) == ("tasks", (3, 7), "line_too_long")
    assert letter.record == orjson.dumps(whole)
    assert f"{length} bytes" in letter.detail
    assert f"output.max_line_bytes is {length - 1}" in letter.detail
    assert assembly.tally.counts[Count.DEAD_LETTER_TASKS] == 1
    assert assembly.tally.counts[Count.DEAD_LETTER_STAGE_HISTORY] == 1
    assert assembly.tally.reasons == {"line_too_long": 1}


def test_what_a_line_is_cut_and_sorted_by() -> None:
    assembly = Assembly(with_history=True, max_line_bytes=1 << 20)
    assembly.add_tasks([copy_of("t1", assetId="a1"), copy_of("t2")])
    assembly.add_history([entry_of("t1", "h1")])
    first, second = assembly.lines()
    assert (first.asset_key, first.task_id, first.stage_entries) == ("a1", "t1", 1)
    assert (second.asset_key, second.task_id, second.stage_entries) == ("t2", "t2", 0)
    assert (first.bucket, second.bucket) == (bucket_of("a1"), bucket_of("t2"))


@st.composite
def projects(draw: st.DrawFn) -> tuple[list[TaskCopy], list[StageEntry]]:
    seeds = st.lists(SEEDS, max_size=5)
    tasks = with_copies([task(seed, True) for seed in draw(seeds)], TASK_CHANGES, draw(seeds))
    entries = with_copies([stage_history_entry(seed) for seed in draw(seeds)], HISTORY_CHANGES, draw(seeds))
    copies = [
        decode_task(plain(written(record)), (0, place), SELECTION, Fields())
        for place, record in enumerate(tasks, 1)
    ]
    return copies, [decode_stage_entry(plain(written(record)), Fields()) for record in entries]


@QUICK
@given(projects(), st.randoms(use_true_random=False), st.sampled_from([1 << 20, 700]))
def test_nothing_depends_on_the_order_of_copies_and_entries(
    project: tuple[list[TaskCopy], list[StageEntry]], random: Any, max_line_bytes: int
) -> None:
    copies, history = project
    records, assembly = assembled(copies, history, max_line_bytes=max_line_bytes)
    shuffled = [random.sample(some, len(some)) for some in project]
    other_records, other = assembled(*shuffled, max_line_bytes=max_line_bytes)
    assert other_records == records
    assert other.tally == assembly.tally
    assert sorted(letter.record for letter in other.dead_letters) == sorted(
        letter.record for letter in assembly.dead_letters
    )


@QUICK
@given(projects(), st.sampled_from([1 << 20, 700]))
def test_every_copy_and_every_entry_is_found_again_in_one_count(
    project: tuple[list[TaskCopy], list[StageEntry]], max_line_bytes: int
) -> None:
    copies, history = project
    records, assembly = assembled(copies, history, max_line_bytes=max_line_bytes)
    tally = assembly.tally
    tally.count(Count.TASKS_READ, len(copies))
    tally.count(Count.STAGE_HISTORY_READ, len(history))
    tally.count(Count.TASKS_EXPORTED, len(records))
    tally.count(Count.STAGE_HISTORY_EXPORTED, sum(len(record["task"]["stageHistory"]) for record in records))
    check_accounting(tally, records=len(records), dead_letters=len(assembly.dead_letters))
