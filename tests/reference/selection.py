"""Which tasks the reference exports.

Part of the independent judge (see ``reference.export``).
"""

from collections.abc import Mapping
from typing import Any

from reference import checks as names
from reference.reading import first_present, instant, instant_or_none
from reference.rendering import batches_of


def is_selected(task: Mapping[str, Any], export: Mapping[str, Any]) -> bool:
    """Whether the filters of the config let this copy of a task through."""
    project = export.get("project")
    task_type = "default" if task.get("type") is None else task["type"]
    tasks, batches = export.get("tasks") or [], export.get("batches") or []
    return (
        (project is None or first_present(task, names.PROJECT_ID) == project)
        and _allows(export.get("stages", ["Complete"]), task["stage"], task.get("stageId"))
        and _allows(export.get("task_types", ["default"]), task_type)
        and (not tasks or first_present(task, names.TASK_ID) in tasks)
        and (not batches or any(batch in batches for batch in batches_of(task)))
        and is_between(task.get("updatedAt"), export.get("updated_at"))
        and is_between(task.get("createdAt"), export.get("created_at"))
    )


def _allows(wanted: str | list[str], *values: str | None) -> bool:
    wanted = [wanted] if isinstance(wanted, str) else wanted
    return "*" in wanted or any(value in wanted for value in values)


def is_between(time: Any, bounds: Mapping[str, Any] | None) -> bool:
    """Both bounds exclusive, to the microsecond."""
    after, before = (instant_or_none((bounds or {}).get(name)) for name in ("after", "before"))
    if time is None:
        return after is None and before is None
    moment = instant(time)
    return (after is None or moment > after) and (before is None or moment < before)
