"""Known answers: how the reference joins the frames table, and video rows of stage history."""

from typing import Any

import pytest

from awkward.lines import tables_of
from reference.checks import check_frames
from reference.export import ReferenceExport, reference_export
from reference.reading import SetAsideError

Json = dict[str, Any]

VIDEO: Json = {"taskId": "v", "stage": "Complete", "metadata": {"frameTotal": 3}}
ENTRY: Json = {"_id": "h", "taskId": "v", "stage": "Label", "completedAt": 5}


def export_of(
    frames: list[Any], *history: Json, tasks: list[Json] | None = None, **export: Any
) -> ReferenceExport:
    return reference_export(tables_of(tasks=tasks or [VIDEO], stage_history=history, frames=frames), export)


def frame(page: Any, *tools: Json, **keys: Any) -> Json:
    return {"taskId": "v", "page": page, "tools": list(tools), **keys}


def car(title: str, **keys: Any) -> Json:
    return {"objectId": "o1", "title": title, **keys}


def shown(answer: Json) -> list[tuple[int, str]]:
    return [(row["page"], row["title"]) for row in answer["tools"]]


def fates(export: ReferenceExport) -> list[int]:
    names = ("framesExported", "framesNotSelected", "orphanFrames", "deadLetterFrames")
    assert export.counts["framesRead"] == sum(export.counts[name] for name in names)
    return [export.counts[name] for name in names]


def test_a_row_of_the_table_gets_the_page_of_its_record() -> None:
    rows = [car("own", page=0), car("null", page=None, objectId="o2"), car("none", objectId="o3")]
    (record,) = export_of([frame(2, *rows)]).records
    assert [list(row) for row in record["task"]["tools"]] == [
        *[["objectId", "title", "page", "interpolationStopped"]] * 3
    ]
    assert shown(record["task"]) == [(2, "own"), (2, "null"), (2, "none")]


@pytest.mark.parametrize("name", ["taskId", "labelTask", "task"])
def test_a_record_of_the_table_may_be_written_as_a_dump_does(name: str) -> None:
    record = {name: {"$oid": "v"}, "page": {"$numberInt": "2"}, "objects": [car("a")], "historyId": None}
    assert shown(export_of([record]).records[0]["task"]) == [(2, "a")]


def test_rows_of_table_and_record_are_expanded_together() -> None:
    task = VIDEO | {"answer": {"tools": [car("a", point=[0], page=0)], "classifications": []}}
    table = frame(2, car("b", point=[4]), classifications=[{"schemaId": "s", "answer": 1}])
    export = export_of([table], tasks=[task])
    assert [row["point"] for row in export.records[0]["task"]["tools"]] == [[0], [2.0], [4]]
    assert [row["page"] for row in export.records[0]["task"]["classifications"]] == [2]
    assert (export.counts["keyFrameRows"], export.counts["interpolatedRows"]) == (2, 1)


def test_the_table_wins_over_the_record_and_within_the_table_the_bytewise_greater_row() -> None:
    task = VIDEO | {"answer": {"tools": [car("z", page=0), car("y", page=0)]}}
    frames = [frame(0, car("c"), car("b")), frame(0, car("d")), frame(0, car("a"))]
    for order in (frames, frames[::-1]):
        export = export_of(order, tasks=[task])
        assert shown(export.records[0]["task"]) == [(0, "d"), (1, "d"), (2, "d")]
        assert export.counts["supersededRows"] == 5
        assert fates(export) == [3, 0, 0, 0]


def test_rows_for_a_stage_history_entry_are_its_own() -> None:
    entry = ENTRY | {"answer": {"tools": [car("old", page=1), car("older", page=1)]}}
    export = export_of([frame(2, car("new"), historyId={"$oid": "h"}), frame(0, car("now"))], entry)
    (record,) = export.records
    assert shown(record["task"]) == [(0, "now"), (1, "now"), (2, "now")]
    assert shown(record["task"]["stageHistory"][0]) == [(1, "older"), (2, "new")]
    assert fates(export) == [2, 0, 0, 0]
    assert export.counts["supersededRows"] == 1
    assert (export.counts["annotations"], export.counts["keyFrameRows"]) == (3, 1)


def test_frames_follow_their_task_and_entry() -> None:
    tasks = [VIDEO, {"taskId": "n", "stage": "Review", "metadata": {"frameTotal": 3}}]
    frames = [
        frame(0),
        frame(0, taskId="n"),
        frame(9, taskId="n"),
        frame(0, taskId="gone"),
        frame(0, historyId="h"),
        frame(0, historyId="gone"),
    ]
    assert fates(export_of(frames, ENTRY, tasks=tasks)) == [2, 2, 2, 0]
    without = export_of(frames, ENTRY, tasks=tasks, fields={"stage_history": False})
    assert fates(without) == [1, 4, 1, 0]


def test_frames_that_break_the_contract_are_set_aside_alone() -> None:
    still = {"taskId": "i", "stage": "Complete", "metadata": {"width": 5}}
    frames = [frame(3), frame(0, taskId="i"), frame("0"), frame(0, 5), frame(None), frame(0)]
    export = export_of(frames, tasks=[VIDEO, still])
    assert [(table, source[1], reason) for table, source, reason in export.dead_letters] == [
        ("frames", 1, "bad_page"),
        ("frames", 2, "not_a_video"),
        ("frames", 3, "bad_page"),
        ("frames", 4, "wrong_type"),
        ("frames", 5, "missing_key"),
    ]
    assert fates(export) == [1, 0, 0, 5]
    assert len(export.records) == 2


def test_an_entry_with_a_bad_page_is_set_aside_with_its_frames() -> None:
    bad = ENTRY | {"_id": "bad", "answer": {"classifications": [{"page": 3}]}}
    frames = [frame(0, historyId="bad"), frame(0, historyId="h"), frame(0, historyId="not read")]
    export = export_of(frames, bad, ENTRY)
    assert export.dead_letters == [
        ("stage_history", ("stage_history-0.ndjson", 1), "bad_page"),
        ("frames", ("frames-0.ndjson", 1), "with_its_task"),
    ]
    assert len(export.records[0]["task"]["stageHistory"]) == 1
    assert (export.counts["stageHistoryExported"], export.counts["deadLetterStageHistory"]) == (1, 1)
    assert fates(export) == [1, 0, 1, 1]


def test_rows_of_entries_that_are_not_exported_are_not_looked_at() -> None:
    bad = ENTRY | {"answer": {"tools": [{"page": 9}, 5]}}
    for task in (VIDEO | {"stage": "Review"}, VIDEO | {"metadata": {}}):
        assert export_of([], bad, tasks=[task]).dead_letters == []


def test_annotation_metadata_and_flat_holes_of_the_table_are_handled_like_all_others() -> None:
    flat = {"segmentation": {"zones": [{"region": [], "holes": [[1, 2], [3, 4]]}]}}
    row = car("a", metadata={}, **flat)
    (record,) = export_of([frame(2, row)], fields={"annotation_metadata": False}).records
    assert list(record["task"]["tools"][0]) == [
        *("objectId", "title", "segmentation", "page", "interpolationStopped")
    ]
    assert record["task"]["tools"][0]["segmentation"]["zones"][0]["holes"] == [[[1, 2], [3, 4]]]


@pytest.mark.parametrize("page", [-1, 0.5, "1", False, [], {}])
def test_a_page_that_no_video_can_have_is_seen_without_its_task(page: Any) -> None:
    with pytest.raises(SetAsideError, match="bad_page"):
        check_frames(frame(page))
