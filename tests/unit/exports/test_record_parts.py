"""Parts of records: any record, cut anywhere, is put together again byte for byte."""

import copy
import itertools
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.joined_records import joined_records
from framehaul.transforms.exports.record_frames import only_frames
from framehaul.transforms.exports.record_parts import PartHead, check_follows, end_of, part_of, taken_apart
from framehaul.transforms.storage.object_store import ObjectStore
from reference.record_splitter import (
    Json,
    frame_of,
    image,
    lists_of,
    row,
    split,
    store_export,
    video,
    with_frames_only,
)

FRAMES = 8

# What could be taken for the structure of a record, inside a value.
AWKWARD = ['"', "\\", '}},"part":{', '"tools":[', "[]", "\n", "\u2028", "\U0001f600", "{", "]"]
TEXT = st.one_of(st.text(max_size=4), st.lists(st.sampled_from(AWKWARD), max_size=4).map("".join))
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 53), 1 << 53),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
KEY = st.one_of(TEXT, st.sampled_from(["tools", "part", "task", "stageHistory", "index", "firstPage"]))
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=5
)
OBJECT = st.dictionaries(KEY, VALUE, max_size=3)


@st.composite
def rows(draw: st.DrawFn, *, paged: bool) -> list[Any]:
    loose: list[Any] = draw(
        st.lists(OBJECT.map(without_page) | (VALUE if not paged else OBJECT.map(without_page)), max_size=3)
    )
    pages = sorted(draw(st.lists(st.integers(0, FRAMES - 1), max_size=8))) if paged else []
    return loose + [draw(OBJECT.map(without_page)) | {"page": page} for page in pages]


def without_page(content: Json) -> Json:
    return {key: value for key, value in content.items() if key != "page"}


@st.composite
def payloads(draw: st.DrawFn, *, is_video: bool) -> Json:
    lists = {
        "tools": draw(rows(paged=is_video)),
        "classifications": draw(rows(paged=is_video)),
        "relations": draw(st.lists(OBJECT.map(without_page), max_size=2)),
    }
    return lists | draw(st.sampled_from([{}, {"brushDataUrl": 'x"[]'}]))


@st.composite
def records(draw: st.DrawFn) -> Json:
    """Any whole record, a video or not, with and without its optional keys."""
    is_video = draw(st.booleans())
    task = {"taskId": draw(TEXT), "updatedBy": draw(SCALAR)} | draw(payloads(is_video=is_video))
    if draw(st.booleans()):
        history = draw(st.lists(payloads(is_video=is_video), max_size=3))
        task["stageHistory"] = [
            {"stage": draw(TEXT)} | entry | {"taskHistory": {"_id": "h"}} for entry in history
        ]
    metadata = {"frameTotal": FRAMES} if is_video else draw(OBJECT)
    asset = {"asset": draw(TEXT), "assetId": draw(st.none() | TEXT)} | draw(
        st.sampled_from([{}, {"contextData": {"tools": [1], "part": {}}}])
    )
    pages = {"firstPage": 0, "lastPage": FRAMES - 1} if is_video else {"firstPage": None, "lastPage": None}
    return asset | {"metadata": metadata, "task": task, "part": {"index": 0, "count": 1} | pages}


@st.composite
def cut_records(draw: st.DrawFn) -> tuple[Json, list[Json]]:
    """A record, and its parts."""
    record = draw(records())
    shared = draw(
        st.dictionaries(st.integers(0, FRAMES - 1), st.sets(st.integers(1, 9), max_size=4), max_size=2)
    )
    if record["part"]["lastPage"] is None:
        shared = {page: cuts for page, cuts in shared.items() if page == 0}
    new_parts = draw(st.sets(st.integers(1, FRAMES - 1)))
    return record, split(record, sorted(new_parts), {page: sorted(cuts) for page, cuts in shared.items()})


def joined(*lines: Json, suffix: str = "") -> list[bytes]:
    store = ObjectStore("memory://parts")
    manifest = store_export(store, {f"data/assets-00000-of-00001.ndjson{suffix}": lines})
    return [b"".join(record) for record in joined_records(store, manifest, None)]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(cut=st.lists(cut_records(), min_size=1, max_size=3), suffix=st.sampled_from(["", ".gz", ".zst"]))
def test_any_record_cut_anywhere_is_joined_byte_for_byte(
    cut: list[tuple[Json, list[Json]]], suffix: str
) -> None:
    parts = list(itertools.chain.from_iterable(parts for _, parts in cut))
    assert joined(*parts, suffix=suffix) == [orjson.dumps(record) for record, _ in cut]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(record=records())
def test_a_line_is_its_pieces(record: Json) -> None:
    line = orjson.dumps(record)
    parts = taken_apart(line)
    pieces = itertools.chain.from_iterable(zip(parts.around, [*map(bytes, parts.lists), b""], strict=True))
    assert b"".join(pieces) + end_of(part_of(line)) == line
    assert [orjson.loads(b"[" + bytes(content) + b"]") for content in parts.lists] == lists_of(record)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(record=records().filter(lambda record: record["part"]["lastPage"] is not None), data=st.data())
def test_rows_of_other_frames_are_left_out_and_nothing_else(record: Json, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, FRAMES - 1))
    last = data.draw(st.integers(first, FRAMES - 1))
    kept = only_frames(taken_apart(orjson.dumps(record)), first, last)
    expected = lists_of(with_frames_only(record, first, last))
    assert [orjson.loads(b"[" + bytes(content) + b"]") for content in kept.lists] == expected


