"""Issues of a sample, in which reviewers and labellers talk about its tasks."""

from collections.abc import Iterator
from typing import Any

from framehaul.pipelines.sample.assets import Record
from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.journeys import iso_time
from framehaul.pipelines.sample.names import LABELLERS, REVIEWERS, SENTENCES
from framehaul.pipelines.sample.sample_tasks import ordinary_task

_FIRST_MS = 1_767_225_600_000  # 2026-01-01, after all tasks were made
_WITHIN_MS = 90 * 86_400_000
_CODES = (
    {"category": "Geometry", "name": "Box too loose", "key": "loose"},
    {"category": "Geometry", "name": "Object missed", "key": "missed"},
    {"category": "Class", "name": "Wrong class", "key": "class"},
)
_STATES = ("Open", "Open", "Resolved", "Closed")


def sample_issues(issues: int, tasks: int, seed: int) -> Iterator[Record]:
    """Make ``issues`` issues about the first ``tasks`` tasks of the sample; each depends on the seed and its number."""
    for number in range(issues):
        draws = Draws(seed, "issue", number)
        task = ordinary_task(seed, draws.below(tasks)).task if tasks else {}
        yield _issue(draws, task)


def issues_of_task(draws: Draws, task: Record) -> list[Record]:
    """Issues as a legacy task tells them; most tasks have none."""
    if not draws.chance(0.1):
        return []
    made_by = draws.pick(REVIEWERS)
    person = {"_id": draws.database_id(_FIRST_MS), "name": made_by.partition("@")[0].title()}
    own_id = draws.database_id(_FIRST_MS)
    return [
        {"_id": own_id, "status": draws.pick(_STATES), "createdBy": person, "updatedAt": task["updatedAt"]}
    ]


def _issue(draws: Draws, task: Record) -> Record:
    created_ms = _FIRST_MS + draws.below(_WITHIN_MS)
    comments = [_comment(draws, created_ms) for _ in range(draws.below(4))]
    code, status = draws.pick(_CODES), draws.pick(_STATES)
    issue: dict[str, Any] = {
        "_id": draws.database_id(created_ms),
        "projectId": task.get("projectId"),
        "asset": {"externalId": task.get("externalId"), "batches": task.get("batches", [])},
        "labelTask": task.get("taskId"),
        "stage": task.get("stage"),
        "stageId": task.get("stageId"),
        "createdBy": draws.pick(REVIEWERS),
        "createdAt": iso_time(created_ms),
        "status": status,
        "errorType": code["category"],
        "errorCode": code["key"],
        "errorCodes": [code],
        "content": draws.pick(SENTENCES),
        "contentMentions": [draws.pick(LABELLERS)] if draws.chance(0.3) else [],
        "comments": comments,
        "position": f"[{draws.between(0, 1920)}, {draws.between(0, 1080)}]",
        "updatedAt": iso_time(created_ms),
    }
    if draws.chance(0.2):
        issue |= {"page": draws.below(300), "objectId": draws.object_id().decode()}
    if status != "Open":
        closed = iso_time(created_ms + draws.below(_WITHIN_MS))
        person = draws.pick(REVIEWERS)
        issue |= {"resolvedBy": person, "resolvedAt": closed, "updatedBy": person, "updatedAt": closed}
    return issue


def _comment(draws: Draws, created_ms: int) -> Record:
    said_ms = created_ms + draws.below(5 * 86_400_000)
    return {
        "_id": draws.database_id(said_ms),
        "content": draws.pick(SENTENCES),
        "createdBy": draws.pick(LABELLERS),
        "createdAt": iso_time(said_ms),
        "updatedAt": iso_time(said_ms),
    }
