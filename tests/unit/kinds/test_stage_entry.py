"""A stage-history record: decoded, checked, and rendered with its keys in their order (transforms/README.md, "Record")."""

from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from awkward.lines import WRITINGS, written
from awkward.records import SEEDS, stage_history_entry
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry, decode_stage_entry
from framehaul.transforms.records.fields import Fields
from reference.reading import instant, unwrapped
from reference.rendering import stage_history_entry as reference_entry

QUICK = settings(max_examples=150, deadline=None)

LEAST: dict[str, Any] = {"taskId": "t1", "stage": "Label", "completedAt": "2024-05-01T10:00:00+02:00"}
FULL: dict[str, Any] = LEAST | {
    "_id": "h1",
    "answer": {"relations": [{}], "tools": [{"title": "car"}]},
    "blurDuration": 4,
    "brushDataUrl": "b.png",
    "completedBy": "lab@example.org",
    "duration": 9.5,
    "idleDuration": 3,
    "medicalBrushDataUrl": "m.nrrd",
    "reviewStatus": "Accepted",
    "stageId": "s1",
    "submittedBy": "someone else",
    "taskHistory": {"_id": "h0", "stage": "Start"},
}


def decode(record: Any, fields: Fields | None = None) -> StageEntry:
    return decode_stage_entry(
        rewrite_plain(written(record)), (0, 1), fields or Fields(idle_blur_durations=True)
    )


def test_an_entry_with_every_key_is_rendered_in_the_order_of_the_contract() -> None:
    assert decode(FULL).rendered.decode() == (
        '{"stage":"Label","stageId":"s1","duration":9.5,"idleDuration":3,"blurDuration":4,'
        '"completedAt":"2024-05-01T08:00:00.000Z","completedBy":"lab@example.org","reviewStatus":"Accepted",'
        '"tools":[{"title":"car"}],"classifications":[],"relations":[{}],'
        '"brushDataUrl":"b.png","medicalBrushDataUrl":"m.nrrd","taskHistory":{"_id":"h0"}}'
    )


def test_the_least_entry_has_every_key_that_is_not_in_brackets() -> None:
    entry = decode(LEAST, Fields())
    assert entry.rendered.decode() == (
        '{"stage":"Label","stageId":null,"duration":null,"completedAt":"2024-05-01T08:00:00.000Z",'
        '"tools":[],"classifications":[],"relations":[]}'
    )
    assert (entry.task_id, entry.own_id, entry.completed_at) == ("t1", "", "2024-05-01T08:00:00.000000")


def test_what_is_handed_on_besides_the_entry() -> None:
    entry = decode_stage_entry(rewrite_plain(written(FULL)), (7, 1 << 33), Fields())
    assert (entry.task_id, entry.own_id, entry.source) == ("t1", "h1", (7, 1 << 33))
    assert entry.rendered[entry.payload_at :].startswith(b',"tools":[{"title":"car"}],"classifications":[]')


@pytest.mark.parametrize(
    "key", ["completedBy", "reviewStatus", "brushDataUrl", "medicalBrushDataUrl", "taskHistory"]
)
def test_a_key_in_brackets_stands_only_where_the_source_has_a_value(key: str) -> None:
    record = {**FULL, "submittedBy": None, key: None}
    assert list(orjson.loads(decode(record).rendered)) == [
        name for name in orjson.loads(decode(FULL).rendered) if name != key
    ]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"labelTask": "t9", "stageName": "Old"}, ("t9", "Old")),
        ({"task": "t9", "stageName": "Old"}, ("t9", "Old")),
        ({"task": "t9", "labelTask": "t8", "stage": "New", "stageName": "Old"}, ("t8", "New")),
        ({"taskId": "t7", "task": "t9", "labelTask": "t8", "stage": "New"}, ("t7", "New")),
        ({"taskId": None, "task": {"$oid": "t9"}, "stage": "New"}, ("t9", "New")),
    ],
)
def test_the_names_of_a_database_dump_are_accepted(names: dict[str, Any], shown: tuple[str, str]) -> None:
    entry = decode({"completedAt": 5, **names})
    assert (entry.task_id, orjson.loads(entry.rendered)["stage"]) == shown


@pytest.mark.parametrize("history", ["h0", {"_id": "h0"}, {"_id": {"$oid": "h0"}}, {"$oid": "h0"}])
def test_the_earlier_entry_is_named_as_an_object(history: Any) -> None:
    assert orjson.loads(decode(LEAST | {"taskHistory": history}).rendered)["taskHistory"] == {"_id": "h0"}


def test_who_completed_it_may_be_called_who_submitted_it() -> None:
    entry = orjson.loads(decode({**FULL, "completedBy": None}).rendered)
    assert entry["completedBy"] == "someone else"
    assert orjson.loads(decode({**FULL, "completedBy": ""}).rendered)["completedBy"] == ""


def test_metadata_of_annotations_is_a_toggle() -> None:
    record = LEAST | {"answer": {"tools": [{"metadata": {"createdBy": "a"}, "title": "car"}]}}
    with_metadata, without = (
        orjson.loads(decode(record, Fields(annotation_metadata=toggle)).rendered) for toggle in (True, False)
    )
    assert with_metadata["tools"] == record["answer"]["tools"]
    assert without["tools"] == [{"title": "car"}]


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"taskId": None}, "missing_key", "taskId is absent"),
        ({"taskId": ""}, "missing_key", "taskId is "),
        ({"stage": None}, "missing_key", "stage is absent"),
        ({"completedAt": None}, "missing_key", "completedAt is absent"),
        ({"completedAt": "soon"}, "bad_time", "completedAt is 'soon'"),
        ({"duration": "9"}, "wrong_type", "$.duration"),
        ({"taskHistory": {"stage": "Start"}}, "wrong_type", "taskHistory"),
        ({"taskHistory": 5}, "wrong_type", "taskHistory"),
        ({"answer": {"tools": 5}}, "wrong_type", "$.answer.tools"),
    ],
)
def test_a_record_that_breaks_the_contract_says_why_and_where(
    change: dict[str, Any], reason: str, detail: str
) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        decode(LEAST | change)
    assert caught.value.reason == reason
    assert detail in caught.value.detail


def test_the_rows_of_a_past_answer_may_be_anything() -> None:
    rows = [5, None, {"title": 5, "keyFrame": "yes"}]
    assert orjson.loads(decode(LEAST | {"answer": {"tools": rows}}).rendered)["tools"] == rows


@QUICK
@given(SEEDS)
def test_any_entry_has_the_keys_of_the_reference_in_the_same_order(seed: int) -> None:
    source = stage_history_entry(seed)
    fields = {"annotation_metadata": True, "stage_history": True, "idle_blur_durations": bool(seed % 2)}
    line = written(source, Random(seed).choice(WRITINGS))
    found = decode_stage_entry(rewrite_plain(line), (0, 1), Fields(**fields))
    expected = reference_entry(unwrapped(source), fields)
    assert list(orjson.loads(found.rendered)) == list(expected)
    assert found.completed_at == instant(unwrapped(source)["completedAt"]).replace(tzinfo=None).isoformat(
        timespec="microseconds"
    )
