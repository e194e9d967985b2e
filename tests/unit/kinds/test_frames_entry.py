"""A frames record: decoded, checked, and handed on as the bytes it came as."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awkward.lines import WRITINGS, Writing, written
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry, decode_frames
from framehaul.transforms.records.fields import Fields

LEAST: dict[str, Any] = {"taskId": "t1", "page": 3}


def decode(record: Any, fields: Fields | None = None) -> FramesEntry:
    return decode_frames(rewrite_plain(written(record)), (0, 1), fields or Fields())


def test_the_least_record_has_no_rows_and_is_of_the_answer() -> None:
    assert decode(LEAST) == FramesEntry("t1", "", 3, b"[]", b"[]", (0, 1))


def test_a_record_with_every_key_keeps_the_bytes_of_its_rows() -> None:
    line = (
        b'{"historyId":"h1","classifications":[{"b":1E2}],"relations":"unknown","page":9999999,'
        b'"tools":[{"a":1.50,"page":77,"interpolationStopped":null}],"taskId":"t1"}'
    )
    assert decode_frames(line, (7, 1 << 33), Fields()) == FramesEntry(
        "t1",
        "h1",
        9_999_999,
        b'[{"a":1.50,"page":77,"interpolationStopped":null}]',
        b'[{"b":1E2}]',
        (7, 1 << 33),
    )


@pytest.mark.parametrize(
    "record",
    [
        {"labelTask": "t1", "page": 3},
        {"task": {"$oid": "t1"}, "page": {"$numberLong": "3"}},
        {"taskId": "t1", "labelTask": "t2", "task": "t3", "page": 3.0},
        {**LEAST, "historyId": None, "tools": None, "objects": None, "classifications": None},
        {**LEAST, "historyId": ""},
    ],
)
def test_what_a_database_dump_writes_is_accepted(record: dict[str, Any]) -> None:
    assert decode(record) == decode(LEAST)


def test_objects_are_the_tools_where_there_are_none() -> None:
    assert decode({**LEAST, "objects": [{"a": 1}]}).tools == b'[{"a":1}]'
    assert decode({**LEAST, "objects": [{"a": 1}], "tools": []}).tools == b"[]"


def test_metadata_of_annotations_is_a_toggle_and_flat_holes_become_rings() -> None:
    row = {
        "metadata": {"createdBy": "a"},
        "segmentation": {"zones": [{"region": [], "holes": [[1, 2], [3, 4]]}]},
    }
    record = {**LEAST, "tools": [row], "classifications": [{"metadata": 1}]}
    with_metadata, without = (decode(record, Fields(annotation_metadata=toggle)) for toggle in (True, False))
    assert [b'"metadata"' in rows for rows in (with_metadata.tools, with_metadata.classifications)] == [
        True
    ] * 2
    assert [b'"metadata"' in rows for rows in (without.tools, without.classifications)] == [False] * 2
    (tool,) = orjson.loads(without.tools)
    assert tool["segmentation"]["zones"][0]["holes"] == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"taskId": None}, "missing_key", "taskId is absent"),
        ({"taskId": ""}, "missing_key", "taskId is empty"),
        ({"page": None}, "missing_key", "page is absent"),
        ({"page": -1}, "bad_page", "page is -1;"),
        ({"page": 10_000_000}, "bad_page", "from 0 to 9999999"),
        ({"historyId": 5}, "wrong_type", "$.historyId"),
        ({"tools": {}}, "wrong_type", "tools"),
        ({"classifications": [{"schemaId": 5}]}, "wrong_type", "schemaId"),
        ({"tools": [5]}, "wrong_type", "[0]"),
    ],
)
def test_a_record_that_breaks_the_contract_says_why_and_where(
    change: dict[str, Any], reason: str, detail: str
) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        decode(LEAST | change)
    assert caught.value.reason == reason
    assert detail in caught.value.detail


@pytest.mark.parametrize("key", ["tools", "objects", "classifications"])
def test_the_page_of_a_row_is_that_of_its_record_whatever_it_says(key: str) -> None:
    entry = decode({**LEAST, key: [{"page": page} for page in (-1, "x", None, 5)]})
    assert entry.size_bytes == len(entry.tools) + len(entry.classifications) > 4


ROWS = st.lists(st.dictionaries(st.sampled_from(["x", "title"]), st.text(max_size=5), max_size=2), max_size=3)


RECORDS = st.fixed_dictionaries(
    {
        "taskId": st.text(min_size=1, max_size=5),
        "historyId": st.text(max_size=3) | st.none(),
        "page": st.integers(0, 9_999_999),
        "tools": ROWS,
        "classifications": ROWS,
    }
)


@given(RECORDS, st.sampled_from(WRITINGS))
def test_a_record_that_has_to_be_mended_is_shown_as_one_that_can_be_read(
    record: dict[str, Any], writing: Writing
) -> None:
    entry = decode_frames(rewrite_plain(written(record, writing)), (0, 1), Fields())
    assert orjson.loads(entry.as_record()) == record | {"historyId": record["historyId"] or None}
    assert decode_frames(entry.as_record(), (0, 1), Fields()) == entry
