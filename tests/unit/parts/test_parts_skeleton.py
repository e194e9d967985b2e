"""The bytes around the rows of a record: with the rows between them they are the record again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.lines import written
from awkward.records import SEEDS, stage_history_entry, task
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry, decode_stage_entry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy, decode_task
from framehaul.transforms.kinds.ango_v3.v3_skeleton import contents_of_entry, contents_of_task, skeleton_of
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from unit.kinds.assemblies import copy_of, entry_of, rows_in

QUICK = settings(max_examples=150, deadline=None)

EVERYTHING = Selection(stages=frozenset("*"), task_types=frozenset("*"))
WHOLE = part_key(0, 1, None, None)
FORGED = 'x","tools":[1],"classifications":[],"part":{"index":3}}]'


def line_of(copy: TaskCopy, history: list[StageEntry], *, with_history: bool) -> bytes:
    """The record as transforms/README.md, "Record", has it, from what was rendered when it was decoded."""
    entries = b",".join(entry.rendered for entry in history)
    return copy.rendered + (b',"stageHistory":[%b]' % entries if with_history else b"") + b"}" + WHOLE + b"}"


def check(copy: TaskCopy, history: list[StageEntry], *, with_history: bool = True) -> None:
    answers = [contents_of_task(copy), *map(contents_of_entry, history)]
    skeleton = skeleton_of([pieces for pieces, _ in answers], with_history=with_history)
    lists = [content for _, contents in answers for content in contents]
    whole = line_of(copy, history, with_history=with_history)
    rows = rows_in(whole)
    assert [b"[" + b",".join(some) + b"]" for some in rows] == lists
    assert skeleton.line(rows, WHOLE) == whole


@QUICK
@given(SEEDS, st.lists(SEEDS, max_size=3), st.booleans())
def test_any_record_is_its_skeleton_and_its_rows(seed: int, entries: list[int], idle: bool) -> None:
    fields = Fields(idle_blur_durations=idle)
    copy = decode_task(rewrite_plain(written(task(seed, False))), (0, 1), EVERYTHING, fields)
    history = [
        decode_stage_entry(rewrite_plain(written(stage_history_entry(entry))), (1, 1), fields)
        for entry in entries
    ]
    check(copy, history)
    check(copy, [], with_history=False)


@pytest.mark.parametrize("key", ["asset", "assetId", "externalId", "stageId", "type", "updatedBy"])
def test_text_that_looks_like_rows_is_text(key: str) -> None:
    check(copy_of("t1", **{key: FORGED}), [])


def test_objects_that_look_like_an_answer_are_no_answer() -> None:
    forged = {"task": {"tools": [1], "classifications": [2]}, "tools": [3], "part": {"index": 4}}
    answer = {"tools": [forged], "classifications": [{"classifications": [forged]}]}
    copy = copy_of("t1", metadata=forged, contextData=forged, answer=answer, brushDataUrl=FORGED)
    check(copy, [entry_of("t1", FORGED, answer=answer, taskHistory=FORGED)] * 2)


def test_rows_may_nest_as_deep_as_records_may() -> None:
    tools = b'[{"x":%b}]' % (b"[" * 900 + b"]" * 900)
    line = b'{"taskId":"t1","stage":"Complete","answer":{"tools":%b}}' % tools
    copy = decode_task(line, (0, 1), EVERYTHING, Fields())
    _, lists = contents_of_task(copy)
    assert lists == [tools, b"[]", b"[]"]


NUMBERS = st.integers(0, 9_999_999_999)
PARTS = st.builds(part_key, NUMBERS, NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS)
PIECES = st.lists(st.binary(max_size=30), min_size=2, max_size=10)


@QUICK
@given(PIECES, PARTS, st.data())
def test_the_size_of_a_line_is_known_before_it_is_written_and_only_a_little_too_large(
    pieces: list[bytes], part: bytes, data: st.DataObject
) -> None:
    skeleton = Skeleton(pieces)
    lists = [data.draw(st.lists(st.binary(max_size=9), max_size=4)) for _ in pieces[1:]]
    line = skeleton.line(lists, part)
    most = skeleton.size_bytes + sum(len(row) + 1 for rows in lists for row in rows)
    assert most - skeleton.slack_bytes(len(lists)) <= len(line) <= most


def test_what_is_left_for_rows_and_what_is_said_where_nothing_is() -> None:
    skeleton = Skeleton([b"x" * 100, b"y" * 10])
    assert skeleton.room(1000) == 1000 - skeleton.size_bytes
    assert skeleton.room(skeleton.size_bytes) == 0
    with pytest.raises(InvalidRecordError) as caught:
        skeleton.room(skeleton.size_bytes - 1)
    assert caught.value.reason == "line_too_long"
    assert f"has {skeleton.size_bytes} bytes without its rows" in caught.value.detail
    assert f"output.max_line_bytes is {skeleton.size_bytes - 1}" in caught.value.detail


def test_known_parts() -> None:
    # Stored forever: readers find `part` by its keys in this order, at the end of a line.
    assert part_key(0, 1, None, None) == b',"part":{"index":0,"count":1,"firstPage":null,"lastPage":null}'
    assert part_key(2, 7, 40, 506) == b',"part":{"index":2,"count":7,"firstPage":40,"lastPage":506}'
