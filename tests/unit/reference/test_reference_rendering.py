"""Known answers: what the reference writes for one task and one stage-history record."""

import json
from typing import Any

import pytest

from awkward.lines import tables_of
from reference.export import DEFAULT_FIELDS, reference_export
from reference.rendering import stage_history_entry, task_record

TASK: dict[str, Any] = {"taskId": "t1", "stage": "Complete"}
ENTRY: dict[str, Any] = {"taskId": "t1", "stage": "Label", "completedAt": "2024-05-01T00:00:00Z"}
IDLE_BLUR = DEFAULT_FIELDS | {"idle_blur_durations": True}
NO_METADATA = DEFAULT_FIELDS | {"annotation_metadata": False}


def exported(task: dict[str, Any], *history: dict[str, Any], **export: Any) -> dict[str, Any]:
    (record,) = reference_export(tables_of(tasks=[task], stage_history=history), export).records
    return record


def test_a_bare_task_has_every_key_that_is_not_bracketed() -> None:
    assert json.dumps(exported(TASK)) == (
        '{"asset": null, "assetId": null, "externalId": null, "metadata": {}, "batches": [], '
        '"task": {"taskId": "t1", "type": null, "stage": "Complete", "stageId": null, "updatedAt": null, '
        '"updatedBy": null, "totalDuration": null, "duration": null, "tools": [], "classifications": [], '
        '"relations": [], "stageHistory": []}, '
        '"part": {"index": 0, "count": 1, "firstPage": null, "lastPage": null}}'
    )


def test_a_full_task_has_its_keys_in_the_order_of_the_contract() -> None:
    task_keys = [
        *("taskId", "type", "stage", "stageId", "updatedAt", "updatedBy", "totalDuration", "duration"),
        *("totalIdleDuration", "totalBlurDuration", "consensusAverage", "consensusDetailed", "tools"),
        *("classifications", "relations", "brushDataUrl", "medicalBrushDataUrl"),
    ]
    full = TASK | {
        **{"medicalBrushDataUrl": "", "brushDataUrl": "u", "consensusDetailed": [], "consensusAverage": 80},
        **{"attachments": [], "contextData": {}, "dataset": [], "batches": ["b"], "metadata": {"width": 1}},
    }
    record = task_record(full, IDLE_BLUR)
    assert list(record) == [
        *(
            "asset",
            "assetId",
            "externalId",
            "dataset",
            "contextData",
            "attachments",
            "metadata",
            "batches",
            "task",
        )
    ]
    assert list(record["task"]) == task_keys
    assert list(exported(full, fields=IDLE_BLUR)["task"]) == [*task_keys, "stageHistory"]


def test_a_full_stage_history_entry_has_its_keys_in_the_order_of_the_contract() -> None:
    full = ENTRY | {
        "taskHistory": "th",
        "medicalBrushDataUrl": "m",
        "brushDataUrl": "",
        "reviewStatus": "Todo",
    }
    assert json.dumps(stage_history_entry(full | {"completedBy": "l", "blurDuration": 5}, IDLE_BLUR)) == (
        '{"stage": "Label", "stageId": null, "duration": null, "idleDuration": null, "blurDuration": 5, '
        '"completedAt": "2024-05-01T00:00:00.000Z", "completedBy": "l", "reviewStatus": "Todo", "tools": [], '
        '"classifications": [], "relations": [], "brushDataUrl": "", "medicalBrushDataUrl": "m", '
        '"taskHistory": {"_id": "th"}}'
    )


def test_a_bare_stage_history_entry_has_no_bracketed_key() -> None:
    bare = stage_history_entry(ENTRY | {"idleDuration": 5, "reviewStatus": None}, DEFAULT_FIELDS)
    assert list(bare) == [
        "stage",
        "stageId",
        "duration",
        "completedAt",
        "tools",
        "classifications",
        "relations",
    ]


def test_bracketed_keys_stand_only_where_the_source_has_a_value() -> None:
    names = ("dataset", "contextData", "attachments")
    absent = task_record(TASK | dict.fromkeys((*names, "consensusAverage", "brushDataUrl")), DEFAULT_FIELDS)
    assert not absent.keys() & set(names)
    assert not absent["task"].keys() & {"consensusAverage", "brushDataUrl", "totalIdleDuration"}
    present = task_record(
        TASK | {"consensusAverage": 0, "contextData": {}, "brushDataUrl": ""}, DEFAULT_FIELDS
    )
    assert present["contextData"] == {}
    assert (present["task"]["consensusAverage"], present["task"]["brushDataUrl"]) == (0, "")


def test_toggled_keys_follow_the_toggle_alone() -> None:
    record = exported(
        TASK | {"totalIdleDuration": 5}, fields={"idle_blur_durations": True, "stage_history": False}
    )
    assert (record["task"]["totalIdleDuration"], record["task"]["totalBlurDuration"]) == (5, None)
    assert "stageHistory" not in record["task"]


def test_null_batches_are_dropped_and_null_metadata_is_an_empty_object() -> None:
    record = exported(TASK | {"batches": [None, "b", None, "a", "b"], "metadata": None})
    assert (record["batches"], record["metadata"]) == (["b", "a", "b"], {})


@pytest.mark.parametrize(
    ("source", "task_id"),
    [
        ({"_id": {"$oid": "x"}}, "x"),
        ({"taskId": None, "_id": "x"}, "x"),
        ({"taskId": "own", "_id": "x"}, "own"),
    ],
)
def test_a_task_is_known_by_its_own_id_or_that_of_the_dump(source: dict[str, Any], task_id: str) -> None:
    assert exported(source | {"stage": "Complete"})["task"]["taskId"] == task_id


