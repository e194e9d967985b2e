"""Journeys of tasks through their workflow: the stages that each has left, the one it is in, and the times."""

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.names import LABELLERS, REVIEWERS
from framehaul.pipelines.sample.projects import COMPLETE, LABEL, START, Project, Stage, custom_stage

TaskType = Literal["default", "consensus", "benchmark"]

_FIRST_TASK_MS = 1_740_787_200_000  # 2025-03-01; fixed, since a wall clock would change the bytes
_MADE_WITHIN_MS = 400 * 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REWORKS = (0,) * 16 + (1, 1, 1, 2)
_REVIEWED = ("Accepted",) * 8 + ("Fixed", "Todo")
CONSENSUS = tuple(custom_stage("consensus", f"Consensus_{number}") for number in (1, 2, 3))


class Visit(NamedTuple):
    """One stay in a stage that the task has left; times in milliseconds, the last three of work."""

    stage: Stage
    review_status: str | None
    person: str
    completed_ms: int
    duration: int
    idle: int
    blur: int


class Journey(NamedTuple):
    """A task's way so far.

    Attributes:
        visits: in order of time; the first is always Start.
        stage: where the task is now.
        person: who worked on it last.
    """

    created_ms: int
    visits: list[Visit]
    stage: Stage
    person: str

    @property
    def entered_ms(self) -> int:
        """Time at which the task came to the stage it is in, in epoch milliseconds."""
        return self.visits[-1].completed_ms if self.visits else self.created_ms


def draw_journey(draws: Draws, project: Project, task_type: TaskType, complete: float) -> Journey:
    """The way of one task.

    Args:
        complete: the share of tasks that have arrived; the others are somewhere on their way.
    """
    path = _path(draws, project, task_type)
    left = len(path) if draws.chance(complete) else draws.below(len(path))
    created_ms = _FIRST_TASK_MS + draws.below(_MADE_WITHIN_MS)
    visits: list[Visit] = []
    now_ms = created_ms + 40
    for stage, review_status in path[:left]:
        visits.append(_visit(draws, stage, review_status, now_ms))
        now_ms = visits[-1].completed_ms + draws.below(3 * 86_400_000)
    person = visits[-1].person if len(visits) > 1 else draws.pick(LABELLERS)
    return Journey(created_ms, visits, path[left][0] if left < len(path) else COMPLETE, person)


def iso_time(epoch_ms: int) -> str:
    """Time as ISO-8601 in UTC with milliseconds.

    >>> iso_time(1740787200040)
    '2025-03-01T00:00:00.040Z'
    """
    return (_EPOCH + timedelta(milliseconds=epoch_ms)).isoformat(timespec="milliseconds")[:-6] + "Z"


def _path(draws: Draws, project: Project, task_type: TaskType) -> list[tuple[Stage, str | None]]:
    """Every stage before Complete, with the outcome of reviews."""
    start: list[tuple[Stage, str | None]] = [(START, None)]
    if task_type == "benchmark":
        return [*start, (LABEL, None)]
    if task_type == "consensus":
        judgments = CONSENSUS[: 2 + draws.below(2)]
        return [*start, *((stage, None) for stage in judgments), (project.review, draws.pick(_REVIEWED))]
    rework: list[tuple[Stage, str | None]] = [(LABEL, None), (project.review, "Rejected")]
    last = [(project.custom, None)] if draws.chance(0.3) else []
    return [
        *start,
        *rework * draws.pick(_REWORKS),
        (LABEL, None),
        (project.review, draws.pick(_REVIEWED)),
        *last,
    ]


def _visit(draws: Draws, stage: Stage, review_status: str | None, entered_ms: int) -> Visit:
    if stage is START:
        return Visit(stage, None, "", entered_ms, 0, 0, 0)
    duration = 5_000 + draws.below(600_000)
    idle = 300_000 + draws.below(600_000) if draws.chance(0.1) else 0
    blur = draws.below(20_000) if draws.chance(0.4) else 0
    person = draws.pick(REVIEWERS if review_status else LABELLERS)
    return Visit(stage, review_status, person, entered_ms + duration + idle + blur, duration, idle, blur)
