"""Decoding: what is not as transforms/README.md, "Tables", asks is set aside with its place, and never stops the run."""

from operator import itemgetter
from typing import Any

import apache_beam as beam
import msgspec
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.broken_lines import REASONS_OF, VIDEO_REASONS, broken_lines, valid_record
from awkward.lines import BYTE_ORDER_MARK, written
from framehaul.transforms.counts import Progress
from framehaul.transforms.decode_records import DecodeRecords, decode_block
from framehaul.transforms.exchange.blocks import Block, Exchange, read_block
from framehaul.transforms.exchange.partitions import Entry
from framehaul.transforms.formats.lines import OversizedLine
from framehaul.transforms.kinds.ango_v3.v3_kind import kind_with
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.step_outputs import DEAD_LETTERS, TALLIES
from framehaul.transforms.tables import FRAMES, SET_ASIDE, STAGE_HISTORY, TASKS
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

BLOCKS = [
    block_of(task_of("t1"), b"", b"not json", b" \r", task_of("t2", stage="Review"), index=0, first=1),
    block_of(b"[]", task_of("t3"), {"taskId": "t4"}, index=1, first=11),
    block_of(entry_of("t1", "h1"), b"\xff", table="stage_history", index=2, first=1),
    block_of(frame_of("t2", 5), frame_of("t2", -1), table="frames", index=3, first=1),
]
LETTERS = [
    ("tasks", (0, 3), "not_json"),
    ("tasks", (1, 11), "not_an_object"),
    ("tasks", (1, 13), "missing_key"),
    ("stage_history", (2, 2), "not_utf8"),
    ("frames", (3, 2), "bad_page"),
]
COUNTS = {
    TASKS.read: 6,
    TASKS.dead_letters: 3,
    STAGE_HISTORY.read: 2,
    STAGE_HISTORY.dead_letters: 1,
    FRAMES.read: 2,
    FRAMES.dead_letters: 1,
}


def place_and_reason(letter: SetAside) -> tuple[str, tuple[int, int], str]:
    return letter.table, letter.source, letter.reason


def letters_in(blocks: list[tuple[int, Block]]) -> list[SetAside]:
    """All of them, each in a block of its split."""
    found = [(split, letter) for split, block in blocks for letter in read_block(block, SetAside)]
    assert all(letter.source[0] == split for split, letter in found)
    return [letter for _, letter in found]


def check_tallies(tallies: list[Tally]) -> None:
    tally = Tally.sum(tallies)
    assert not_zero(tally.counts) == COUNTS
    assert tally.reasons == {reason: 1 for _, _, reason in LETTERS}
    assert tally.split_lines == {0: 5, 1: 3, 2: 2, 3: 2}
    assert tally.split_records == {0: 3, 1: 3, 2: 2, 3: 2}


def test_what_breaks_the_contract_is_tagged_tallied_and_counted() -> None:
    pipeline = new_pipeline()
    decoded = pipeline | beam.Create(BLOCKS) | DecodeRecords(KIND, EVERYTHING, Exchange(None))
    ids = decoded.entries | beam.FlatMap(lambda some: [(some[0], entry.task_id) for entry in some[1]])
    of_tables = [
        *zip(["tasks"] * 3, ["t1", "t2", "t3"], strict=True),
        ("stage_history", "t1"),
        ("frames", "t2"),
    ]
    assert_that(ids, equal_to([*of_tables, (SET_ASIDE, "t4")]), label="entries")

    def check_letters(blocks: list[tuple[int, Block]]) -> None:
        assert sorted(map(place_and_reason, letters_in(blocks)), key=itemgetter(1)) == LETTERS

    assert_that(decoded[DEAD_LETTERS], check_letters, label="dead letters")
    assert_that(decoded[TALLIES], check_tallies, label="tallies")
    counters = run(pipeline)
    assert counters[Progress.RECORDS_READ] == 10
    assert {name: counters[name] for name in COUNTS} == COUNTS


def test_a_bug_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("a bug, not bad data")

    monkeypatch.setattr("framehaul.transforms.kinds.ango_v3.v3_kind.decode_task", broken)
    pipeline = new_pipeline()
    _ = pipeline | beam.Create(BLOCKS[:1]) | DecodeRecords(KIND, EVERYTHING, Exchange(None))
    with pytest.raises(Exception, match="a bug, not bad data"):
        run(pipeline)


