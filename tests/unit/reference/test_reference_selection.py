"""Known answers: which tasks the reference selects."""

from typing import Any

import pytest

from awkward.lines import tables_of
from reference.export import reference_export

DAY = "2024-05-01T08:00:00"


def task(task_id: str, **keys: Any) -> dict[str, Any]:
    return {"taskId": task_id, "stage": "Complete", **keys}


def selected(tasks: list[Any], /, **export: Any) -> list[str]:
    records = reference_export(tables_of(tasks=tasks), export).records
    return [record["task"]["taskId"] for record in records]


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (["Complete"], ["done", "renamed"]),
        (["Review", "s-1"], ["in-review", "renamed"]),
        ("*", ["done", "in-review", "renamed"]),
        (["no such stage", "*"], ["done", "in-review", "renamed"]),
        (["complete"], []),
    ],
)
def test_stages_are_names_or_ids(stages: Any, expected: list[str]) -> None:
    tasks = [
        task("done"),
        task("in-review", stage="Review"),
        task("renamed", stage="Klar", stageId="s-1"),
        task("renamed", stage="Complete", stageId="s-1", updatedAt=5),
    ]
    assert selected(tasks, stages=stages) == expected


def test_a_stage_id_counts_as_the_default_stage_too() -> None:
    assert selected([task("renamed", stage="Klar", stageId="Complete")]) == ["renamed"]


@pytest.mark.parametrize(
    ("task_types", "expected"),
    [
        (["default"], ["absent", "default", "null"]),
        (["consensus", "benchmark"], ["consensus"]),
        ("*", ["absent", "consensus", "default", "null"]),
        (["*"], ["absent", "consensus", "default", "null"]),
    ],
)
def test_a_task_without_type_is_selected_as_default(task_types: Any, expected: list[str]) -> None:
    tasks = [task("absent"), task("null", type=None), task("default", type="default")]
    assert selected([*tasks, task("consensus", type="consensus")], task_types=task_types) == expected


def test_a_task_in_any_of_the_batches_counts() -> None:
    tasks = [
        task("both", batches=["a", "b"]),
        task("one", batches=[None, "b"]),
        task("none", batches=[None]),
        task("x"),
    ]
    assert selected(tasks, batches=["b", "c"]) == ["both", "one"]
    assert selected(tasks, batches=[]) == ["both", "none", "one", "x"]


def test_tasks_and_project_are_selected_by_id() -> None:
    tasks = [
        task("t1", projectId="p1"),
        task("t2", project={"$oid": "p1"}),
        task("t3", projectId="p2"),
        task("t4"),
    ]
    assert selected(tasks, project="p1") == ["t1", "t2"]
    assert selected(tasks, project="p1", tasks=["t2", "t3"]) == ["t2"]
    assert selected([task("t1", projectId="p1", project="p2")], project="p2") == []


@pytest.mark.parametrize(("bound", "key"), [("updated_at", "updatedAt"), ("created_at", "createdAt")])
def test_bounds_are_exclusive_to_the_microsecond(bound: str, key: str) -> None:
    times = {
        "a": None,
        "b": f"{DAY}Z",
        "c": f"{DAY}.000001",
        "d": "2024-05-01T10:00:00.001+02:00",
        "e": 1714550400002,
    }
    tasks = [task(name, **{key: time}) for name, time in times.items()]
    assert selected(tasks, **{bound: {"after": f"{DAY}Z", "before": None}}) == ["c", "d", "e"]
    assert selected(tasks, **{bound: {"before": f"{DAY}.001Z"}}) == ["b", "c"]
    assert selected(tasks, **{bound: {"after": f"{DAY}.000001Z", "before": f"{DAY}.002Z"}}) == ["d"]
    assert selected(tasks, **{bound: {"after": None, "before": None}}) == ["a", "b", "c", "d", "e"]
