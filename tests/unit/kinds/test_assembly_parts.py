"""Records that are too long for a line or for a shard: in parts, with shards of their own, or set aside."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.counts import Count
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.tables import STAGE_HISTORY, TASKS
from reference.parts import check_parts, joined
from unit.kinds.assemblies import assembled, copy_of, entry_of

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
    whole = orjson.loads(assembled(copies, history).parts()["t1"][0])
    found = assembled(copies, history, max_line_bytes=len(orjson.dumps(whole)) - 1)
    assert list(found.parts()) == ["t2"]
    (letter,) = found.assembly.dead_letters
    assert (letter.table, letter.source, letter.reason) == ("tasks", (3, 7), "line_too_long")
    del whole["part"], whole["task"]["stageHistory"]
    assert letter.record == orjson.dumps(whole)
    assert "without its rows" in letter.detail
    assert found.counts() == {TASKS.dead_letters: 1, STAGE_HISTORY.dead_letters: 1}
    assert found.assembly.tally.reasons == {"line_too_long": 1}


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
