"""All exports under one folder: one listing, and one small read for each of them."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from enum import StrEnum

import msgspec

from framehaul.pipelines.exports.selection_text import selection_text
from framehaul.transforms.counts import Count
from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.export_reader import open_if_finished
from framehaul.transforms.exports.latest import LATEST_FOLDER, named_by, pointers_to_projects, project_of
from framehaul.transforms.exports.manifest import LATEST_NAME, Manifest
from framehaul.transforms.exports.verdict import Verdict, fault_of, verdict_of
from framehaul.transforms.runs.claims import CLAIMS, OWN_FOLDER, Holder, holders
from framehaul.transforms.storage.folders import folders_in
from framehaul.transforms.storage.object_store import ObjectStore

_AT_ONCE = 8
_WRITTEN_FIRST = re.compile(
    r"\.framehaul/|data/|README\.md$|croissant\.json$|dead-letters\.ndjson$|manifest\.json\.sha256$"
)
_STOPPED = (
    "was not finished: `framehaul run --resume` may go on with it, `framehaul clean --unfinished` removes it"
)
_STARTED = re.compile(r"-(\d{8}T\d{6})Z$")


class State(StrEnum):
    """What became of an export."""

    WHOLE = "whole"
    RUNNING = "running"
    INCOMPLETE = "incomplete"  # it has no manifest, and nobody is writing it
    UNREADABLE = "unreadable"  # it has a manifest that cannot be read, or is of a newer version


class ExportSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One export; what only its manifest tells is ``None`` where that is missing or cannot be read.

    Attributes:
        folder: name of its folder, which is the id that it was written with.
        verdict: whether it counts as good, if it is whole.
        latest: whether ``latest.json`` or the pointer of a project names it.
        project: that it is of; ``None`` where it is of all.
        started_at: ISO-8601 UTC, as all times.
        seconds: from start to finish.
        bytes_read_per_second, records_per_second: of the input, over all of that; ``None`` where an older version
            wrote the export.
        selection: on one line.
        input_bytes: of all tables, as stored.
        records: lines of all shards.
        objects: number of shards; of all objects where there is no manifest.
        size_bytes: of these, as stored (``bytes`` in JSON).
        dead_letters: records set aside.
        problem: for a person to read; why it is not whole, or does not count as good.
    """

    folder: str
    url: str
    state: State
    verdict: Verdict | None = None
    latest: bool = False
    project: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    seconds: float | None = None
    bytes_read_per_second: float | None = None
    records_per_second: float | None = None
    selection: str | None = None
    input_bytes: int | None = None
    records: int | None = None
    objects: int | None = None
    size_bytes: int | None = msgspec.field(default=None, name="bytes")
    dead_letters: int | None = None
    problem: str | None = None


def list_exports(output: ObjectStore) -> list[ExportSummary]:
    """Every export under ``output``, by the time it was started; other folders are left out.

    Memory holds as many manifests as are read at a time.

    Raises:
        StorageError: the folder cannot be listed.
    """
    folders = [folder for folder in folders_in(output) if not folder.startswith(".")]
    pointers = [LATEST_NAME, *(pointers_to_projects(output) if LATEST_FOLDER in folders else ())]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="history") as pool:
        latest = set(pool.map(lambda pointer: _named_if_known(output, pointer), pointers))
        found = pool.map(lambda folder: _summary(output, folder, latest=folder in latest), folders)
        return _sorted(summary for summary in found if summary is not None)


def _named_if_known(output: ObjectStore, pointer: str) -> str | None:
    try:
        return named_by(output, pointer)
    except StorageError:
        return None  # no reason to show nothing; who deletes asks again


def _summary(output: ObjectStore, folder: str, *, latest: bool) -> ExportSummary | None:
    store = ObjectStore(output.url_of(folder), output.options)
    try:
        export = open_if_finished(store)
        if export is None:
            return _unfinished(store, folder)
    except StorageError as error:
        return ExportSummary(
            folder=folder, url=store.base_url, latest=latest, state=State.UNREADABLE, problem=str(error)
        )
    return _finished(store, folder, export.manifest, latest=latest)


def _finished(store: ObjectStore, folder: str, manifest: Manifest, *, latest: bool) -> ExportSummary:
    return ExportSummary(
        folder=folder,
        url=store.base_url,
        state=State.WHOLE,
        verdict=verdict_of(manifest),
        latest=latest,
        project=project_of(manifest),
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        seconds=_seconds_between(manifest.started_at, manifest.finished_at),
        bytes_read_per_second=manifest.metrics.bytes_read_per_second if manifest.metrics else None,
        records_per_second=manifest.metrics.records_per_second if manifest.metrics else None,
        selection=selection_text(manifest.config),
        input_bytes=sum(file.bytes for file in manifest.source),
        records=manifest.counts.get(Count.RECORDS),
        objects=len(manifest.shards),
        size_bytes=sum(shard.size_bytes for shard in manifest.shards),
        dead_letters=manifest.dead_letters.count,
        problem=f"does not count as good: {fault}" if (fault := fault_of(manifest)) else None,
    )


def _unfinished(store: ObjectStore, folder: str) -> ExportSummary | None:
    """``None`` for a folder in which nothing looks like an export."""
    listed = store.list_objects("")
    if not any(_WRITTEN_FIRST.match(path) for path in listed):
        return None
    holder = _living(store) if any(path.startswith(CLAIMS) for path in listed) else None
    objects = [found for path, found in listed.items() if not path.startswith(f"{OWN_FOLDER}/")]
    return ExportSummary(
        folder=folder,
        url=store.base_url,
        state=State.RUNNING if holder else State.INCOMPLETE,
        started_at=_started(folder),
        objects=len(objects),
        size_bytes=sum(found.size for found in objects),
        problem=f"is being written by {holder}" if holder else _STOPPED,
    )


def _living(store: ObjectStore) -> Holder | None:
    """The run that is writing to the folder, if there is one."""
    return next((holder for holder in holders(store) if holder.is_alive), None)


def _started(folder: str) -> str | None:
    """From the id, where it was made by this program."""
    match = _STARTED.search(folder)
    if match is None:
        return None
    try:
        return f"{datetime.strptime(match[1], '%Y%m%dT%H%M%S').isoformat()}.000Z"
    except ValueError:
        return None


def _seconds_between(started: str, finished: str) -> float | None:
    try:
        return (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    except (ValueError, TypeError):  # a manifest may come from anywhere
        return None


def _sorted(summaries: Iterable[ExportSummary]) -> list[ExportSummary]:
    return sorted(summaries, key=lambda summary: (summary.started_at or "", summary.folder))