def decoded(
    *lines: Any, table: str = "tasks", fields: Fields | None = None
) -> tuple[list[Entry], list[SetAside]]:
    block = block_of(*lines, table=table, index=3, first=21)
    found = decode_block(block, kind_with(fields or Fields()), EVERYTHING)
    assert found.records == len(found.entries) + len(found.letters)
    return found.entries, found.letters


@pytest.mark.parametrize(("table", "record_of"), [("tasks", task_of), ("stage_history", entry_of)])
def test_entries_keep_their_order_and_their_place(table: str, record_of: Any) -> None:
    entries, letters = decoded(b"", record_of("t2"), b" \t\r", record_of("t1"), table=table)
    assert [(entry.task_id, entry.source) for entry in entries] == [("t2", (3, 22)), ("t1", (3, 24))]
    assert letters == []


def test_the_selection_is_applied_while_decoding() -> None:
    selection = Selection(tasks=frozenset(["t2"]))
    entries = decode_block(block_of(task_of("t1"), task_of("t2")), KIND, selection).entries
    assert [entry.selected for entry in entries] == [False, True]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        *((table, reason) for table, reasons in REASONS_OF.items() for reason in reasons),
        *(("tasks", reason) for reason in VIDEO_REASONS),
    ],
)
def test_a_broken_line_is_set_aside_for_its_reason_and_takes_no_other_with_it(
    table: str, reason: str
) -> None:
    good = written(valid_record(table))
    lines = broken_lines(table, reason)
    around = flat((good, line) for line in lines)
    entries, letters = decoded(*around, table=table)
    assert {letter.reason for letter in letters} == {reason}
    assert [letter.source for letter in letters] == [(3, 22 + 2 * index) for index in range(len(lines))]
    assert len(entries) == len(lines)


@pytest.mark.parametrize("table", REASONS_OF)
def test_a_byte_order_mark_inside_a_file_sets_its_record_aside(table: str) -> None:
    # what `cat a.ndjson b.ndjson` makes of files that each begin with one
    good = written(valid_record(table))
    entries, letters = decoded(good, BYTE_ORDER_MARK + good, good, table=table)
    assert [(letter.source, letter.reason) for letter in letters] == [((3, 22), "not_json")]
    assert len(entries) == 2


DEEP_PLACES = {
    "an unknown key": b'"x":%b',
    "a key of extended JSON": b'"x":[{"$oid":"a"},%b]',
    "spaced text": b'"x": %b',
    "metadata": b'"metadata":{"x":%b}',
    "an annotation": b'"answer":{"tools":[{"x":%b}]}',
    "an annotation with metadata": b'"answer":{"tools":[{"metadata":{},"x":%b}]}',
    "a flat hole": b'"answer":{"tools":[{"holes":[[1,2]],"x":%b}]}',
}


@pytest.mark.parametrize("place", DEEP_PLACES.values(), ids=DEEP_PLACES)
@pytest.mark.parametrize("depth", [100, 300, 600, 1000])
def test_deep_nesting_is_read_or_set_aside_as_too_deep(place: bytes, depth: int) -> None:
    deep = place % (b"[" * depth + b"1" + b"]" * depth)
    line = b'{"taskId":"t1","stage":"Complete",' + deep + b"}"
    entries, letters = decoded(line, fields=Fields(annotation_metadata=False))
    assert len(entries) + len(letters) == 1
    assert {letter.reason for letter in letters} <= {"too_deep"}


def test_a_whole_number_of_extended_json_that_does_not_fit_is_set_aside() -> None:
    line = task_of("t1", x={"$numberLong": "99999999999999999999"})
    _, (letter,) = decoded(line)
    assert letter.reason == "number_out_of_range"


def content_of(entry: Entry) -> Any:
    """An entry but for its place."""
    return msgspec.structs.replace(entry, source=(0, 0))