@pytest.mark.parametrize("name", ["labelTask", "task", "taskId"])
def test_stage_history_names_its_task_and_stage_by_aliases_too(name: str) -> None:
    source = {
        name: {"$oid": "t1"},
        "stageName": "Label",
        "completedAt": 0,
        "answer": {"objects": [{"title": "a"}]},
    }
    (entry,) = exported(TASK, source)["task"]["stageHistory"]
    assert (entry["stage"], entry["tools"]) == ("Label", [{"title": "a"}])


def test_the_own_name_wins_against_an_alias() -> None:
    answer = {"tools": [{"title": "own"}], "objects": [{"title": "alias"}]}
    source = ENTRY | {"stageName": "Start", "completedBy": "own", "submittedBy": "alias", "task": "t2"}
    record = exported(TASK | {"answer": answer}, source)
    assert record["task"]["tools"] == [{"title": "own"}]
    assert record["task"]["stageHistory"][0]["stage"] == "Label"
    assert record["task"]["stageHistory"][0]["completedBy"] == "own"


def test_who_submitted_stands_in_for_who_completed() -> None:
    assert stage_history_entry(ENTRY | {"submittedBy": "s"}, DEFAULT_FIELDS)["completedBy"] == "s"


@pytest.mark.parametrize("task_history", ["th", {"_id": "th"}, {"_id": "th", "other": 1}])
def test_the_task_history_is_written_as_an_object_with_its_id(task_history: Any) -> None:
    entry = stage_history_entry(ENTRY | {"taskHistory": task_history}, DEFAULT_FIELDS)
    assert entry["taskHistory"] == {"_id": "th"}


def test_times_inside_payloads_pass_as_they_came_and_extended_json_does_not() -> None:
    made = {"createdAt": {"$date": {"$numberLong": "5"}}, "updatedAt": "2024-05-01 08:00"}
    record = exported(
        TASK | {"answer": {"tools": [{"metadata": made}]}, "contextData": {"id": {"$oid": "x"}}}
    )
    assert record["task"]["tools"] == [{"metadata": {"createdAt": 5, "updatedAt": "2024-05-01 08:00"}}]
    assert record["contextData"] == {"id": "x"}


def test_a_flat_holes_list_of_a_tool_becomes_one_ring() -> None:
    flat = {"segmentation": {"zones": [{"region": [], "holes": [[1, 2], [3, 4.5]]}]}}
    ringed = {"segmentation": {"zones": [{"region": [], "holes": [[[1, 2], [3, 4.5]]]}]}}
    answer = {"tools": [flat, ringed, {"group": [flat]}], "classifications": [flat]}
    task = exported(TASK | {"answer": answer, "contextData": flat}, ENTRY | {"answer": {"tools": [flat, 5]}})[
        "task"
    ]
    assert task["tools"] == [ringed, ringed, {"group": [flat]}]
    assert task["stageHistory"][0]["tools"] == [ringed, 5]
    assert task["classifications"] == [flat]
    assert exported(TASK | {"contextData": flat})["contextData"] == flat


@pytest.mark.parametrize("holes", [[], None, [[]], [[[1, 2]]], {}])
def test_other_holes_stay_as_they_are(holes: Any) -> None:
    tool = {"segmentation": {"zones": [{"holes": holes}, {}, None]}}
    assert task_record(TASK | {"answer": {"tools": [tool]}}, DEFAULT_FIELDS)["task"]["tools"] == [tool]


def test_without_annotation_metadata_only_that_of_annotations_goes() -> None:
    nested = {"answer": "a", "metadata": {}, "classifications": [{"metadata": 5, "answer": "b"}]}
    answer = {
        "tools": [
            {"metadata": {}, "ocr": {"metadata": 1}, "classifications": [nested]},
            {"classifications": None},
        ],
        "classifications": [nested, None],
        "relations": [{"from": "o1", "metadata": {}}],
    }
    left = {"answer": "a", "classifications": [{"answer": "b"}]}
    stripped = {
        "tools": [{"ocr": {"metadata": 1}, "classifications": [left]}, {"classifications": None}],
        "classifications": [left, None],
        "relations": [{"from": "o1"}],
    }
    record = task_record(TASK | {"answer": answer, "metadata": {"metadata": 1}}, NO_METADATA)
    assert {key: record["task"][key] for key in stripped} == stripped
    assert record["metadata"] == {"metadata": 1}
    entry = stage_history_entry(ENTRY | {"answer": answer}, NO_METADATA)
    assert {key: entry[key] for key in stripped} == stripped


@pytest.mark.parametrize(
    ("media", "pages"),
    [
        ({"metadata": {"frameTotal": 507}}, (0, 506)),
        ({"metadata": {"frameTotal": {"$numberInt": "507"}}, "dataset": None}, (0, 506)),
        ({"metadata": {"frameTotal": 2}, "dataset": ["p1", "p2"]}, (None, None)),
        ({"metadata": {"width": 2}}, (None, None)),
    ],
)
def test_the_only_part_of_a_video_covers_all_of_its_pages(
    media: dict[str, Any], pages: tuple[Any, Any]
) -> None:
    first, last = pages
    assert exported(TASK | media)["part"] == {"index": 0, "count": 1, "firstPage": first, "lastPage": last}
