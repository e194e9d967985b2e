"""Annotations: handed through, bared of their metadata, and counted."""

import json
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.answer import Answer, answer_from, count_tools, payload
from framehaul.transforms.kinds.ango.table_rows import RawAnswer
from framehaul.transforms.records.tool_counts import ToolCounts

QUICK = settings(max_examples=100, deadline=None)


def answer(text: str, *, annotation_metadata: bool = True) -> Answer:
    raw = msgspec.json.decode(text, type=RawAnswer)
    return answer_from(raw, annotation_metadata=annotation_metadata)


def bared(rows: list[Any]) -> list[Any]:
    """The rows of ``tools`` without metadata."""
    text = json.dumps({"tools": rows})
    return list(orjson.loads(answer(text, annotation_metadata=False).tools))


def test_lists_are_the_bytes_that_they_came_as() -> None:
    found = answer('{"relations":[{"a":1.50}],"tools":[{"b":1E2}],"unknown":5}')
    assert found == Answer(b'[{"b":1E2}]', b"[]", b'[{"a":1.50}]')


@pytest.mark.parametrize("text", ["{}", '{"tools":null,"classifications":null,"relations":null}'])
@pytest.mark.parametrize("annotation_metadata", [True, False])
def test_what_is_absent_is_an_empty_list(text: str, annotation_metadata: bool) -> None:
    assert answer(text, annotation_metadata=annotation_metadata) == Answer(b"[]", b"[]", b"[]")
    assert answer_from(None, annotation_metadata=annotation_metadata) == Answer()


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ('{"objects":[1]}', b"[1]"),
        ('{"objects":[1],"tools":null}', b"[1]"),
        ('{"objects":[1],"tools":[2]}', b"[2]"),
        ('{"objects":[1],"tools":[]}', b"[]"),
    ],
)
def test_objects_are_the_tools_where_there_are_none(text: str, tools: bytes) -> None:
    assert answer(text).tools == tools


@pytest.mark.parametrize("key", ["tools", "objects", "classifications", "relations"])
@pytest.mark.parametrize("value", ["{}", '"x"', "5", "true", '"a long text that is cut short here"'])
def test_a_part_that_is_no_list_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        answer(f'{{"{key}":{value}}}')
    assert caught.value.reason == "wrong_type"
    assert caught.value.detail.startswith("Expected `array | null`, got ")
    assert caught.value.detail.endswith(f"at `$.answer.{key}`")


def test_metadata_goes_from_annotations_and_nested_classifications_alone() -> None:
    row = {
        "metadata": {"createdBy": "a"},
        "ocr": {"metadata": {"keep": 1}},
        "classifications": [
            {
                "metadata": 1,
                "answer": {"metadata": "keep"},
                "classifications": [{"metadata": 2, "title": "x"}],
            },
            "metadata",
        ],
    }
    assert bared([row]) == [
        {
            "ocr": {"metadata": {"keep": 1}},
            "classifications": [
                {"answer": {"metadata": "keep"}, "classifications": [{"title": "x"}]},
                "metadata",
            ],
        }
    ]


@pytest.mark.parametrize("row", [5, None, "metadata", ["metadata"], {"classifications": {"metadata": 1}}])
def test_rows_of_other_shapes_stay_as_they_are(row: Any) -> None:
    assert bared([row, {"metadata": 1}]) == [row, {}]


def test_an_answer_without_metadata_keeps_its_bytes() -> None:
    text = '{"tools":[{"a":1.50}],"classifications":[{"metadata":{}}]}'
    found = answer(text, annotation_metadata=False)
    assert (found.tools, found.classifications) == (b'[{"a":1.50}]', b"[{}]")


def test_the_payload_stands_in_the_order_of_the_contract() -> None:
    parts = payload(Answer(b"[1]", b"[2]", b"[3]"), 'a"b', "c")
    text = b"{" + b"".join(parts)[1:] + b"}"
    assert text == (
        b'{"tools":[1],"classifications":[2],"relations":[3],"brushDataUrl":"a\\"b","medicalBrushDataUrl":"c"}'
    )
    assert b"BrushDataUrl" not in b"".join(payload(Answer(), None, None))
    assert b'"brushDataUrl":""' in b"".join(payload(Answer(), "", None))


ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.sampled_from(["car", "Car", "", None]),
            "keyFrame": st.sampled_from([True, False, None]),
        },
    ),
    max_size=8,
)


@QUICK
@given(ROWS)
def test_every_tool_is_counted_once_by_title_and_none_is_a_row_of_a_video(rows: list[dict[str, Any]]) -> None:
    titles = [row.get("title") or "" for row in rows]
    expected = ToolCounts({title: titles.count(title) for title in titles}, 0, 0)
    assert count_tools(orjson.dumps(rows)) == expected


def test_no_tools_are_no_counts() -> None:
    assert count_tools(b"[]") == ToolCounts({}, 0, 0)


@pytest.mark.parametrize("row", [5, None, "x", [], {"title": 5}, {"keyFrame": 1}, {"interpolated": "true"}])
def test_a_tool_of_the_wrong_shape_is_refused(row: Any) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        count_tools(orjson.dumps([{}, row]))
    assert caught.value.reason == "wrong_type"
    assert "[1]" in caught.value.detail or "[...]" in caught.value.detail