def test_the_splitter_covers_what_it_should() -> None:
    """Otherwise the property above would say less than it seems to."""
    parts = split(video("a", "t", 6), [2], {3: [1, 2]})
    ranges = [(part["part"]["firstPage"], part["part"]["lastPage"]) for part in parts]
    assert ranges == [(0, 1), (2, 2), (3, 3), (3, 3), (3, 3), (4, 5)]
    assert [part["part"]["index"] for part in parts] == list(range(6))
    assert [len(part["task"]["tools"]) for part in parts] == [3, 1, 1, 0, 0, 2]
    assert [frame_of(content) for content in lists_of(parts[0])[0]] == [None, 0, 1]


def test_a_record_as_deep_as_an_export_may_hold_is_joined() -> None:
    record = image("a", "t", tools=3)
    depth = 990
    deep = orjson.dumps(record).replace(
        b'"metadata":{}', b'"metadata":{"x":' + b"[" * depth + b"]" * depth + b"}"
    )
    assert len(taken_apart(deep).lists) == 3
    nested = orjson.dumps(record).replace(
        b'"tools":[{', b'"tools":[{"x":' + b"[" * depth + b"]" * depth + b",", 1
    )
    assert len(only_frames(taken_apart(nested), 0, 1).lists) == 3


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"part":{"index":0,"count":1,"firstPage":null,"lastPage":null}}',
        b'{"a":1,"part":{"index":0,"count":1,"firstPage":null,"lastPage":null}} ',
        b'{"a":1,"part":{"index":-1,"count":1,"firstPage":null,"lastPage":null}}',
        b'{"a":1,"part":{"index":1,"count":1,"firstPage":null,"lastPage":null}}',
        b'{"a":1,"part":{"index":0,"count":0,"firstPage":null,"lastPage":null}}',
        b'{"a":1,"part":{"index":0,"count":1,"firstPage":2,"lastPage":1}}',
        b'{"a":1,"part":{"index":0,"count":1,"firstPage":2,"lastPage":null}}',
        b'{"a":1,"part":{"index":0,"count":1,"firstPage":null,"lastPage":1}}',
        b'{"a":1,"part":{"index":0,"count":1,"firstPage":0.0,"lastPage":1}}',
        b'{"a":"\\",\\"part\\":{\\"index\\":0,\\"count\\":1,\\"firstPage\\":0,\\"lastPage\\":1}}"}',
    ],
)
def test_a_line_without_a_sound_part_is_refused(line: bytes) -> None:
    with pytest.raises(StorageError):
        part_of(line)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line[:1] + line[2:],
        lambda line: line.replace(b'"task":{', b'"task":[', 1),
        lambda line: line.replace(b'"assetId":', b'"assetId": ', 1),
        lambda line: line.replace(b'"batches":[]', b'"batches":[],"batches":[]', 1),
        lambda line: line.replace(b'"relations":[]', b'"relations":null', 1),
        lambda line: line.replace(b'"relations":[]', b'"relations":{}', 1),
        lambda line: b"[" + line + b"]",
    ],
)
def test_a_line_that_is_no_record_is_refused(change: Any) -> None:
    with pytest.raises(StorageError, match=r"is no (record|compact JSON)"):
        taken_apart(change(orjson.dumps(image("a", "t"))))


ALLOWED = [
    (None, (0, 2, 0, 4)),
    (None, (0, 2, None, None)),
    ((0, 2, 0, 4), (1, 2, 5, 9)),
    ((0, 3, 4, 4), (1, 3, 4, 4)),
    ((0, 3, 4, 4), (1, 3, 5, 5)),
    ((0, 3, None, None), (1, 3, None, None)),
]
REFUSED = [
    (None, (1, 2, 5, 9)),
    (None, (0, 2, 1, 4)),
    ((0, 3, 0, 4), (2, 3, 5, 9)),
    ((0, 3, 0, 4), (0, 3, 0, 4)),
    ((0, 3, 0, 4), (1, 2, 5, 9)),
    ((0, 3, 0, 4), (1, 3, 6, 9)),
    ((0, 3, 0, 4), (1, 3, 4, 9)),
    ((0, 3, 0, 4), (1, 3, 4, 4)),
    ((0, 3, 4, 4), (1, 3, 4, 5)),
    ((0, 3, 0, 4), (1, 3, None, None)),
    ((0, 3, None, None), (1, 3, 0, 4)),
]


@pytest.mark.parametrize(("previous", "part"), ALLOWED)
def test_parts_that_follow_each_other(previous: Any, part: Any) -> None:
    check_follows(previous and PartHead(*previous), PartHead(*part))


@pytest.mark.parametrize(("previous", "part"), REFUSED)
def test_parts_that_do_not_follow_each_other(previous: Any, part: Any) -> None:
    with pytest.raises(StorageError, match=r"where (part|frame) .* was to come"):
        check_follows(previous and PartHead(*previous), PartHead(*part))


def test_a_part_of_another_record_is_refused() -> None:
    parts = split(video("a", "t", 4), [2])
    other = copy.deepcopy(parts[1])
    other["task"]["taskId"] = "u"
    with pytest.raises(StorageError, match=r"line 2: differs from the part before it"):
        joined(parts[0], other)


def test_rows_longer_than_what_is_kept_in_memory_are_joined_too() -> None:
    record = image("a", "t")
    record["task"]["tools"] = [row(None) | {"text": "x" * 700_000} for _ in range(12)]
    record["task"]["classifications"] = [{"text": "y" * 3_000_000}, {"text": "z"}]
    parts = split(record, shared={0: [*range(1, 14)]})
    assert len(parts) == 14
    assert joined(*parts) == [orjson.dumps(record)]
