"""Items of one JSON array: found in any chunks, isolated from each other, and never fewer than there are."""

import itertools
import json
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.lines import BYTE_ORDER_MARK, WRITINGS
from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats import json_array
from framehaul.transforms.formats.json_array import items_of
from framehaul.transforms.formats.lines import OversizedLine

QUICK = settings(max_examples=300, deadline=None)

TRICKY = st.sampled_from(['"', "\\", '\\"', "]", "},{", "[{", "\\\\", ', "', "\u2028", "\U0001f600"])
TEXTS = st.lists(TRICKY | st.text(max_size=3), max_size=4).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SPACE = st.sampled_from(["", " ", "\r\n\t"])
SEPARATORS = sorted({writing.separators for writing in WRITINGS})


def in_chunks(text: bytes, size: int) -> Iterable[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


def items(text: bytes, size: int = 1 << 20) -> list[bytes]:
    return [item for found in items_of(in_chunks(text, size), "dump/tasks.json") for item in found]


@QUICK
@given(
    st.lists(VALUES, max_size=5),
    st.sampled_from(SEPARATORS),
    st.booleans(),
    SPACE,
    st.integers(1, 60),
)
def test_chunks_of_any_size_give_the_items_of_the_array(
    values: list[Any], separators: tuple[str, str], ascii_only: bool, space: str, size: int
) -> None:
    array = json.dumps(values, separators=separators, ensure_ascii=ascii_only)
    text = (space + array[0] + space + array[1:-1] + space + array[-1] + space).encode()
    found = items(text, size)
    assert [json.loads(item) for item in found] == values
    assert found == items(text)


def test_items_are_handed_on_as_the_bytes_they_came_as() -> None:
    text = rb'[ 1.50 , {"a" : [1E2, "\u00e9"]} ,"x"]'
    assert items(text) == [b"1.50", rb'{"a" : [1E2, "\u00e9"]}', b'"x"']


@pytest.mark.parametrize("text", [b"[]", b" [ ] ", b"[\r\n]\n", BYTE_ORDER_MARK + b"[]"])
@pytest.mark.parametrize("size", [3, 100])
def test_an_empty_array_has_no_items(text: bytes, size: int) -> None:
    assert items(text, size) == []


def test_a_byte_order_mark_is_dropped() -> None:
    assert items(BYTE_ORDER_MARK + b' [{"k":1}]') == [b'{"k":1}']


@pytest.mark.parametrize("size", [1, 2])
def test_a_byte_order_mark_in_two_chunks_is_dropped_too(size: int) -> None:
    assert items(BYTE_ORDER_MARK + b"[1]", size) == [b"1"]


@pytest.mark.parametrize("bad", [b"not json", b"NaN", b"'x'", b'{"k":}', b"{k:1}", b"\xff", b"01", b'"\\x"'])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_item_that_is_not_json_is_one_item_and_spoils_no_other(bad: bytes, size: int) -> None:
    assert items(b'[{"a":1},' + bad + b',{"b":[2]}]', size) == [b'{"a":1}', bad, b'{"b":[2]}']


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_array_that_is_cut_off_anywhere_is_refused(size: int) -> None:
    whole = rb'[{"a":"x]\"}"},[1,{"b":2}], 3]'
    for length in range(len(whole)):
        with pytest.raises(
            SourceError, match=r"dump/tasks\.json ends inside its array .* copy the file again"
        ):
            items(whole[:length], size)


def test_the_message_says_how_many_items_were_read() -> None:
    with pytest.raises(SourceError, match="after item 2"):
        items(b"[1,2,3")


@pytest.mark.parametrize("rest", [b"]", b"[1]", b"{}", b",", b"x", b"\x00"])
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_text_after_the_end_of_the_array_is_refused(rest: bytes, size: int) -> None:
    with pytest.raises(SourceError, match=r"dump/tasks\.json goes on after the end"):
        items(b"[1, 2] \n" + rest, size)


@pytest.mark.parametrize("text", [b'{"taskId":"t1"}\n{"taskId":"t2"}\n', b"1", b'"["', b"PAR1", b"\x1f\x8b"])
def test_a_file_that_is_no_array_is_refused(text: bytes) -> None:
    with pytest.raises(SourceError, match=r"dump/tasks\.json does not begin with the \["):
        items(text)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_item_that_is_too_long_is_not_held_and_takes_no_other_with_it(size: int) -> None:
    long = b'{"a":["' + b'x,]}\\"' * 40 + b'",{}]}'
    text = b"[1, " + long + b" ,{}," + long + b"]"
    found = [item for some in items_of(in_chunks(text, size), "t.json", 100) for item in some]
    assert [found[0], found[2]] == [b"1", b"{}"]
    assert len(found) == 4
    for item in (found[1], found[3]):
        assert isinstance(item, OversizedLine)
        assert 0 <= item.length - len(long) <= 2  # the spaces around it


def test_an_item_that_never_ends_is_told_in_bounded_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="ends inside its array"):
            list(
                items_of(itertools.chain([b"["], itertools.repeat(b"[[[{" * 25_000, 300)), "t.json", 1 << 20)
            )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_every_byte_of_a_long_text_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0
    pattern = json_array._REST_OF_STRING

    class Counting:
        def match(self, text: bytearray, start: int) -> Any:
            nonlocal looked_at
            found = pattern.match(text, start)
            looked_at += found.end() - start if found else 0
            return found

    monkeypatch.setattr(json_array, "_REST_OF_STRING", Counting())
    text = b'["' + b"x" * 1_000_000 + b'"]'
    assert len(items(text, 1000)) == 1
    assert looked_at <= len(text)


def test_a_long_text_in_an_item_needs_no_more_memory_than_a_few_copies_of_it() -> None:
    text = b'[{"brush":"' + b"x" * (1 << 20) + b'"}]'
    tracemalloc.start()
    try:
        assert len(items(text, size=1 << 18)) == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(text)
