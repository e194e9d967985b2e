"""Selection of the tasks that an export holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from framehaul.transforms.records.times import NO_TIME

ANY = "*"
DEFAULT_TYPE = "default"  # what a task of a generation without types is


@dataclass(frozen=True)
class Between:
    """An open interval of time: neither bound is inside, as in the platform's own filter.

    Attributes:
        after, before: sortable times (``records.times``); ``""`` is no bound.
    """

    after: str = NO_TIME
    before: str = NO_TIME

    def holds(self, time: str) -> bool:
        """Tell whether ``time`` is inside. A record without the time is inside only if there is no bound."""
        if not time:
            return not self.after and not self.before
        return time > self.after and (not self.before or time < self.before)


@dataclass(frozen=True)
class Selection:
    """The filters of ``export:``; a task must pass all of them.

    Attributes:
        project: project id, or ``None`` for every project.
        stages: names or ids; ``"*"`` among them is all.
        batches: names, one of which must be the task's; empty is all.
        tasks: task ids; empty is all.
        task_types: ``"*"`` among them is all. A task without a type counts as ``default``.
        updated_at, created_at: open intervals.
    """

    project: str | None = None
    stages: frozenset[str] = frozenset(["Complete"])
    batches: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    task_types: frozenset[str] = frozenset([DEFAULT_TYPE])
    updated_at: Between = Between()
    created_at: Between = Between()

    @property
    def looks_beyond_records(self) -> bool:
        """True if a filter looks at a key that records lack, so that equal records may differ in being selected."""
        return self.project is not None or self.created_at != Between()

    def selects(  # noqa: PLR0913 - one argument per filter
        self,
        *,
        task_id: str,
        project: str | None,
        stage: str,
        stage_id: str | None,
        batches: Sequence[str],
        task_type: str | None,
        updated_at: str,
        created_at: str,
    ) -> bool:
        """Tell whether a task passes every filter; times as in ``records.times``."""
        return (
            (self.project is None or project == self.project)
            and (ANY in self.stages or stage in self.stages or stage_id in self.stages)
            and (not self.batches or not self.batches.isdisjoint(batches))
            and (not self.tasks or task_id in self.tasks)
            and (ANY in self.task_types or (task_type or DEFAULT_TYPE) in self.task_types)
            and self.updated_at.holds(updated_at)
            and self.created_at.holds(created_at)
        )

    def selects_issue(
        self,
        *,
        task_id: str | None,
        project: str | None,
        batches: Sequence[str],
        updated_at: str,
        created_at: str,
    ) -> bool:
        """Tell whether an issue passes the filters that apply to issues: stages and types are those of tasks."""
        return (
            (self.project is None or project == self.project)
            and (not self.batches or not self.batches.isdisjoint(batches))
            and (not self.tasks or task_id in self.tasks)
            and self.updated_at.holds(updated_at)
            and self.created_at.holds(created_at)
        )
