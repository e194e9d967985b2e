"""Each filter of an export, and that a task must pass all of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.records.selection import Between, Selection

TASK: dict[str, Any] = {
    "task_id": "t1",
    "project": "p1",
    "stage": "Complete",
    "stage_id": "s-9",
    "batches": ["Batch A", "b"],
    "task_type": "default",
    "updated_at": "2024-05-02T08:00:00.000000",
    "created_at": "2024-05-01T08:00:00.000000",
}


@pytest.mark.parametrize(
    ("selection", "change", "selected"),
    [
        (Selection(), {}, True),
        (Selection(), {"stage": "Review"}, False),
        (Selection(), {"task_type": None}, True),
        (Selection(), {"task_type": "consensus"}, False),
        (Selection(), {"project": None, "stage_id": None, "batches": [], "updated_at": ""}, True),
        (Selection(project="p1"), {}, True),
        (Selection(project="p1"), {"project": "p2"}, False),
        (Selection(project="p1"), {"project": None}, False),
        (Selection(stages=frozenset(["Review", "Complete"])), {}, True),
        (Selection(stages=frozenset(["s-9"])), {"stage": "Renamed"}, True),
        (Selection(stages=frozenset(["s-9"])), {"stage_id": None}, False),
        (Selection(stages=frozenset(["*"])), {"stage": "anything"}, True),
        (Selection(stages=frozenset(["complete"])), {}, False),
        (Selection(stages=frozenset()), {}, False),
        (Selection(batches=frozenset(["b", "c"])), {}, True),
        (Selection(batches=frozenset(["c"])), {}, False),
        (Selection(batches=frozenset(["c"])), {"batches": []}, False),
        (Selection(tasks=frozenset(["t1"])), {}, True),
        (Selection(tasks=frozenset(["t2"])), {}, False),
        (Selection(task_types=frozenset(["consensus"])), {"task_type": "consensus"}, True),
        (Selection(task_types=frozenset(["consensus"])), {"task_type": None}, False),
        (Selection(task_types=frozenset(["*"])), {"task_type": "benchmark"}, True),
        (Selection(updated_at=Between(after="2024-05-02T08:00:00.000000")), {}, False),
        (Selection(updated_at=Between(after="2024-05-02T07:59:59.999999")), {}, True),
        (Selection(updated_at=Between(before="2024-05-02T08:00:00.000000")), {}, False),
        (Selection(updated_at=Between(before="2024-05-02T08:00:00.000001")), {}, True),
        (Selection(updated_at=Between(after="2024")), {"updated_at": ""}, False),
        (Selection(updated_at=Between(before="2024")), {"updated_at": ""}, False),
        (Selection(created_at=Between(before="2024-05-02")), {}, True),
        (Selection(created_at=Between(after="2024-05-02")), {}, False),
    ],
)
def test_each_filter(selection: Selection, change: dict[str, Any], selected: bool) -> None:
    assert selection.selects(**{**TASK, **change}) is selected


FILTERS: dict[str, tuple[Any, Any]] = {
    "project": ("p1", "p2"),
    "stages": (frozenset(["Complete"]), frozenset(["Review"])),
    "batches": (frozenset(["b"]), frozenset(["c"])),
    "tasks": (frozenset(["t1"]), frozenset(["t2"])),
    "task_types": (frozenset(["default"]), frozenset(["benchmark"])),
    "updated_at": (Between(after="2024"), Between(after="2025")),
    "created_at": (Between(before="2025"), Between(before="2024")),
}


@given(st.fixed_dictionaries(dict.fromkeys(FILTERS, st.booleans())))
def test_a_task_must_pass_every_filter(passes: dict[str, bool]) -> None:
    selection = Selection(**{name: FILTERS[name][not passed] for name, passed in passes.items()})
    assert selection.selects(**TASK) is all(passes.values())


def test_both_bounds_are_exclusive() -> None:
    between = Between("2024-05-01T00:00:00.000000", "2024-05-01T00:00:00.000002")
    times = [f"2024-05-01T00:00:00.00000{digit}" for digit in range(4)]
    assert [between.holds(time) for time in times] == [False, True, False, False]


def test_a_record_without_the_time_is_inside_only_where_there_is_no_bound() -> None:
    assert Between().holds("")
    assert not Between(after="2024").holds("")
    assert not Between(before="2024").holds("")
