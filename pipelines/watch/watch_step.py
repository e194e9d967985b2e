"""One step of a watcher: from its earlier progress and one look, make the new progress and the reasons for exports."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.trigger_settings import TriggerSection
from framehaul.pipelines.watch.changed_files import Changed
from framehaul.pipelines.watch.listed_tables import Place
from framehaul.pipelines.watch.rules import Findings, find_arrivals, find_long_videos, find_source_changes
from framehaul.pipelines.watch.seen_tables import SeenVideo, WatchProgress
from framehaul.pipelines.watch.task_states import TaskStates
from framehaul.transforms.storage.redaction import redact


@dataclass(frozen=True)
class Look:
    """One look at the tables.

    Attributes:
        versions: of all files, as they were listed before any was read.
        changed: findings in files that are new or another version.
        gone: files that are not listed any more.
        unread: files that could not be read; they may still be being written.
    """

    versions: Mapping[Place, str]
    changed: Mapping[Place, Changed]
    gone: Collection[Place]
    unread: Collection[Place]


def next_step(
    before: WatchProgress, look: Look, config: ExportConfig, trigger: TriggerSection
) -> tuple[WatchProgress, Findings]:
    """What is seen now, but for its owner and its jobs, and which rules are met by it."""
    findings = Findings(of_everything=trigger.scope == "all" and config.export.project is None)
    states = TaskStates(before.tasks)
    moves = [move for found in look.changed.values() for move in states.take(found.tasks)]
    frames, videos = _frames(before, look), _videos(before, look)
    progress = msgspec.structs.replace(
        before,
        number=before.number + 1,
        files=_files(before, look),
        tasks=states.to_stored(),
        videos=videos,
        frames=frames,
        over=find_long_videos(findings, videos, frames, before.over, config.limits.long_video_frames),
        arrived=find_arrivals(findings, moves, before.arrived, trigger),
    )
    if trigger.source_changed:
        whose = {
            _url(place): found.projects | states.projects_of(found.task_ids)
            for place, found in look.changed.items()
        }
        find_source_changes(findings, whose, [_url(place) for place in look.gone])
    return progress, findings


def _files(before: WatchProgress, look: Look) -> dict[Place, str]:
    """Versions of files; a file that could not be read keeps its old one, so the next look finds it changed again."""
    files = {place: version for place, version in look.versions.items() if place not in look.unread}
    return files | {place: before.files[place] for place in look.unread if place in before.files}


def _frames(before: WatchProgress, look: Look) -> dict[Place, dict[str, bytes]]:
    kept = {
        place: pages
        for place, pages in before.frames.items()
        if place not in look.gone and place not in look.changed
    }
    return kept | {place: found.pages for place, found in look.changed.items() if found.pages}


def _videos(before: WatchProgress, look: Look) -> dict[str, SeenVideo]:
    """The newest copy of each video, in whichever file it is."""
    videos = dict(before.videos)
    for found in look.changed.values():
        for task_id, video in found.videos.items():
            if task_id not in videos or videos[task_id].updated_at <= video.updated_at:
                videos[task_id] = video
    return videos


def _url(place: Place) -> str:
    return redact(place.partition("\0")[2])
