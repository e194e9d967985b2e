"""Selection of an export on one line, from the config in its manifest."""

from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST = 3  # names of one kind


def selection_text(config: Mapping[str, Any]) -> str:
    """Only what is not the default of an export of tasks; a manifest may be of any age and from anywhere.

    >>> selection_text({"export": {"project": "p1", "stages": ["*"], "updated_at": {"after": "2024-05-01T00:00:00Z"}}})
    'p1, all stages, updated after 2024-05-01T00:00:00Z'
    """
    export = config.get("export")
    return ", ".join(_parts(export if isinstance(export, Mapping) else {}))


def _parts(export: Mapping[str, Any]) -> Iterator[str]:
    yield str(export.get("project") or "all projects")
    for key, default in (("type", "task"), ("generation", "v3")):
        if export.get(key, default) != default:
            yield f"{key} {export[key]}"
    stages = export.get("stages", ["Complete"])
    yield "all stages" if stages in ("*", ["*"]) else _names(stages)
    if export.get("batches"):
        yield f"batches {_names(export['batches'])}"
    if isinstance(tasks := export.get("tasks"), list) and tasks:
        yield f"{len(tasks):,} tasks by id"
    if export.get("task_types", ["default"]) != ["default"]:
        yield f"types {_names(export['task_types'])}"
    for key in ("updated_at", "created_at"):
        bounds = export.get(key)
        for bound in ("after", "before"):
            if isinstance(bounds, Mapping) and bounds.get(bound):
                yield f"{key.removesuffix('_at')} {bound} {bounds[bound]}"


def _names(names: Any) -> str:
    listed = [str(name) for name in names] if isinstance(names, list) else [str(names)]
    more = len(listed) - _LONGEST
    return " | ".join(listed[:_LONGEST]) + (f" and {more:,} more" if more > 0 else "")
