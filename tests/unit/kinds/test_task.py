"""A task record: decoded, checked, selected, and rendered with its keys in their order (transforms/README.md, "Record")."""

from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from awkward.lines import WRITINGS, written
from awkward.records import SEEDS, task
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango_v3.task import TaskCopy, decode_task
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Between, Selection
from reference.reading import unwrapped
from reference.rendering import task_record

QUICK = settings(max_examples=150, deadline=None)

EVERYTHING = Selection(stages=frozenset("*"), task_types=frozenset("*"))
ALL_FIELDS = Fields(idle_blur_durations=True)
LEAST: dict[str, Any] = {"taskId": "t1", "stage": "Complete"}
FULL: dict[str, Any] = {
    "answer": {
        "relations": [{"from": "o1"}],
        "classifications": [{"answer": "x"}],
        "tools": [{"title": "car"}],
    },
    "asset": "https://files.example/a.mp4",
    "assetId": "a1",
    "attachments": [{"type": "text"}],
    "batches": ["b", None, "c"],
    "brushDataUrl": "https://files.example/b.png",
    "consensusAverage": 80,
    "consensusDetailed": [{"title": "car"}],
    "contextData": {"k": "v"},
    "createdAt": "2024-05-01T08:00:00Z",
    "dataset": ["p1.png", "p2.png"],
    "duration": 5,
    "externalId": "a.mp4",
    "medicalBrushDataUrl": "x.nrrd",
    "metadata": {"width": 1.50},
    "projectId": "p1",
    "stage": "Complete",
    "stageId": "s1",
    "taskId": "t1",
    "totalBlurDuration": 4,
    "totalDuration": 9,
    "totalIdleDuration": 3,
    "type": "default",
    "updatedAt": "2024-05-02T10:00:00.123456+02:00",
    "updatedBy": "rev@example.org",
}


def decode(record: Any, selection: Selection = EVERYTHING, fields: Fields = ALL_FIELDS) -> TaskCopy:
    return decode_task(rewrite_plain(written(record)), (0, 1), selection, fields)


def rendered(record: Any, fields: Fields = ALL_FIELDS) -> dict[str, Any]:
    """The record up to its stage history."""
    whole: dict[str, Any] = orjson.loads(decode(record, fields=fields).rendered + b"}}")
    return whole


def test_a_task_with_every_key_is_rendered_in_the_order_of_the_contract() -> None:
    assert decode(FULL).rendered.decode() == (
        '{"asset":"https://files.example/a.mp4","assetId":"a1","externalId":"a.mp4","dataset":["p1.png","p2.png"],'
        '"contextData":{"k":"v"},"attachments":[{"type":"text"}],"metadata":{"width":1.5},"batches":["b","c"],'
        '"task":{"taskId":"t1","type":"default","stage":"Complete","stageId":"s1",'
        '"updatedAt":"2024-05-02T08:00:00.123Z","updatedBy":"rev@example.org","totalDuration":9,"duration":5,'
        '"totalIdleDuration":3,"totalBlurDuration":4,"consensusAverage":80,"consensusDetailed":[{"title":"car"}],'
        '"tools":[{"title":"car"}],"classifications":[{"answer":"x"}],"relations":[{"from":"o1"}],'
        '"brushDataUrl":"https://files.example/b.png","medicalBrushDataUrl":"x.nrrd"'
    )


def test_the_least_task_has_every_key_that_is_not_in_brackets() -> None:
    assert decode(LEAST, fields=Fields()).rendered.decode() == (
        '{"asset":null,"assetId":null,"externalId":null,"metadata":{},"batches":[],'
        '"task":{"taskId":"t1","type":null,"stage":"Complete","stageId":null,"updatedAt":null,"updatedBy":null,'
        '"totalDuration":null,"duration":null,"tools":[],"classifications":[],"relations":[]'
    )


BRACKETED = ["dataset", "contextData", "attachments"]
BRACKETED_IN_TASK = ["consensusAverage", "consensusDetailed", "brushDataUrl", "medicalBrushDataUrl"]


@pytest.mark.parametrize("key", BRACKETED + BRACKETED_IN_TASK)
@pytest.mark.parametrize("absent", [..., None])
def test_a_key_in_brackets_stands_only_where_the_source_has_a_value(key: str, absent: Any) -> None:
    record = {name: value for name, value in {**FULL, key: absent}.items() if value is not ...}
    found = rendered(record)
    assert key not in found
    assert key not in found["task"]
    assert len(found) + len(found["task"]) == len(rendered(FULL)) + len(rendered(FULL)["task"]) - 1


