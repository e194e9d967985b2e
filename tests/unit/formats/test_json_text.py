"""One record as JSON text: every reason to refuse it, and what ``rewrite_plain`` makes of the dialects of dumps."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.broken_lines import NOT_JSON_NUMBERS, NOT_JSON_STRINGS, NOT_UTF8, TOO_LARGE
from awkward.lines import WRITINGS, Writing, written
from awkward.values import EXTENDED_LEAVES
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import check, rewrite_plain
from reference.reading import unwrapped

QUICK = settings(max_examples=150, deadline=None)

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=12)
# No key holds a dollar sign: nothing in these values is rewritten.
KEYS = st.text(st.characters(exclude_characters="$", exclude_categories=["Cs"]), max_size=6)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=10,
    )


def reason_of(text: bytes) -> str:
    with pytest.raises(InvalidRecordError) as caught:
        check(text)
    return caught.value.reason


@pytest.mark.parametrize("inside", [b"%b", b'{"k":%b}', b'{"k":[0,{"k":%b}]}'])
@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        ("not_utf8", NOT_UTF8),
        ("not_json", NOT_JSON_STRINGS + NOT_JSON_NUMBERS),
        ("number_out_of_range", TOO_LARGE),
    ],
)
def test_text_that_is_not_sound_has_one_reason_wherever_it_stands(
    inside: bytes, reason: str, texts: tuple[bytes, ...]
) -> None:
    # "1,,", "1 2" and b"" among them are no JSON in any place
    assert {text: reason_of(inside.replace(b"%b", text)) for text in texts} == dict.fromkeys(texts, reason)


@pytest.mark.parametrize("digits", [20, 21, 309, 5000, 100_000])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_a_whole_number_over_64_bits_is_out_of_range_however_long_it_is(sign: bytes, digits: int) -> None:
    assert reason_of(b'{"k":' + sign + b"9" * digits + b"}") == "number_out_of_range"


@pytest.mark.parametrize(
    "text", [b"", b" ", b"{", b'{"k":1', b'{"k":1}}', b"{} {}", b'{"k":1,}', b"[1 2]", b"\x00", b"{}\x00"]
)
def test_what_is_not_exactly_one_value_is_not_json(text: bytes) -> None:
    assert reason_of(text) == "not_json"


@pytest.mark.parametrize("depth", [1100, 5000, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"k":', b"}")])
def test_nesting_without_end_is_too_deep(opening: bytes, closing: bytes, depth: int) -> None:
    assert reason_of(opening * depth + b"1" + closing * depth) == "too_deep"


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b' { "k" : [ 1 , 2 ] } ',
        b"18446744073709551615",
        b"-9223372036854775808",
        b"1e-400",
        b"1.7976931348623157e308",
        rb'"\ud83d\ude00 \u0000 \/"',
        '"\U0001f600\u2028"'.encode(),
        b"[" * 500 + b"]" * 500,
    ],
)
def test_sound_text_passes(text: bytes) -> None:
    check(text)
    check(b'{"k":' + text + b"}")


def test_a_record_larger_than_a_kept_parser_is_checked_too() -> None:
    large = b'"' + b"x" * (17 << 20)
    check(large + b'"')
    assert reason_of(large) == "not_json"


def test_a_bad_record_leaves_no_trace_in_the_check_of_the_next() -> None:
    for text in (b"{", b'{"k":"\xff"}', b"[" * 5000):
        reason_of(text)
        check(b'{"k":[1,2.5,"x"]}')


@QUICK
@given(nested(LEAVES), st.sampled_from(WRITINGS))
def test_plain_text_is_the_same_value(value: Any, writing: Writing) -> None:
    for record in (value, {"k": value}):
        assert orjson.loads(rewrite_plain(written(record, writing))) == record


@QUICK
@given(st.dictionaries(KEYS, nested(LEAVES), min_size=1, max_size=3))
def test_spaced_text_becomes_the_bytes_of_compact_text(record: Any) -> None:
    compact = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
    for separators, indent in (((", ", ": "), None), ((",", ": "), 2), ((" ,\t", " :  "), None)):
        spaced = json.dumps(record, separators=separators, indent=indent, ensure_ascii=False).encode()
        assert rewrite_plain(spaced) == compact
    assert rewrite_plain(compact) == compact


@pytest.mark.parametrize(
    ("text", "plain_text"),
    [
        (b'{"a": 1.50, "b": 1E2, "c": -0, "d": 1e-400}', b'{"a":1.50,"b":1E2,"c":-0,"d":1e-400}'),
        (b'{ "a" : " x : { " }', b'{"a":" x : { "}'),
        (b'{\n\t"a": []\r\n}', b'{"a":[]}'),
        (rb'{"a": "\u00e9\ud83d\ude00"}', rb'{"a":"\u00e9\ud83d\ude00"}'),
    ],
)
def test_numbers_and_strings_keep_the_bytes_that_they_came_with(text: bytes, plain_text: bytes) -> None:
    assert rewrite_plain(text) == plain_text


@pytest.mark.parametrize(
    ("wrapped", "value"),
    [
        ('{"$oid":"65f0"}', "65f0"),
        ('{"$numberLong":"-5"}', -5),
        ('{"$numberInt":"7"}', 7),
        ('{"$numberDouble":"2.50"}', 2.5),
        ('{"$date":"2024-05-01T08:00:00Z"}', "2024-05-01T08:00:00Z"),
        ('{"$date":1714636800000}', 1714636800000),
        ('{"$date":{"$numberLong":"1"}}', 1),
        ('[{"k":[{"$oid":"a"}]}]', [{"k": ["a"]}]),
        ('{"$oid":"a","k":1}', {"$oid": "a", "k": 1}),
        ('{"$unknown":"a"}', {"$unknown": "a"}),
        ('"$oid"', "$oid"),
        ('{"$oid" : "spaced"}', "spaced"),
    ],
)
def test_extended_json_becomes_plain_values(wrapped: str, value: Any) -> None:
    assert orjson.loads(rewrite_plain(b'{"k":%b}' % wrapped.encode())) == {"k": value}


@QUICK
@given(nested(LEAVES | st.sampled_from(EXTENDED_LEAVES)), st.sampled_from(WRITINGS))
def test_extended_json_is_unwrapped_wherever_it_stands(value: Any, writing: Writing) -> None:
    assert orjson.loads(rewrite_plain(written({"k": value}, writing))) == unwrapped({"k": value})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_double_of_extended_json_must_be_finite(number: str) -> None:
    with pytest.raises(InvalidRecordError, match="number_out_of_range"):
        rewrite_plain(b'{"k":{"$numberDouble":"%b"}}' % number.encode())


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1" * 30])
def test_a_long_of_extended_json_must_fit_64_bits(number: str) -> None:
    with pytest.raises(InvalidRecordError, match="number_out_of_range"):
        rewrite_plain(b'{"k":{"$numberLong":"%b"}}' % number.encode())


def test_a_text_that_looks_like_a_dialect_stays_as_it_is() -> None:
    text = rb'{"a":"{\"$oid\":\"x\"} \"$date\":5","b":"cost: $5"}'
    assert orjson.loads(rewrite_plain(text)) == orjson.loads(text)


def test_records_may_be_checked_in_several_threads_at_once() -> None:
    """Beam's workers run several bundles at once; a sound record must never be set aside for that."""

    def check_many(_: int) -> int:
        return sum(check(b'{"k":[1,2,{"k":"x"}]}') is None for _ in range(3000))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(check_many, range(4))) == [3000] * 4
    finally:
        sys.setswitchinterval(interval)
