"""Records that are too long for a line or for a shard: in parts, with shards of their own, or set aside."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.counts import Count
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.stage_histories import StageHistories
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.tables import STAGE_HISTORY, TASKS
from reference.parts import check_parts, joined
from unit.kinds.assemblies import assembled, copy_of, entry_of, video_of

QUICK = settings(max_examples=100, deadline=None)


ROWS = [{"title": "car", "point": [number, 2.5]} for number in range(60)]


def long_one() -> tuple[list[TaskCopy], list[StageEntry]]:
    copies = [copy_of("t1", source=(3, 7), answer={"tools": ROWS, "relations": [{}]}), copy_of("t2")]
    return copies, [entry_of("t1", "h1", answer={"classifications": ROWS}), entry_of("t2", "h2")]


def test_a_record_is_in_parts_where_its_line_is_longer_than_allowed() -> None:
    whole = assembled(*long_one()).parts()
    assert [len(lines) for lines in whole.values()] == [1, 1]
    length = len(whole["t1"][0])
    assert assembled(*long_one(), max_line_bytes=length).parts() == whole
    found = assembled(*long_one(), max_line_bytes=length - 1)
    parts = found.parts()
    assert len(parts["t1"]) == 2
    check_parts(parts["t1"], max_line_bytes=length - 1, is_video=False)
    assert orjson.dumps(joined(list(map(orjson.loads, parts["t1"])))) == whole["t1"][0]
    assert [(line.task_id, line.part, line.parts, line.members) for line in found.lines] == [
        ("t1", 0, 2, (1, 1, 0)),
        ("t1", 1, 0, ()),
        ("t2", 0, 1, (1, 1, 0)),
    ]
    assert found.counts() == {Count.ANNOTATIONS: 60}


def test_a_record_is_set_aside_where_what_every_part_repeats_is_longer_than_allowed() -> None:
    copies = [copy_of("t1", source=(3, 7), externalId="x" * 2000), copy_of("t2")]
    history = [entry_of("t1", "h1"), entry_of("t2", "h2")]
    found = assembled(copies, history, max_line_bytes=1900)
    assert list(found.parts()) == ["t2"]
    task, entry = found.letters
    assert (task.table, task.source, task.reason) == ("tasks", (3, 7), "line_too_long")
    assert "without its rows" in task.detail
    assert (entry.table, entry.source, entry.reason) == ("stage_history", (1, 1), "with_its_task")
    assert "its task is set aside (line_too_long)" in entry.detail
    assert found.counts() == {TASKS.dead_letters: 1, STAGE_HISTORY.dead_letters: 1}
    assert found.assembly.tally.reasons == {"line_too_long": 1, "with_its_task": 1}


def many(number: int, **changes: Any) -> list[StageEntry]:
    return [
        entry_of("t1", f"h{index:04}", source=(1, index), completedAt=1000 + index, **changes)
        for index in range(number)
    ]


def test_stage_history_that_is_too_long_takes_itself_out_and_not_its_task() -> None:
    history = [*many(3), entry_of("t1", "long", source=(1, 9), completedBy="x" * 3000)]
    for copy in (copy_of("t1"), video_of("t1", 5), copy_of("t1", answer={"tools": ROWS})):
        found = assembled([copy], history, max_line_bytes=2000)
        assert found.set_aside() == [("stage_history", (1, 9), "line_too_long")]
        whole = joined(list(map(orjson.loads, found.parts()["t1"])))
        assert [entry["completedAt"] for entry in whole["task"]["stageHistory"]] == [
            f"1970-01-01T00:00:01.00{index}Z" for index in range(3)
        ]
    assert assembled([copy_of("t1")], history, max_line_bytes=2000, splits=False).letters == []


def test_a_task_that_is_too_long_alone_is_not_the_fault_of_its_stage_history() -> None:
    history = [*many(2), entry_of("t1", "long", source=(1, 9), completedBy="x" * 3000)]
    found = assembled([copy_of("t1", externalId="x" * 3000)], history, max_line_bytes=2000)
    assert [reason for _, _, reason in found.set_aside()] == ["with_its_task"] * 3 + ["line_too_long"]
    assert found.parts() == {}


@pytest.mark.parametrize("held", [10_000, 30])
@pytest.mark.parametrize("copy", [copy_of("t1"), video_of("t1", 5)], ids=["still", "video"])
def test_stage_history_that_is_too_long_together_goes_with_its_task_line_by_line(
    copy: TaskCopy, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is held in memory or not; what is set aside for itself keeps its reason."""
    monkeypatch.setattr(f"{StageHistories.__module__}._HELD_ENTRIES", held)
    long = entry_of("t1", "long", source=(2, 1), completedBy="x" * 3000)
    found = assembled([copy], [*many(50), *many(1), long], max_line_bytes=2000)
    assert found.parts() == {}
    assert found.counts() == {
        STAGE_HISTORY.duplicates: 1,
        STAGE_HISTORY.dead_letters: 51,
        TASKS.dead_letters: 1,
    }
    assert found.set_aside() == [
        *(("stage_history", (1, index), "with_its_task") for index in range(50)),
        ("stage_history", (2, 1), "line_too_long"),
        ("tasks", (0, 1), "line_too_long"),
    ]
    (task,) = [letter for letter in found.letters if letter.table == "tasks"]
    (first, *_) = assembled([copy], many(50)).parts()["t1"]
    said = int(task.detail.removeprefix("the record has ").partition(" ")[0])
    assert len(first) <= said < len(first) + 50


@pytest.mark.parametrize("shard_bytes", [500, 3000])
def test_a_record_over_the_size_of_a_shard_gets_shards_of_its_own(shard_bytes: int) -> None:
    found = assembled(*long_one(), max_line_bytes=1500, shard_bytes=shard_bytes)
    (record,) = found.long
    assert (record.asset_key, record.task_id, record.frames) == ("t1", "t1", None)
    assert found.parts() == assembled(*long_one(), max_line_bytes=1500).parts()
    # in the other shards only its asset is told, so that assets are counted in one place
    assert [(line.task_id, line.line, line.parts) for line in found.lines if not line.line] == [
        ("t1", b"", 0)
    ]
    assert found.counts() == {Count.ANNOTATIONS: 60}
    assert [shard.members for shard in found.shards["t1"] if shard.members] == [(1, 1, 0)]
    assert len(found.shards["t1"]) > 1


RECORD_ROWS = st.lists(st.dictionaries(st.sampled_from(["title", "x"]), st.text(max_size=40)), max_size=12)


@QUICK
@given(RECORD_ROWS, RECORD_ROWS, RECORD_ROWS, st.integers(700, 3000), st.integers(100, 5000))
def test_a_record_says_the_same_in_any_number_of_parts_and_shards(
    tools: list[Any], relations: list[Any], past: list[Any], max_line_bytes: int, shard_bytes: int
) -> None:
    copies = [copy_of("t1", answer={"tools": tools, "relations": relations})]
    history = [entry_of("t1", "h1", answer={"classifications": past}), entry_of("t1")]
    (whole,) = assembled(copies, history).parts()["t1"]
    lines = assembled(copies, history, max_line_bytes=max_line_bytes, shard_bytes=shard_bytes).parts()["t1"]
    check_parts(lines, max_line_bytes=max_line_bytes, is_video=False)
    assert joined(list(map(orjson.loads, lines))) == orjson.loads(whole)
