"""``framehaul frames``: some frames of one asset, without reading the rest of the export."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from framehaul.pipelines.exports.standard_output import in_blocks, write_to_standard_output
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.exports.export_reader import StoredExport, open_export
from framehaul.transforms.exports.manifest import LongAsset, Manifest, ShardEntry
from framehaul.transforms.exports.record_content import V3Head
from framehaul.transforms.exports.record_frames import only_frames
from framehaul.transforms.exports.record_parts import PartHead, TakenApart, check_follows, taken_apart
from framehaul.transforms.exports.record_spool import RecordSpool
from framehaul.transforms.exports.shard_reader import StoredRecord
from framehaul.transforms.kinds.kinds import V3
from framehaul.transforms.records.buckets import bucket_of
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass(frozen=True)
class WantedFrames:
    """Frames of one asset.

    Attributes:
        asset_id: the task id where the asset has none.
        first, last: frames, counted from 0, both inclusive.
        task_id: of the only task to look at; ``None`` for all.
    """

    asset_id: str
    first: int
    last: int
    task_id: str | None = None

    def __str__(self) -> str:
        return (
            f"asset {self.asset_id}"
            if self.task_id is None
            else f"task {self.task_id} of asset {self.asset_id}"
        )

    def may_be_in(self, pages: tuple[int, int] | None) -> bool:
        """Whether lines that hold the frames ``pages`` are needed.

        Those that hold frame 0 always are: rows without a frame are in them.
        """
        return pages is None or pages[0] == 0 or (pages[0] <= self.last and pages[1] >= self.first)


def print_frames(store: ObjectStore, wanted: WantedFrames) -> None:
    """Print what ``frames_of`` finds, once all of it is found.

    Raises:
        ConfigError: the last frame comes before the first.
        SourceError, StorageError: see ``frames_of``.
    """
    if wanted.last < wanted.first:
        raise ConfigError(f"--from is {wanted.first} and --to is {wanted.last}; --to is the last frame")
    tasks = frames_of(open_export(store), wanted)
    write_to_standard_output(in_blocks(piece for task in tasks for piece in task.line()))


def frames_of(export: StoredExport, wanted: WantedFrames) -> list["FramesOfTask"]:
    """The records of one asset, one for each task, with the rows of some frames only.

    Rows without a frame (relations, answers about the whole video) are in
    every such record; ``part`` tells which frames are in it, which are fewer
    than wanted if the video ends before. Every shard that had to be read is whole.

    Raises:
        SourceError, StorageError: an object is missing or damaged, there is no
            such asset or task, it is no video, or it ends before the first frame.
    """
    store, manifest = export.store, export.manifest
    if manifest.kind != V3:
        raise StorageError(
            f"{store.base_url} has records of kind {manifest.kind.name}; frames are read from exports of generation v3"
        )
    if export.form.is_single:
        raise StorageError(
            f"{store.base_url} is one {export.form.file_format} object, which would have to be read from its beginning; "
            "`frames` reads exports of the format ndjson-split"
        )
    tasks = _read(export, wanted)
    if not tasks:
        raise StorageError(f"{store.base_url} holds no {wanted}")
    for task in tasks:
        task.finish()
    return tasks


def shards_of(manifest: Manifest, wanted: WantedFrames) -> list[ShardEntry]:
    """The shards that may hold the wanted frames, in the order of the manifest."""
    entries = [asset for asset in manifest.long_assets if asset.asset_id == wanted.asset_id]
    paths = {path for entry in entries for path in _long_shards(entry, wanted)}
    if unknown := sorted(paths - {shard.path for shard in manifest.shards}):
        raise StorageError(f"the manifest names {unknown[0]} as a long asset's, but not among its shards")
    if wanted.task_id not in {entry.task_id for entry in entries}:  # an asset may have short tasks as well
        of_long_assets = {path for asset in manifest.long_assets for path in asset.shards}
        bucket = bucket_of(wanted.asset_id)
        paths |= {
            shard.path for shard in manifest.shards if _may_hold(shard, wanted.asset_id, bucket)
        } - of_long_assets
    return [shard for shard in manifest.shards if shard.path in paths]


def _long_shards(entry: LongAsset, wanted: WantedFrames) -> Iterator[str]:
    if wanted.task_id not in (None, entry.task_id):
        return
    pages = entry.shard_pages or [None] * len(entry.shards)
    for path, in_shard in zip(entry.shards, pages, strict=False):
        if wanted.may_be_in(in_shard):
            yield path


def _may_hold(shard: ShardEntry, asset_id: str, bucket: int) -> bool:
    if shard.first_asset_id is None or shard.last_asset_id is None:
        return False
    is_between = shard.first_asset_id <= asset_id <= shard.last_asset_id
    return is_between and (shard.buckets is None or shard.buckets[0] <= bucket < shard.buckets[1])


_HEAD = msgspec.json.Decoder(V3Head)


def _read(export: StoredExport, wanted: WantedFrames) -> list["FramesOfTask"]:
    """What the export holds of the wanted frames, by task."""
    tasks: dict[str, FramesOfTask] = {}
    for shard in shards_of(export.manifest, wanted):
        for stored in export.records(shard):
            try:
                _look_at(stored, wanted, tasks, with_entries=export.form.with_entries)
            except (StorageError, msgspec.MsgspecError) as error:
                raise stored.located(error) from error
    return list(tasks.values())


def _look_at(
    stored: StoredRecord, wanted: WantedFrames, tasks: dict[str, "FramesOfTask"], *, with_entries: bool
) -> None:
    part = stored.part
    if part is None or not wanted.may_be_in(part.pages):
        return
    record = _HEAD.decode(stored.line)
    asset_id, task_id = record.key
    if asset_id != wanted.asset_id or wanted.task_id not in (None, task_id):
        return
    if part.pages is None:
        raise StorageError(f"{wanted} is no video, so it has no frames")
    if task_id not in tasks:
        tasks[task_id] = FramesOfTask(wanted, record.metadata.frame_total)
    tasks[task_id].add(part, part.pages, taken_apart(stored.line, with_entries=with_entries))


class FramesOfTask:
    """The wanted frames of one task, put together from its parts.

    Raises:
        StorageError: the video ends before the first of them.
    """

    def __init__(self, wanted: WantedFrames, frame_total: Any) -> None:
        if not isinstance(frame_total, int | float) or wanted.first >= frame_total:
            raise StorageError(
                f"{wanted} has {frame_total} frames, counted from 0, and so no frame {wanted.first}"
            )
        self._first = wanted.first
        self._end = min(wanted.last, int(frame_total) - 1)
        self._before: PartHead | None = None
        self._reached = -1  # the last frame of the parts so far
        self._spool: RecordSpool | None = None

    def add(self, part: PartHead, pages: tuple[int, int], line: TakenApart) -> None:
        """Keep what is wanted of a part. Those between frame 0 and the first wanted frame may have been left out."""
        before = self._before
        leaps = before is not None and part.index > before.index and self._reached < self._first
        if not (leaps and pages[0] <= self._first):
            check_follows(before, part)
        self._before, self._reached = part, pages[1]
        rows = only_frames(line, self._first, self._end)
        if self._spool is None:
            self._spool = RecordSpool(rows, None)
        else:
            self._spool.add(rows)

    def finish(self) -> None:
        """Raises ``StorageError`` where frames are missing at the end."""
        if self._reached < self._end:
            first = max(self._reached + 1, self._first)
            raise StorageError(f"the export is not whole: the frames {first} to {self._end} are missing")

    def line(self) -> Iterator[bytes]:
        if self._spool is not None:
            with self._spool as spool:
                yield from spool.pieces(PartHead(0, 1, self._first, self._end))
                yield b"\n"
