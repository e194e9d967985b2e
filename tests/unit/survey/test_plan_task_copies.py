"""Which copy of a task a plan counts, and how tasks are found again."""

import numpy as np
import pytest

from framehaul.pipelines.survey.task_copies import TaskCopies, key_of

OLD, NEW = "2024-05-01T00:00:00.000000", "2024-05-01T00:00:00.000001"


def copies_of(*copies):
    added = TaskCopies()
    for number, (task_id, updated_at, selected) in enumerate(copies):
        added.add(
            task_id=task_id,
            asset_key=f"asset-{number}",
            updated_at=updated_at,
            selected=selected,
            size=number,
        )
    return added


@pytest.mark.parametrize(
    ("copies", "winner"),
    [
        ([("t", OLD, True), ("t", NEW, False)], 1),
        ([("t", NEW, False), ("t", OLD, True)], 0),
        ([("t", "", True), ("t", OLD, False)], 1),
        ([("t", NEW, True), ("t", NEW, False)], 0),
        ([("t", NEW, False), ("t", NEW, True)], 1),
    ],
)
def test_the_newest_copy_stands_for_its_task_selected_or_not(copies, winner):
    assert copies_of(*copies).winners().places.tolist() == [winner]


def test_every_task_has_one_winner_that_can_be_found():
    names = [f"task-{number}" for number in range(1000)]
    winners = copies_of(*((name, OLD, True) for name in names * 2)).winners()
    assert winners.keys.size == 1000
    positions = winners.find(np.array([key_of(name) for name in [*names, "another"]]))
    assert sorted(positions[:-1].tolist()) == list(range(1000))
    assert positions[-1] == -1


def test_without_tasks_none_is_found():
    winners = TaskCopies().winners()
    assert winners.keys.size == 0
    assert winners.position(key_of("t")) == -1


def test_the_asset_of_a_selected_copy_is_known_by_name():
    copies = copies_of(("a", OLD, True), ("b", OLD, False), ("ç🙂", OLD, True))
    assert [copies.asset_name(place) for place in (0, 2)] == ["asset-0", "asset-2"]