@pytest.mark.parametrize(("key", "empty"), [("contextData", {}), ("attachments", []), ("dataset", [])])
def test_an_empty_value_is_a_value(key: str, empty: Any) -> None:
    assert rendered(LEAST | {key: empty})[key] == empty


def test_idle_and_blur_durations_stand_in_every_record_or_in_none() -> None:
    keys = {"totalIdleDuration", "totalBlurDuration"}
    for record in (LEAST, FULL):
        assert keys <= rendered(record, Fields(idle_blur_durations=True))["task"].keys()
        assert not keys & rendered(record, Fields())["task"].keys()


def test_the_names_of_a_database_dump_are_accepted() -> None:
    record = {"_id": {"$oid": "t1"}, "stage": "Complete", "project": "p1", "answer": {"objects": [{}]}}
    copy = decode(record | {"updatedAt": {"$date": {"$numberLong": "1"}}}, Selection(project="p1"))
    assert (copy.task_id, copy.updated_at, copy.selected) == ("t1", "1970-01-01T00:00:00.001000", True)
    assert rendered(record)["task"]["tools"] == [{}]


@pytest.mark.parametrize(
    ("metadata", "dataset", "frames"),
    [
        ({"frameTotal": 507}, None, 507),
        ({"frameTotal": 1}, None, 1),
        ({"frameTotal": 3.0}, None, 3),
        ({"frameTotal": {"$numberLong": "507"}}, None, 507),
        ({"frameTotal": 10_000_000}, None, 10_000_000),
        ({"frameTotal": None}, None, None),
        ({"width": 5, "note": {"frameTotal": 5}}, None, None),
        ({"frameTotal": 507}, ["p1.png"], None),
        ({"frameTotal": "absurd"}, ["p1.png"], None),
        (None, None, None),
    ],
)
def test_a_video_has_a_frame_total_and_no_dataset(metadata: Any, dataset: Any, frames: int | None) -> None:
    assert decode(LEAST | {"metadata": metadata, "dataset": dataset}).frames == frames


