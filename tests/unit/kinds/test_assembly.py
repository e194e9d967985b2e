"""Tasks and their stage history, put together; every copy and entry is found again in one count."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.lines import written
from awkward.records import HISTORY_CHANGES, SEEDS, TASK_CHANGES, stage_history_entry, task, with_copies
from framehaul.transforms.counts import Count
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango_v3.assembly import TaskAssembly
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry, decode_stage_entry
from framehaul.transforms.kinds.ango_v3.stage_histories import StageHistories
from framehaul.transforms.kinds.ango_v3.task import TaskCopy, decode_task
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.buckets import bucket_of
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.set_aside import SetAsideKey
from framehaul.transforms.records.tally import check_accounting
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from reference.parts import joined
from unit.kinds.assemblies import SELECTION, Assembled, assembled, copy_of, entry_of, frames_of

QUICK = settings(max_examples=100, deadline=None)


def records_of(
    copies: Sequence[TaskCopy], history: Sequence[StageEntry] = (), **options: Any
) -> tuple[list[dict[str, Any]], TaskAssembly]:
    """The records, by task id, put together where they are in parts; and what the assembly says about them."""
    found = assembled(copies, history, **options)
    return [joined(list(map(orjson.loads, lines))) for lines in found.parts().values()], found.assembly


def not_zero(assembly: TaskAssembly) -> dict[str, int]:
    return {name: number for name, number in assembly.tally.counts.items() if number}


def test_a_record_ends_in_its_stage_history_and_its_part() -> None:
    ((record,), assembly) = records_of([copy_of("t1")], [entry_of("t1", "h1")])
    assert list(record)[-2:] == ["task", "part"]
    assert list(record["task"])[-1] == "stageHistory"
    assert [entry["stage"] for entry in record["task"]["stageHistory"]] == ["Label"]
    assert record["part"] == {"index": 0, "count": 1, "firstPage": None, "lastPage": None}
    assert not any(assembly.tally.counts.values())


def test_without_the_toggle_a_record_has_no_stage_history() -> None:
    ((record,), _) = records_of([copy_of("t1")], with_history=False)
    assert "stageHistory" not in record["task"]
    ((record,), _) = records_of([copy_of("t1")])
    assert record["task"]["stageHistory"] == []


def test_stage_history_is_sorted_by_time_then_id() -> None:
    history = [
        entry_of("t1", "h2", stage="c"),
        entry_of("t1", "h1", stage="b"),
        entry_of("t1", "h0", stage="d", completedAt="2024-05-01T08:00:00.000001Z"),
        entry_of("t1", "h9", stage="a", completedAt="2024-05-01T09:59:59.999999+02:00"),
    ]
    ((record,), _) = records_of([copy_of("t1")], history)
    assert [entry["stage"] for entry in record["task"]["stageHistory"]] == ["a", "b", "c", "d"]


def test_of_two_entries_with_one_id_the_newest_is_kept() -> None:
    history = [
        entry_of("t1", "h1", stage="old", completedAt=1),
        entry_of("t1", "h1", stage="new", completedAt=2),
        entry_of("t1", "h1", stage="a tie, and less", completedAt=2),
        entry_of("t2", "h1", stage="of another task"),
    ]
    ((first, second), assembly) = records_of([copy_of("t1"), copy_of("t2")], history)
    assert [entry["stage"] for entry in first["task"]["stageHistory"]] == ["new"]
    assert [entry["stage"] for entry in second["task"]["stageHistory"]] == ["of another task"]
    assert assembly.tally.counts[STAGE_HISTORY.duplicates] == 2


def test_entries_without_an_id_are_never_duplicates() -> None:
    ((record,), assembly) = records_of([copy_of("t1")], [entry_of("t1")] * 3)
    assert len(record["task"]["stageHistory"]) == 3
    assert not any(assembly.tally.counts.values())


def test_the_newest_copy_stands_for_the_task_and_selection_looks_at_it_alone() -> None:
    older = copy_of("t1", updatedAt=1)
    newer = copy_of("t1", updatedAt=2, createdAt="1999-01-01")
    assert (older.selected, newer.selected) == (True, False)
    records, assembly = records_of([newer, older], [entry_of("t1", "h1"), entry_of("t1", "h1")])
    assert records == []
    assert not_zero(assembly) == {
        TASKS.duplicates: 1,
        STAGE_HISTORY.duplicates: 1,
        TASKS.not_selected: 1,
        STAGE_HISTORY.not_selected: 1,
    }


def test_stage_history_whose_task_was_not_read_is_an_orphan() -> None:
    history = [entry_of("t9", "h1"), entry_of("t9", "h1"), entry_of("t8")]
    records, assembly = records_of([], history)
    assert records == []
    assert not_zero(assembly) == {STAGE_HISTORY.duplicates: 1, STAGE_HISTORY.orphans: 2}


def test_annotations_are_those_of_the_exported_answers_alone() -> None:
    tools = {"tools": [{"title": "car"}, {"title": "car", "keyFrame": False}, {}]}
    copies = [
        copy_of("t1", answer=tools),
        copy_of("t2", answer={"tools": [{"title": "car"}]}),
        copy_of("t3", answer=tools, createdAt="1999-01-01"),
        copy_of("t4", answer=tools, updatedAt=1),
        copy_of("t4", updatedAt=2),
    ]
    _, assembly = records_of(copies, [entry_of("t1", "h1", answer=tools)])
    assert assembly.tally.titles == {"car": 3, "": 1}
    assert assembly.tally.counts[Count.ANNOTATIONS] == 4
    assert not {Count.KEY_FRAME_ROWS, Count.INTERPOLATED_ROWS} & assembly.tally.counts.keys()


def test_what_a_line_is_cut_and_sorted_by() -> None:
    found = assembled([copy_of("t1", assetId="a1"), copy_of("t2")], [entry_of("t1", "h1")])
    first, second = found.lines
    assert (first.asset_key, first.task_id, first.part, first.members) == ("a1", "t1", 0, (1, 1, 0))
    assert (second.asset_key, second.task_id, second.part, second.members) == ("t2", "t2", 0, (1, 0, 0))
    assert (first.bucket, second.bucket) == (bucket_of("a1"), bucket_of("t2"))


@st.composite
def projects(draw: st.DrawFn) -> tuple[list[TaskCopy], list[StageEntry]]:
    seeds = st.lists(SEEDS, max_size=5)
    tasks = with_copies([task(seed, False) for seed in draw(seeds)], TASK_CHANGES, draw(seeds))
    entries = with_copies([stage_history_entry(seed) for seed in draw(seeds)], HISTORY_CHANGES, draw(seeds))
    copies = [
        decode_task(rewrite_plain(written(record)), (0, place), SELECTION, Fields())
        for place, record in enumerate(tasks, 1)
    ]
    return copies, [
        decode_stage_entry(rewrite_plain(written(record)), (1, place), Fields())
        for place, record in enumerate(entries, 1)
    ]


LIMITS = st.fixed_dictionaries(
    {"max_line_bytes": st.sampled_from([1 << 20, 1500, 700]), "shard_bytes": st.sampled_from([1 << 20, 1000])}
)


@QUICK
@given(projects(), st.randoms(use_true_random=False), LIMITS)
def test_nothing_depends_on_the_order_of_copies_and_entries(
    project: tuple[list[TaskCopy], list[StageEntry]], random: Any, limits: dict[str, int]
) -> None:
    found = assembled(*project, **limits)
    other = assembled(*(random.sample(some, len(some)) for some in project), **limits)
    assert other.parts() == found.parts()
    assert other.assembly.tally == found.assembly.tally
    assert letters_of(other) == letters_of(found)


def letters_of(found: Assembled) -> list[tuple[str, tuple[int, int], str, str]]:
    return sorted((letter.table, letter.source, letter.reason, letter.detail) for letter in found.letters)


@QUICK
@given(projects(), LIMITS, st.sampled_from([0, 1, 3]))
def test_nothing_depends_on_how_much_stage_history_is_held(
    project: tuple[list[TaskCopy], list[StageEntry]], limits: dict[str, int], held: int
) -> None:
    found = assembled(*project, **limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{StageHistories.__module__}._HELD_ENTRIES", held)
        other = assembled(*project, **limits)
    assert other.parts() == found.parts()
    assert other.counts() == found.counts()
    assert letters_of(other) == letters_of(found)


def test_what_belongs_to_a_task_that_was_set_aside_goes_with_it_unless_another_copy_is_sound() -> None:
    keys = [
        SetAsideKey("tasks", task_id, "", reason)
        for task_id, reason in (("t1", Reason.BAD_TIME), ("t1", Reason.BAD_PAGE), ("t2", Reason.BAD_TIME))
    ]
    history = [entry_of(task_id, "h1", source=(1, int(task_id[1]))) for task_id in ("t1", "t2", "t3")]
    for order in (keys, keys[::-1]):
        found = assembled([copy_of("t2")], history, [frames_of("t1", 0)], order)
        assert list(found.parts()) == ["t2"]
        assert found.set_aside() == [
            ("frames", (2, 1), "with_its_task"),
            ("stage_history", (1, 1), "with_its_task"),
        ]
        assert {"set aside (bad_page)" in letter.detail for letter in found.letters} == {True}
        assert not_zero(found.assembly) == {
            STAGE_HISTORY.dead_letters: 1,
            STAGE_HISTORY.orphans: 1,
            FRAMES.dead_letters: 1,
        }


@QUICK
@given(projects(), LIMITS)
def test_every_copy_and_every_entry_is_found_again_in_one_count(
    project: tuple[list[TaskCopy], list[StageEntry]], limits: dict[str, int]
) -> None:
    copies, history = project
    found = assembled(copies, history, **limits)
    tally, parts = found.assembly.tally, found.parts()
    shards = [shard for shards in found.shards.values() for shard in shards]
    tally.count(TASKS.read, len(copies))
    tally.count(STAGE_HISTORY.read, len(history))
    tally.count(TASKS.exported, len(parts))
    tally.count(STAGE_HISTORY.exported, sum(history for _, history, _ in found.members()))
    tally.parts = sum(line.parts for line in found.lines) + sum(len(shard.parts) for shard in shards)
    letters = Counter(letter.table for letter in found.letters)
    check_accounting(tally, records=sum(map(len, parts.values())), dead_letters=letters)
    assert len({(letter.table, letter.source) for letter in found.letters}) == len(found.letters)
