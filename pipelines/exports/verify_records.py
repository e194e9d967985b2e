"""Checks that ``verify`` makes of records: their parts, the long assets, and how many there are."""

import itertools
from collections.abc import Iterator

import msgspec

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import Manifest, ShardEntry
from framehaul.transforms.exports.record_content import RecordContent, content_of
from framehaul.transforms.exports.record_frames import PagedRow
from framehaul.transforms.exports.record_parts import PartHead, check_follows
from framehaul.transforms.exports.shard_lines import ShardLines
from framehaul.transforms.kinds.kinds import LEGACY
from framehaul.transforms.records.buckets import bucket_of
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.tables import STAGE_HISTORY


class _Stretch(msgspec.Struct):
    """The lines of one task in one shard of a long asset."""

    lines: int
    first: PartHead
    last: PartHead

    @property
    def pages(self) -> tuple[int, int] | None:
        first, last = self.first.pages, self.last.pages
        return None if first is None or last is None else (first[0], last[1])


class RecordChecks:
    """What the lines of an export tell, read shard by shard in the groups of ``shard_groups``.

    Attributes:
        tally: what has been found; complete after the last group.
        left_out: records that were not looked into.
    """

    def __init__(self, manifest: Manifest) -> None:
        long_assets = manifest.long_assets
        self.tally = Tally()
        self._kind = manifest.kind
        self._form = manifest.form
        self.left_out = 0
        self._long_assets = long_assets
        self._asset_of = {path: asset.asset_id for asset in long_assets for path in asset.shards}
        self._long_ids = {asset.asset_id for asset in long_assets}
        self._stretches: dict[tuple[str, str], _Stretch] = {}  # by path and task
        self._assets: set[str] = set()  # of the group
        self._found: set[str] = set()  # of the long assets, which may be in several groups
        self._record: RecordContent | None = None  # of the line before, in the same group
        self._part: PartHead | None = None

    def of_shard(self, shard: ShardEntry, lines: ShardLines) -> Iterator[str]:
        """What is wrong with the records of a shard.

        Raises:
            ExportError: the shard cannot be read, or a line of it is no record.
        """
        assets: set[str] = set()
        for number, line in enumerate(itertools.chain.from_iterable(lines), 1):
            try:
                record, part = content_of(line, self._kind, self._form)
            except (msgspec.MsgspecError, StorageError) as error:
                raise StorageError(f"line {number}: {error}") from error
            assets.add(record.key[0])
            for problem in self._of_line(shard, record, part):
                yield f"{shard.path}: line {number}: {problem}"
            self._count(shard, record, part)
            self._record, self._part = record, part
        self._assets |= assets
        if lines.left_out:  # whose assets are not known
            return
        for name, found, said in (
            ("firstAssetId", min(assets, default=None), shard.first_asset_id),
            ("lastAssetId", max(assets, default=None), shard.last_asset_id),
        ):
            if found != said:
                yield f"{shard.path}: {name} is {found}, the manifest says {said}"

    def _of_line(self, shard: ShardEntry, record: RecordContent, part: PartHead) -> Iterator[str]:
        before = self._part if self._record is not None and record.key == self._record.key else None
        if before is None or before.is_last:
            yield from self._of_start(record)
            before = None
        elif self._record is not None and self._record.entries != record.entries:
            things = "tasks" if self._kind == LEGACY else "stage-history entries"
            yield f"it has {record.entries} {things}, the part before it {self._record.entries}"
        try:
            check_follows(before, part)
        except StorageError as error:
            yield str(error)
        yield from _of_pages(record, part)
        asset_key = record.key[0]
        if shard.buckets and not shard.buckets[0] <= bucket_of(asset_key) < shard.buckets[1]:
            yield f"asset {asset_key} is not in the buckets {shard.buckets[0]} to {shard.buckets[1]} of this shard"
        if self._asset_of.get(shard.path, asset_key) != asset_key:
            yield f"asset {asset_key} is in a shard of the long asset {self._asset_of[shard.path]}"

    def _of_start(self, record: RecordContent) -> Iterator[str]:
        """A record begins: the one before must be complete, and smaller."""
        if self._record is not None:
            yield from self._of_end(self._record)
            if record.key <= self._record.key and not self._form.is_single:  # which holds shard after shard
                yield f"task {record.key[1]} comes after task {self._record.key[1]}; records are sorted by asset and task"

    def _of_end(self, record: RecordContent) -> Iterator[str]:
        if self._part is not None and not self._part.is_last:
            yield f"the parts of task {record.key[1]} after part {self._part.index} of {self._part.count} are missing"

    def _count(self, shard: ShardEntry, record: RecordContent, part: PartHead) -> None:
        self.tally.count(Count.RECORDS)
        self.tally.count(Count.ANNOTATIONS, len(record.tools))
        for tool in record.tools:
            title = tool.title or ""
            self.tally.titles[title] = self.tally.titles.get(title, 0) + 1
        if part.index == 0:
            self.tally.parts += part.count
            self.tally.count(self._kind.exported[0], record.sources)
            self.tally.count(STAGE_HISTORY.exported, record.stage_entries)
        if shard.path in self._asset_of:
            stretch = self._stretches.setdefault((shard.path, record.key[1]), _Stretch(0, part, part))
            stretch.lines, stretch.last = stretch.lines + 1, part

    def of_group(self, last: ShardEntry) -> Iterator[str]:
        """What is wrong at the end of a group."""
        if self._record is not None:
            for problem in self._of_end(self._record):
                yield f"{last.path}: {problem}"
        if self._kind.has_assets:  # whose assets have no id
            self.tally.count(Count.ASSETS, len(self._assets - self._found))
        self._found |= self._assets & self._long_ids
        self._assets, self._record, self._part = set(), None, None

    def of_long_assets(self) -> Iterator[str]:
        """What ``longAssets`` says and the shards do not hold, once all have been read."""
        for asset in self._long_assets:
            found = [self._stretches.get((path, asset.task_id)) for path in asset.shards]
            stretches = [stretch for stretch in found if stretch is not None]
            pages = [None if stretch is None else stretch.pages for stretch in found]
            last = stretches[-1].last.last_page if stretches else None
            for name, there, said in (
                ("parts", sum(stretch.lines for stretch in stretches), asset.parts),
                ("frames", asset.frames if last is None else last + 1, asset.frames),
                ("shardPages", pages, asset.shard_pages),
            ):
                if there != said:
                    yield f"longAssets: {name} of task {asset.task_id} is {there}, the manifest says {said}"
        listed = {(path, asset.task_id) for asset in self._long_assets for path in asset.shards}
        for path, task_id in sorted(self._stretches.keys() - listed):
            yield f"longAssets: {path} holds task {task_id}, which the manifest does not list there"


def _of_pages(record: RecordContent, part: PartHead) -> Iterator[str]:
    """A video's parts end with its last frame, and a part holds rows of its own frames only."""
    if part.pages is None:
        return
    first, last = part.pages
    if part.is_last and record.metadata.frame_total != last + 1:
        yield f"it ends with frame {last}, but metadata.frameTotal is {record.metadata.frame_total}"
    pages = [row.frame for row in record.rows() if isinstance(row, PagedRow)]
    outside = next((page for page in pages if page is not None and not first <= page <= last), None)
    if outside is not None:
        yield f"it holds a row of frame {outside}, but has the frames {first} to {last}"