@pytest.mark.parametrize(
    ("frame_total", "reason"),
    [
        *((value, "wrong_type") for value in ("507", 1.5, True, [507], {}, 10**12 + 0.5)),
        *((value, "frame_total_out_of_range") for value in (0, -1, 0.0, 10_000_001, 10**12, 1e300)),
    ],
)
def test_an_absurd_number_of_frames_is_refused(frame_total: Any, reason: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        decode(LEAST | {"metadata": {"frameTotal": frame_total}})
    assert caught.value.reason == reason
    assert "frameTotal" in caught.value.detail


VIDEO = LEAST | {"metadata": {"frameTotal": 5}}


@pytest.mark.parametrize("page", [-1, 5, 1.5, "3", True, [], {}, 1e300])
@pytest.mark.parametrize("key", ["tools", "objects", "classifications"])
def test_a_bad_page_in_a_video_sets_the_task_aside_and_in_any_other_asset_does_not(
    key: str, page: Any
) -> None:
    answer = {"answer": {key: [{"page": 4}, {"page": page}]}}
    with pytest.raises(InvalidRecordError, match="from 0 to 4") as caught:
        decode(VIDEO | answer)
    assert caught.value.reason == "bad_page"
    found = rendered(VIDEO | answer | {"dataset": ["p1.png"]})["task"]
    assert found["classifications" if key == "classifications" else "tools"][1] == {"page": page}


def test_the_rows_of_a_video_are_counted_when_they_are_expanded() -> None:
    answer = {"answer": {"tools": [{"page": 4, "title": "car"}]}}
    assert decode(VIDEO | answer).tools.titles == {}
    assert decode(LEAST | answer).tools.titles == {"car": 1}


@pytest.mark.parametrize("key", ["contextData", "metadata"])
def test_what_looks_like_a_shape_outside_of_the_answer_passes_through(key: str) -> None:
    value = {"holes": [[1, 2], [3, 4]]}
    assert rendered(LEAST | {key: value})[key] == value


@pytest.mark.parametrize(
    ("record", "reason", "detail"),
    [
        ([], "not_an_object", "one JSON object"),
        (5, "not_an_object", "one JSON object"),
        ({"stage": "Complete"}, "missing_key", "taskId is absent"),
        ({"taskId": "t1"}, "missing_key", "stage is absent"),
        (LEAST | {"stage": ""}, "missing_key", "stage is empty"),
        (LEAST | {"stage": 5}, "wrong_type", "$.stage"),
        (LEAST | {"batches": ["b", 5]}, "wrong_type", "$.batches[1]"),
        (LEAST | {"answer": []}, "wrong_type", "$.answer"),
        (LEAST | {"answer": {"tools": {}}}, "wrong_type", "$.answer.tools"),
        (LEAST | {"metadata": []}, "wrong_type", "$.metadata"),
        (LEAST | {"attachments": {}}, "wrong_type", "$.attachments"),
        (LEAST | {"consensusDetailed": "x"}, "wrong_type", "$.consensusDetailed"),
        (LEAST | {"updatedAt": "yesterday"}, "bad_time", "updatedAt is 'yesterday'"),
        (LEAST | {"createdAt": 1e300}, "bad_time", "createdAt is 1e+300"),
    ],
)
def test_a_record_that_breaks_the_contract_says_why_and_where(record: Any, reason: str, detail: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        decode(record)
    assert caught.value.reason == reason
    assert detail in caught.value.detail


def test_a_copy_that_is_not_selected_is_only_its_head_but_is_checked_as_a_whole() -> None:
    head = decode(FULL, Selection(stages=frozenset(["Nowhere"])))
    whole = decode(FULL)
    assert (head.selected, whole.selected) == (False, True)
    assert head.rendered.endswith(b',"tools":')
    assert whole.rendered.startswith(head.rendered)


def test_a_copy_is_whole_where_the_selection_looks_at_what_no_record_has():
    copy = decode(FULL, Selection(created_at=Between(before="2024")))
    assert not copy.selected
    assert copy.rendered == decode(FULL).rendered
    with pytest.raises(InvalidRecordError, match="wrong_type"):
        decode(FULL | {"answer": {"tools": [5]}}, Selection(project="other"))


def test_what_is_handed_on_besides_the_record() -> None:
    copy = decode_task(orjson.dumps(FULL), (7, 1 << 33), EVERYTHING, Fields())
    assert (copy.task_id, copy.asset_key, copy.source) == ("t1", "a1", (7, 1 << 33))
    assert copy.updated_at == "2024-05-02T08:00:00.123456"
    assert copy.tools.titles == {"car": 1}
    assert copy.frames is None
    assert copy.rendered[copy.payload_at :].startswith(b',"tools":[{"title":"car"}],"classifications":')
    assert decode(LEAST).asset_key == "t1"


def ranked(**changes: Any) -> TaskCopy:
    selected = Selection(created_at=Between(after="2000"), stages=frozenset("*"))
    return decode({**LEAST, "createdAt": "2024-01-01", **changes}, selected)


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        (ranked(), ranked(updatedAt="0001-01-01")),
        (ranked(updatedAt="2024-05-01"), ranked(updatedAt="2024-05-01T00:00:00.000001Z")),
        (ranked(updatedAt=2, stage="Z"), ranked(updatedAt=3, stage="A")),
        (ranked(updatedAt=2), ranked(updatedAt=3, createdAt="1999-01-01")),
        (ranked(assetId="a1"), ranked(assetId="a2")),
        (ranked(assetId="a1", stage="Z"), ranked(assetId="a2", createdAt="1999-01-01")),
        (ranked(answer={"tools": [{"title": "a"}]}), ranked(answer={"tools": [{"title": "b"}]})),
        (ranked(createdAt="1999-01-01"), ranked()),
    ],
)
def test_the_newest_copy_ranks_highest_then_the_bytewise_greater_then_the_selected(
    loser: TaskCopy, winner: TaskCopy
) -> None:
    assert winner.rank > loser.rank


@QUICK
@given(SEEDS)
def test_any_record_has_the_keys_of_the_reference_in_the_same_order(seed: int) -> None:
    source = task(seed, with_videos=True)
    fields = {"annotation_metadata": True, "stage_history": True, "idle_blur_durations": bool(seed % 2)}
    line = written(source, Random(seed).choice(WRITINGS))
    found = orjson.loads(
        decode_task(rewrite_plain(line), (0, 1), EVERYTHING, Fields(**fields)).rendered + b"}}"
    )
    expected = task_record(unwrapped(source), fields)
    assert list(found) == list(expected)
    assert list(found["task"]) == list(expected["task"])
