"""Keys of the sample's tasks that only the legacy generation uses.

They are drawn beside the task, so that the other keys of a seed stay as they are. Words of ``status`` are those that
transforms/README.md, "Legacy export", names.
"""

from collections.abc import Iterator
from typing import Any

from framehaul.pipelines.sample.assets import Record
from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.sample_issues import issues_of_task
from framehaul.pipelines.sample.sample_tasks import TaskRecords

_LABELLERS = ("Amina", "Bruno", "Chen Wei", "Dilek")
_REVIEWERS = ("Grace", "Hiro", "Ines")


def add_legacy_keys(records: Iterator[TaskRecords], seed: int) -> Iterator[TaskRecords]:
    """Add legacy keys at the end of each task."""
    for number, each in enumerate(records):
        yield TaskRecords(
            {**each.task, **_legacy_keys(Draws(seed, "legacy", number), each.task)}, each.stage_history
        )


def _legacy_keys(draws: Draws, task: Record) -> Record:
    if task["stage"] == "Start":
        return {"status": "To-Do", "isSkipped": False, "isBenchmark": False}
    is_done = task["stage"] == "Complete"
    is_reviewed = is_done and draws.chance(0.8)
    score = task.get("consensusAverage")
    keys: dict[str, Any] = {
        "labeledAt": task["updatedAt"],
        "status": "Reviewed" if is_reviewed else "Completed" if is_done else "In Progress",
        "labelDuration(ms)": task["totalDuration"],
        "completedBy": draws.pick(_LABELLERS),
        "completedAt": task["updatedAt"],
        "isSkipped": draws.chance(0.02),
        "isBenchmark": task["type"] == "benchmark",
        "benchmark": str(60 + draws.below(41)) if task["type"] == "benchmark" else "",
        "issues": issues_of_task(draws, task),
    }
    if score is not None:
        keys["consensus"] = score
    if is_reviewed:
        keys |= {"reviewedAt": task["updatedAt"], "review": _review(draws, task)}
    return keys


def _review(draws: Draws, task: Record) -> Record:
    return {
        "status": draws.pick(("Accepted", "Accepted", "Accepted", "Rejected")),
        "completedBy": draws.pick(_REVIEWERS),
        "completedAt": task["updatedAt"],
        "duration(ms)": draws.below(200_000),
        "isSkipped": False,
    }
