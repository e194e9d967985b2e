"""Rules of triggers: find the projects in which changes are reason enough for an export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.trigger_settings import TriggerSection
from framehaul.pipelines.watch.changed_files import unpack_pages
from framehaul.pipelines.watch.seen_tables import Kind, SeenVideo
from framehaul.pipelines.watch.task_states import Move

EVERYTHING = None
"""Stands for a run of all that the config selects, among projects."""


@dataclass
class Findings:
    """Reasons why exports should begin.

    Attributes:
        of_everything: whichever projects meet a rule, one export of all begins.
        reasons: for each project, rule and reason, as after ``--trigger``.
    """

    of_everything: bool = False
    reasons: dict[str | None, list[str]] = field(default_factory=dict)

    def target(self, project: str | None) -> str | None:
        """What an export is of that begins for a project."""
        return EVERYTHING if self.of_everything else project

    def add(self, projects: Iterable[str | None], rule: str, reason: str) -> None:
        for project in projects:
            self.reasons.setdefault(project, []).append(f"{rule}={reason}")

    def runs(self, config: ExportConfig) -> dict[str | None, list[str]]:
        """Runs that should begin: reasons by project. A run of everything replaces those of single projects."""
        chosen = config.export.project
        if chosen is not None:
            mine = [reason for project in (chosen, EVERYTHING) for reason in self.reasons.get(project, [])]
            return {EVERYTHING: mine} if mine else {}
        if EVERYTHING in self.reasons:
            every = [reason for reasons in self.reasons.values() for reason in reasons]
            return {EVERYTHING: list(dict.fromkeys(every))}
        return dict(sorted(self.reasons.items(), key=lambda item: item[0] or ""))


def find_source_changes(findings: Findings, urls: Mapping[str, set[str | None]], gone: Sequence[str]) -> None:
    """Apply ``source_changed``; a file that is gone counts for all projects, as nobody knows whose records it held.

    Args:
        urls: the projects of records in each new or changed file.
    """
    if gone:
        findings.add([EVERYTHING], "source_changed", f"{_first_and_number(gone)} gone")
    by_project: dict[str | None, list[str]] = {}
    for url, projects in urls.items():
        for target in {findings.target(project) for project in projects}:
            by_project.setdefault(target, []).append(url)
    for project, found in by_project.items():
        findings.add([project], "source_changed", f"{_first_and_number(found)} new or changed")


def find_long_videos(
    findings: Findings,
    videos: Mapping[str, SeenVideo],
    frames: Mapping[str, Mapping[str, bytes]],
    before: Iterable[str],
    limit: int,
) -> list[str]:
    """Apply ``long_video`` to videos that have come over ``limit``; returns the ids of all that are over it.

    Args:
        frames: pages of rows outside of their tasks, by file and task.
        before: ids of those that were over it.
    """
    known, over, new = set(before), [], dict[str | None, list[str]]()
    for task_id, video in videos.items():
        annotated = _annotated_frames(
            video, [pages[task_id] for pages in frames.values() if task_id in pages]
        )
        if annotated > limit:
            over.append(task_id)
            if task_id not in known:
                new.setdefault(findings.target(video.project), []).append(f"task {task_id} has {annotated:,}")
    for project, found in new.items():
        findings.add([project], "long_video", f"{_first_and_number(found)} annotated frames, over {limit:,}")
    return over


def _annotated_frames(video: SeenVideo, outside: Sequence[bytes]) -> int:
    pages = unpack_pages(video.pages)
    for more in outside:
        pages |= unpack_pages(more)
    return (pages & ((1 << video.frames) - 1)).bit_count()


def find_arrivals(
    findings: Findings,
    moves: Iterable[Move],
    arrived: Mapping[str, Mapping[str | None, int]],
    trigger: TriggerSection,
) -> dict[str, dict[str | None, int]]:
    """Apply ``newly_in_stage``; returns, by stage and project, how many tasks have arrived since the rule was last met."""
    sums = {stage: dict(arrived.get(stage, {})) for stage in trigger.newly_in_stage}
    for before, after, tasks in moves:
        for stage, counts in sums.items():
            if _is_in(after, stage) and not (before is not None and _is_in(before, stage)):
                counts[after[0]] = counts.get(after[0], 0) + tasks
    for stage, least in trigger.newly_in_stage.items():
        by_target: dict[str | None, list[str | None]] = {}
        for project in sums[stage]:
            by_target.setdefault(findings.target(project), []).append(project)
        for target, projects in by_target.items():
            if (tasks := sum(sums[stage][project] for project in projects)) >= least:
                reason = f"{tasks:,} tasks have come into {stage}, at least {least:,}"
                findings.add([target], "newly_in_stage", reason)
                for project in projects:
                    del sums[stage][project]
    return sums


def _is_in(kind: Kind, stage: str) -> bool:
    return stage in kind[1:]


def _first_and_number(found: Sequence[str]) -> str:
    more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    return f"{found[0]}{more}"
