"""Groups of exports: those that follow each other, so that the newer one stands in for the older."""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from framehaul.pipelines.exports.history import ExportSummary

# Ids of exports that begin by themselves: NAME-DUE, and NAME-tNUMBER[-PROJECT]-TIME where a trigger has started them.
_BY_ITSELF = re.compile(r"(?P<schedule>.+?)(-t\d{6}(-.+)?)?-\d{8}T\d{6}Z")


class GroupBy(StrEnum):
    """What exports of one group have in common."""

    PROJECT = "project"
    SCHEDULE = "schedule"


EVERY_WAY = frozenset(GroupBy)


def schedule_of(folder: str) -> str | None:
    """The schedule that has made an export, by its id: what stands before the time.

    An id that the program has made up, ``<project or "all">-<time>``, gives exports that were run by hand a group of
    their own; any other id gives none.

    >>> schedule_of("nightly-20261122T021500Z"), schedule_of("nightly-t000002-p1-20261122T120030Z")
    ('nightly', 'nightly')
    """
    match = _BY_ITSELF.fullmatch(folder)
    return match["schedule"] if match else None


def groups_of(exports: Iterable[ExportSummary], by: Collection[GroupBy]) -> list[list[ExportSummary]]:
    """The exports of each group, in the order in which they came; all of them are one where ``by`` is empty."""
    groups: dict[tuple[str | None, str | None], list[ExportSummary]] = {}
    for export in exports:
        project = export.project if GroupBy.PROJECT in by else None
        schedule = schedule_of(export.folder) if GroupBy.SCHEDULE in by else None
        groups.setdefault((project, schedule), []).append(export)
    return list(groups.values())
