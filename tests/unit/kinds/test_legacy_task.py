"""One task of the legacy generation, and its annotations."""

from typing import Any

import orjson
import pytest

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.answer import Answer
from framehaul.transforms.kinds.ango_legacy.legacy_annotations import legacy_answer
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask, decode_legacy_task
from framehaul.transforms.records.fields import Fields, LegacyToggles
from framehaul.transforms.records.selection import Selection

DEFAULTS = LegacyToggles()
ASSET_KEYS = [
    *("asset", "assetId", "externalId", "metadata", "labeledAt", "reviewedAt", "status"),
    *("labelDuration(ms)", "consensus", "batches", "tasks"),
]
TASK_KEYS = [
    *(
        "completedBy",
        "completedAt",
        "duration(ms)",
        "isSkipped",
        "review",
        "status",
        "updatedBy",
        "updatedAt",
    ),
    *("isBenchmark", "benchmark", "issues", "taskId", "objects", "classifications", "relations"),
]


def decoded(toggles: LegacyToggles = DEFAULTS, **keys: Any) -> LegacyTask:
    text = orjson.dumps({"taskId": "t1", "stage": "Complete", **keys})
    return decode_legacy_task(text, (0, 1), Selection(), Fields(legacy=toggles))


def record(toggles: LegacyToggles = DEFAULTS, **keys: Any) -> Any:
    return orjson.loads(decoded(toggles, **keys).rendered)


def test_a_record_has_the_documented_keys_in_their_order() -> None:
    found = record()
    assert list(found) == ASSET_KEYS
    assert list(found["tasks"][0]) == TASK_KEYS


@pytest.mark.parametrize(
    ("toggle", "keys", "of_task"),
    [
        ("labeled_at", {"labeledAt"}, False),
        ("reviewed_at", {"reviewedAt"}, False),
        ("status", {"status"}, False),
        ("label_duration", {"labelDuration(ms)"}, False),
        ("consensus", {"consensus"}, False),
        ("batch_name", {"batches"}, False),
        ("completion_info", {"completedBy", "completedAt"}, True),
        ("duration", {"duration(ms)"}, True),
        ("skip_info", {"isSkipped"}, True),
        ("review", {"review"}, True),
        ("task_status", {"status"}, True),
        ("update_info", {"updatedBy", "updatedAt"}, True),
        ("benchmark", {"isBenchmark", "benchmark"}, True),
        ("issues", {"issues"}, True),
    ],
)
def test_a_toggle_takes_its_keys_away_and_no_others(toggle: str, keys: set[str], of_task: bool) -> None:
    found = record(LegacyToggles(**{toggle: False}))
    asset, task = list(found), list(found["tasks"][0])
    assert asset == [key for key in ASSET_KEYS if of_task or key not in keys]
    assert task == [key for key in TASK_KEYS if not of_task or key not in keys]


def test_a_task_without_review_has_an_empty_one() -> None:
    empty = {"status": None, "completedBy": [], "completedAt": None, "duration(ms)": None, "isSkipped": None}
    for review in ({}, {"review": None}, {"review": {}}, {"review": {"completedBy": []}}):
        assert record(**review)["tasks"][0]["review"] == empty


def test_durations_are_read_with_and_without_their_unit() -> None:
    assert record(labelDuration=5)["labelDuration(ms)"] == 5
    assert record(**{"labelDuration(ms)": 6, "labelDuration": 5})["labelDuration(ms)"] == 6
    assert record(duration=1)["tasks"][0]["duration(ms)"] == 1
    assert record(duration=1, totalDuration=9)["tasks"][0]["duration(ms)"] == 9
    assert record(**{"duration(ms)": 7, "totalDuration": 9})["tasks"][0]["duration(ms)"] == 7
    assert record(review={"duration": 3})["tasks"][0]["review"]["duration(ms)"] == 3


def test_a_score_that_is_not_there_is_an_empty_text() -> None:
    assert record()["consensus"] == record(consensus="")["consensus"] == ""
    assert record(consensus=0, consensusAverage=9)["consensus"] == 0
    assert record(consensusAverage=9)["consensus"] == 9
    assert record()["tasks"][0]["benchmark"] == ""


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"status": 5}, "wrong_type"),
        ({"labeledAt": "never"}, "bad_time"),
        ({"labeledAt": []}, "wrong_type"),
        ({"consensus": "high"}, "wrong_type"),
        ({"isSkipped": "yes"}, "wrong_type"),
        ({"review": "Accepted"}, "wrong_type"),
        ({"review": {"completedAt": "never"}}, "bad_time"),
        ({"issues": {}}, "wrong_type"),
        ({"issues": [5]}, "wrong_type"),
        ({"labelDuration(ms)": "5"}, "wrong_type"),
    ],
)
def test_a_key_of_a_wrong_type_sets_the_task_aside(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        decoded(LegacyToggles(status=False, review=False, issues=False), **keys)
    assert refused.value.reason == reason


def objects(row: dict[str, Any], **toggles: Any) -> dict[str, Any]:
    answer = legacy_answer(Answer(orjson.dumps([row])), "t/1", LegacyToggles(**toggles))
    (found,) = orjson.loads(answer.tools)
    return found  # type: ignore[no-any-return]


ROAD = {"objectId": "o&1", "segmentation": {"zones": []}}


def test_points_of_a_segmentation_are_left_out_unless_they_are_asked_for() -> None:
    assert objects(ROAD) == {"objectId": "o&1"}
    assert objects(ROAD, segmentation_points=True) == ROAD


def test_masks_are_those_of_the_source_or_point_to_a_host_that_is_named() -> None:
    url = "https://h.example/v2/mask?annotation=o%261&task=t%2F1"
    assert objects(ROAD, mask_host="https://h.example/")["masks"] == [url]
    assert objects({**ROAD, "masks": ["x"]}, mask_host="https://h.example")["masks"] == ["x"]
    assert "masks" not in objects({**ROAD, "masks": ["x"]}, mask_urls=False, mask_host="https://h.example")
    assert "masks" not in objects({"bounding-box": {}}, mask_host="https://h.example")


def test_the_image_of_a_drawn_area_is_left_out_unless_it_is_asked_for() -> None:
    drawn = {"pdf": {"position": {}, "content": {"image": "data:", "text": "x"}}}
    assert objects(drawn) == {"pdf": {"position": {}, "content": {"text": "x"}}}
    assert objects(drawn, box_image_content=True) == drawn


def test_times_of_annotation_metadata_are_text() -> None:
    made = {"createdAt": 1714636800000, "createdBy": "Ann", "updatedAt": "2024-05-02"}
    assert objects({"metadata": made})["metadata"] == {**made, "createdAt": "2024-05-02T08:00:00.000Z"}


def test_classifications_have_no_object_id_but_those_of_a_frame() -> None:
    nested = {"objectId": "c2", "columnField": "f"}
    rows = [{"objectId": "c1", "classifications": [nested]}, {"objectId": "c3", "page": 0}]
    answer = legacy_answer(Answer(classifications=orjson.dumps(rows)), "t", LegacyToggles())
    assert orjson.loads(answer.classifications) == [
        {"classifications": [{"columnField": "f"}]},
        {"objectId": "c3", "page": 0},
    ]
