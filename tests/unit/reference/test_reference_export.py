"""Known answers: which copy of a record wins in the reference, in which order records stand, and what is counted."""

from typing import Any

import pytest
from hypothesis import given, settings

from awkward.lines import tables_of
from awkward.projects import projects, selections
from reference.export import ReferenceExport, reference_export

DAY = "2024-05-01T08:00:00"


def task(task_id: str = "t1", **keys: Any) -> dict[str, Any]:
    return {"taskId": task_id, "stage": "Complete", **keys}


def entry(task_id: str = "t1", completed_at: Any = f"{DAY}Z", **keys: Any) -> dict[str, Any]:
    return {"taskId": task_id, "stage": "Label", "completedAt": completed_at, **keys}


def export_of(tasks: list[Any], history: list[Any] | None = None, **export: Any) -> ReferenceExport:
    return reference_export(tables_of(tasks=tasks, stage_history=history or []), export)


def counts(export: ReferenceExport, *names: str) -> list[int]:
    return [export.counts[name] for name in names]


def test_nothing_in_gives_nothing_out() -> None:
    export = reference_export({"tasks": {}}, {})
    assert export == ReferenceExport([], dict.fromkeys(export.counts, 0), {}, [], [])
    assert len(export.counts) == 22


def test_the_newest_copy_wins_to_the_microsecond() -> None:
    tasks = [
        task(updatedAt=f"{DAY}.000002Z", asset="new"),
        task(updatedAt=f"{DAY}.000001Z", asset="old"),
        task(asset="x"),
    ]
    export = export_of(tasks)
    assert [record["asset"] for record in export.records] == ["new"]
    assert counts(export, "tasksRead", "tasksExported", "duplicateTasks", "tasksNotSelected") == [3, 1, 2, 0]


def test_a_copy_without_time_is_older_than_any() -> None:
    tasks = [task(asset="z"), task(asset="a", updatedAt="0001-01-01T00:00:00Z")]
    assert export_of(tasks).records[0]["asset"] == "a"


def test_an_older_copy_never_stands_in_for_a_newer_one_that_is_not_selected() -> None:
    export = export_of([task(updatedAt=2, stage="Review"), task(updatedAt=1)], [entry()])
    assert export.records == []
    assert counts(export, "tasksNotSelected", "duplicateTasks", "stageHistoryNotSelected") == [1, 1, 1]


def test_of_equally_new_copies_the_bytewise_greater_record_wins() -> None:
    tasks = [
        task(asset="b", updatedAt=1),
        task(asset="c", updatedAt="1970-01-01T00:00:00.001"),
        task(asset="a", updatedAt=1),
    ]
    for order in (tasks, tasks[::-1]):
        assert [record["asset"] for record in export_of(order).records] == ["c"]


def test_what_is_compared_is_the_record_as_it_is_rendered() -> None:
    tasks = [
        task(answer={"relations": [{"metadata": 9, "title": "a"}]}),
        task(answer={"relations": [{"title": "b"}]}),
    ]
    whole, stripped = (
        export_of(tasks, fields={"annotation_metadata": toggle}).records[0]["task"]["relations"]
        for toggle in (True, False)
    )
    assert whole == [{"title": "b"}]
    assert stripped == [{"title": "b"}]
    tasks[0]["answer"]["relations"][0]["title"] = "z"
    assert export_of(tasks).records[0]["task"]["relations"] == [{"title": "b"}]
    assert export_of(tasks, fields={"annotation_metadata": False}).records[0]["task"]["relations"] == [
        {"title": "z"}
    ]


def test_of_copies_that_render_alike_a_selected_one_wins() -> None:
    tasks = [task(projectId="p2"), task(projectId="p1"), task()]
    for order in (tasks, tasks[::-1]):
        assert counts(export_of(order, project="p1"), "tasksExported", "duplicateTasks") == [1, 2]


def test_of_copies_that_render_differently_the_greater_wins_even_when_it_is_not_selected() -> None:
    tasks = [task(asset="b", projectId="p2"), task(asset="a", projectId="p1")]
    assert counts(export_of(tasks, project="p1"), "tasksNotSelected", "duplicateTasks") == [1, 1]


def test_records_are_sorted_by_asset_then_task_as_bytes() -> None:
    tasks = [
        task("t\U0001f600"),
        task("t\uff5e"),
        task("t1", assetId="z"),
        task("t2", assetId="a"),
        task("t10", assetId="a"),
    ]
    order = [record["task"]["taskId"] for record in export_of(tasks).records]
    assert order == ["t10", "t2", "t\uff5e", "t\U0001f600", "t1"]


def test_assets_are_counted_once_and_tasks_without_asset_by_their_own_id() -> None:
    export = export_of([task("t1", assetId="a"), task("t2", assetId="a"), task("t3"), task("a")])
    assert counts(export, "records", "assets") == [4, 2]


def test_stage_history_is_sorted_by_time_then_id_then_bytes() -> None:
    history = [
        entry(stageId="1", completed_at=f"{DAY}.000002Z"),
        entry(stageId="2", completed_at=f"{DAY}.000001Z", _id="h2"),
        entry(stageId="3", completed_at=f"{DAY}.000001Z", _id="h10"),
        entry(stageId="5", completed_at=f"{DAY}.000001Z"),
        entry(stageId="4", completed_at=f"{DAY}.000001Z"),
    ]
    (record,) = export_of([task()], history).records
    assert [item["stageId"] for item in record["task"]["stageHistory"]] == ["4", "5", "3", "2", "1"]