@st.composite
def neighbours(draw: st.DrawFn, table: str) -> list[bytes]:
    """Lines that are good, broken or blank, and records that are cut in two where a comma was."""
    good = written(valid_record(table, note=[1, {"k": "a,b"}], answer={"tools": []}))
    broken = [line for reason in REASONS_OF[table] for line in broken_lines(table, reason)]
    commas = [place for place, byte in enumerate(good) if byte == ord(",")]
    halves = st.sampled_from(commas).map(lambda comma: [good[:comma], good[comma + 1 :]])
    alone = st.sampled_from([good, b"", b"  ", good + b"," + good, *broken]).map(lambda line: [line])
    return flat(draw(st.lists(st.just([good]) | alone | halves, max_size=6)))


@pytest.mark.parametrize("table", REASONS_OF)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_becomes_of_a_line_does_not_depend_on_its_neighbours(table: str, data: st.DataObject) -> None:
    lines = data.draw(neighbours(table))
    entries, letters = decoded(*lines, table=table)
    alone = [decoded(line, table=table) for line in lines]
    assert list(map(content_of, entries)) == [content_of(entry) for some, _ in alone for entry in some]
    assert [(letter.source, letter.reason) for letter in letters] == [
        ((3, place), letter.reason) for place, (_, some) in enumerate(alone, 21) for letter in some
    ]


def keys_of(table: str, *lines: Any) -> list[tuple[str, str, str]]:
    found = decode_block(block_of(*lines, table=table), KIND, EVERYTHING)
    assert found.entries == []
    assert all(key.table == table for key in found.keys)
    return [(key.task_id, key.own_id, key.reason) for key in found.keys]


KEY = b'{"taskId":"t1","_id":"h1",'
KEYLESS = [
    b"",
    b"}",
    b"[]",
    b'[{"taskId":"t1"}]',
    b"t1",
    b'{"taskId":7,"n":NaN}',
    b'{"taskId":"\\ud800",',
    b'{"n":"\\"taskId\\":\\"t1\\"',
]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (KEY + b'"stage":7}', "wrong_type"),
        (KEY + b'"n":NaN}', "not_json"),
        (KEY + b'"n":1e400}', "number_out_of_range"),
        (KEY + b'"n":"\xff"}', "not_utf8"),
        (KEY + b'"n":"\\ud800"}', "not_json"),
        (KEY + b'"answer":{"taskId":"t2","tools":[{"taskId":"t3"},"cut', "not_json"),
        (BYTE_ORDER_MARK + KEY + b'"n":1}', "not_json"),
        (b'{"n":NaN,"task":"t9","stage":"x",' + KEY[1:] + b'"x":{}}', "not_json"),
        (b' { "_id" : { "$oid" : "h1" } , "taskId" : {"$oid":"t1"}, "n": "cut', "not_json"),
        *((KEY + b'"n":%b%b}' % (b"[" * depth, b"]" * depth), "too_deep") for depth in (3000, 100_000)),
        (b'{"taskId":{"$oid":"t1"},"_id":"h1","n":%b%b}' % (b"[" * 500, b"]" * 500), "too_deep"),
    ],
)
def test_the_key_of_a_record_that_breaks_the_contract_is_told_wherever_the_fault_is(
    line: bytes, reason: str
) -> None:
    """So that what belongs to it goes with it, and is no orphan."""
    assert keys_of("stage_history", line) == [("t1", "h1", reason)]
    assert keys_of("tasks", line.replace(b'"stage":"x",', b"")) == [("t1", "", reason)]


def test_what_has_no_key_or_no_belongings_has_none() -> None:
    assert keys_of("tasks", *KEYLESS) == []
    assert keys_of("frames", b'{"taskId":"t1"}') == []
    assert keys_of("tasks", {"_id": "t1"}, {"taskId": None, "_id": "t2"}, {"taskId": ""}) == [
        (task_id, "", "missing_key") for task_id in ("t1", "t2")
    ]
    aliases = [{"task": "t3"}, {"labelTask": "t4", "task": "x"}, {"_id": "h1"}]
    assert [key[:2] for key in keys_of("stage_history", *aliases)] == [("t3", ""), ("t4", "")]


def test_a_line_longer_than_a_record_may_be_is_set_aside_by_its_length() -> None:
    entries, (letter,) = decoded(task_of("t1"), OversizedLine.of(70, 60), task_of("t2"))
    assert (letter.source, letter.reason) == ((3, 22), "line_too_long")
    assert "the record has 70 bytes; limits.max_record_bytes is 60" in letter.detail
    assert len(entries) == 2
