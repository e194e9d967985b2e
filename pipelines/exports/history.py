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
from framehaul.transforms.exports.manifest import LATEST_NAME, Manifest
from framehaul.transforms.runs.claims import CLAIMS, OWN_FOLDER, Holder, holders
from framehaul.transforms.storage.folders import folders_in
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.small_objects import read_if_there

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
        latest: whether ``latest.json`` names it.
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
        problem: for a person to read.
    """

    folder: str
    url: str
    state: State
    latest: bool = False
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
    latest = _latest_if_known(output)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="history") as pool:
        folders = (folder for folder in folders_in(output) if not folder.startswith("."))
        found = pool.map(lambda folder: _summary(output, folder, latest=folder == latest), folders)
        return _sorted(summary for summary in found if summary is not None)


def latest_folder(output: ObjectStore) -> str | None:
    """The folder that ``latest.json`` names; ``None`` where there is no such file.

    Raises:
        StorageError: it cannot be read.
    """
    content = read_if_there(output, LATEST_NAME)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=_Latest).manifest.rpartition("/")[0]
    except msgspec.MsgspecError as error:
        raise StorageError(f"{output.url_of(LATEST_NAME)} does not name an export: {error}") from error


class _Latest(msgspec.Struct):
    manifest: str


def _latest_if_known(output: ObjectStore) -> str | None:
    try:
        return latest_folder(output)
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
        latest=latest,
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