def test_of_history_with_one_id_the_newest_wins_then_the_bytewise_greater() -> None:
    history = [
        entry(_id="h1", completed_at=2, stageId="a"),
        entry(_id="h1", completed_at=1, stageId="z"),
        entry(_id="h1", completed_at=2, stageId="b"),
        entry(completed_at=0, stageId="no id"),
        entry(completed_at=0, stageId="no id"),
    ]
    export = export_of([task()], history)
    assert [item["stageId"] for item in export.records[0]["task"]["stageHistory"]] == ["no id", "no id", "b"]
    assert counts(export, "stageHistoryRead", "stageHistoryExported", "duplicateStageHistory") == [5, 3, 2]


def test_history_of_two_tasks_may_share_an_id() -> None:
    export = export_of([task("t1"), task("t2")], [entry("t1", _id="h"), entry("t2", _id="h")])
    assert counts(export, "stageHistoryExported", "duplicateStageHistory") == [2, 0]


def test_history_is_counted_by_what_became_of_its_task() -> None:
    tasks = [task("t1"), task("t2", stage="Review"), {"taskId": "broken", "stage": 5}]
    history = [
        entry("t1"),
        entry("t2"),
        entry("broken"),
        entry("gone", _id="h"),
        entry("gone", _id="h"),
        b"x",
    ]
    export = export_of(tasks, history)
    assert {name: count for name, count in export.counts.items() if "History" in name} == {
        "stageHistoryRead": 6,
        "stageHistoryExported": 1,
        "stageHistoryNotSelected": 1,
        "orphanStageHistory": 1,
        "duplicateStageHistory": 1,
        "deadLetterStageHistory": 2,
    }
    assert export.texts == [
        '{"taskId":"broken","stage":5}',
        f'{{"taskId":"broken","stage":"Label","completedAt":"{DAY}Z"}}',
        "x",
    ]
    assert [reason for _, _, reason in export.dead_letters] == ["wrong_type", "with_its_task", "not_json"]


@pytest.mark.parametrize(
    ("broken", "has_key"),
    [
        (b'{"taskId":"t1","stage":"Complete","answer":{"tools":[{"a":"cut', True),
        (b'{"answer":{"taskId":"t2"},"n":NaN,"_id":{"$oid":"t1"}}', True),
        (b'{"taskId":"t1","note":"\xff"}', True),
        (b'{"answer":{"taskId":"t1"},"cut', False),
        (b'[{"taskId":"t1"}]', False),
        (b'{"note":"\\"taskId\\":\\"t1\\"","n":NaN}', False),
    ],
)
def test_what_belongs_to_a_broken_line_goes_with_it_where_its_task_can_be_told(
    broken: bytes, has_key: bool
) -> None:
    export = export_of([broken], [entry("t1")])
    assert counts(export, "deadLetterStageHistory", "orphanStageHistory") == [has_key, not has_key]
    export = export_of([broken, task("t1")], [entry("t1")])
    assert counts(export, "stageHistoryExported", "deadLetterTasks") == [1, 1]


def test_what_is_too_long_takes_itself_out_and_its_belongings_with_it() -> None:
    long = "x" * 2000
    histories = {
        "an entry": (task(), [entry(_id="h", stageId=long), entry()], ["stage_history line_too_long"]),
        "the task": (task(asset=long), [entry()], ["tasks line_too_long", "stage_history with_its_task"]),
        "all": (task(), [entry()] * 9, ["tasks line_too_long", *["stage_history with_its_task"] * 9]),
    }
    for one, history, expected in histories.values():
        export = reference_export(tables_of(tasks=[one], stage_history=history), {}, max_line_bytes=1000)
        assert [f"{table} {reason}" for table, _, reason in export.dead_letters] == expected
        assert (
            len(export.records)
            == counts(export, "tasksExported")[0]
            == (1 if one == task() and len(history) < 9 else 0)
        )


def test_without_the_toggle_stage_history_is_not_even_read() -> None:
    export = export_of([task()], [entry(), b"x"], fields={"stage_history": False})
    assert export.dead_letters == []
    assert not any(count for name, count in export.counts.items() if "History" in name)


def test_annotations_are_the_tools_of_exported_answers() -> None:
    tools = [{"title": "car"}, {"title": None}, {}, {"title": "car"}]
    tasks = [task("t1", answer={"tools": tools}), task("t2", stage="Review", answer={"tools": tools})]
    export = export_of(tasks, [entry(answer={"tools": tools})])
    assert export.annotations_by_title == {"car": 2, "": 2}
    assert counts(export, "annotations", "keyFrameRows", "interpolatedRows") == [4, 0, 0]


@settings(deadline=None)
@given(projects(with_videos=True), selections(with_videos=True))
def test_every_record_read_is_accounted_for(
    tables: dict[str, dict[str, bytes]], export: dict[str, Any]
) -> None:
    result = reference_export(tables, export)
    counted = result.counts
    assert counted["tasksRead"] == sum(
        counts(result, "tasksExported", "tasksNotSelected", "duplicateTasks", "deadLetterTasks")
    )
    assert counted["stageHistoryRead"] == counted["orphanStageHistory"] + sum(
        counts(
            result,
            "stageHistoryExported",
            "stageHistoryNotSelected",
            "duplicateStageHistory",
            "deadLetterStageHistory",
        )
    )
    assert counted["framesRead"] == sum(
        counts(result, "framesExported", "framesNotSelected", "orphanFrames", "deadLetterFrames")
    )
    entries = sum(len(record["task"].get("stageHistory", [])) for record in result.records)
    assert counted["stageHistoryExported"] == entries
    assert counted["annotations"] == sum(result.annotations_by_title.values())
    assert counted["tasksExported"] == counted["records"] == len(result.records)
