"""Write shards: cut them from the buckets, sort each one and store it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from transforms.counts import Count, Progress
from transforms.decode_records import TALLIES
from transforms.exchange.blocks import Block, read_block
from transforms.formats.manifest import ShardEntry
from transforms.formats.shard import shard_path, write_shard
from transforms.memory import give_back
from transforms.metrics import count, count_all
from transforms.records.buckets import BUCKETS, BucketBytes, BucketRange, cut_shards, no_bytes, overlapping
from transforms.records.record_line import RecordLine
from transforms.records.tally import Tally
from transforms.runs.shard_records import FinishedShards
from transforms.storage.object_store import ObjectStore


@dataclass(eq=False)
class WriteShards(beam.PTransform):
    """Turn blocks of lines into stored shards.

    Which records a shard holds depends on their assets and sizes alone, and
    lines are sorted. So a retried bundle overwrites its shard with the very
    same bytes, and any splitting of the input gives the same export.

    A worker holds the lines of one shard: about ``shard_bytes``, or the lines
    of one bucket where these are more.

    Outputs ``entries``, one ``ShardEntry`` a shard, and ``tallies`` of what is stored.

    Attributes:
        store: folder of the export.
        groups: as given to ``AssembleRecords``.
        compression: ``none``, ``gzip`` or ``zstd``.
        ranges: as ``CutShards`` gives them.
        finished: shards that need not be written again; ``None`` to remember none.
    """

    store: ObjectStore
    groups: int
    compression: str
    ranges: beam.PCollection[list[BucketRange]]
    finished: FinishedShards | None = None

    def expand(self, lines: beam.PCollection[tuple[int, Block]]) -> Any:
        every_shard = self.ranges | "ListShards" >> beam.FlatMap(_shards_without_blocks)
        blocks = lines | "AssignToShards" >> beam.FlatMap(
            _with_shard, groups=self.groups, ranges=beam.pvalue.AsSingleton(self.ranges)
        )
        return (
            (every_shard, blocks)
            | "FlattenBlocks" >> beam.Flatten()
            | "GroupByShard" >> beam.GroupByKey()
            # (shard, [block or None, ...])
            | "WriteShard"
            >> beam.ParDo(
                _WriteShard(self.store, self.compression, self.finished),
                ranges=beam.pvalue.AsSingleton(self.ranges),
            ).with_outputs(TALLIES, main="entries")
        )


@dataclass(eq=False)
class CutShards(beam.PTransform):
    """Turn counted buckets into one list: the bucket range of shard 0, of shard 1, ...

    Attributes:
        shard_bytes: uncompressed size of a shard to aim for.
    """

    shard_bytes: int

    def expand(self, bucket_bytes: beam.PCollection[BucketBytes]) -> beam.PCollection[list[BucketRange]]:
        return (
            bucket_bytes
            | "SumBuckets" >> beam.CombineGlobally(_sum_buckets)
            | "CutShards" >> beam.Map(cut_shards, shard_bytes=self.shard_bytes)
        )


def _sum_buckets(counted: Iterable[BucketBytes]) -> BucketBytes:
    total = no_bytes()
    for part in counted:
        total += part
    return total


def _shards_without_blocks(ranges: list[BucketRange]) -> Iterator[tuple[int, Block | None]]:
    """A shard that no block belongs to is written too: an export without records has one that is empty."""
    for shard in range(len(ranges)):
        yield shard, None


def _with_shard(
    block: tuple[int, Block], groups: int, ranges: list[BucketRange]
) -> Iterator[tuple[int, Block | None]]:
    """A block goes to every shard that may hold lines of it."""
    group, content = block
    # The buckets b with b * groups // BUCKETS == group.
    buckets = BucketRange(-(-group * BUCKETS // groups), -(-(group + 1) * BUCKETS // groups))
    for shard in overlapping(ranges, buckets):
        yield shard, content


class _WriteShard(beam.DoFn):
    def __init__(self, store: ObjectStore, compression: str, finished: FinishedShards | None) -> None:
        self._store = store
        self._compression = compression
        self._finished = finished

    def start_bundle(self) -> None:
        give_back()

    def process(self, shard: tuple[int, Iterable[Block | None]], ranges: list[BucketRange]) -> Iterator[Any]:
        index, blocks = shard
        path = shard_path(index, len(ranges), self._compression)
        buckets = (ranges[index].start, ranges[index].end)

        def write() -> tuple[ShardEntry, Tally]:
            lines = _sorted_lines(blocks, ranges[index])
            tally = _tally(lines)
            lines = [line for line in lines if line.line]
            asset_ids = (lines[0].asset_key, lines[-1].asset_key) if lines else None
            content = [line.line for line in lines]
            return write_shard(self._store, path, content, self._compression, asset_ids, buckets), tally

        yield from found_or_written(self._finished, write, path, buckets=buckets)


def found_or_written(
    finished: FinishedShards | None,
    write: Callable[[], tuple[ShardEntry, Tally]],
    path: str,
    *,
    buckets: tuple[int, int] | None = None,
    asset_id: str | None = None,
) -> Iterator[Any]:
    """The outputs of a shard, which is written unless an earlier run of the export has; see ``FinishedShards``."""
    record = finished.found(path, buckets, asset_id) if finished is not None else None
    if record is not None:
        entry, tally = record.entry, record.tally
        count(Progress.SHARDS_KEPT)
        count_all(tally.counts)
    else:
        entry, tally = write()
        if finished is not None:
            finished.remember(entry, tally)
        count_written(entry, tally)
    yield beam.pvalue.TaggedOutput(TALLIES, tally)
    yield entry


def _sorted_lines(blocks: Iterable[Block | None], buckets: BucketRange) -> list[RecordLine]:
    lines = [
        line
        for block in blocks
        if block is not None
        for line in read_block(block, RecordLine)
        if buckets.start <= line.bucket < buckets.end
    ]
    lines.sort(key=lambda line: (line.asset_key, line.task_id, line.part))
    return lines


def _tally(lines: list[RecordLine]) -> Tally:
    tally = Tally(parts=sum(line.parts for line in lines))
    tally.count(Count.TASKS_EXPORTED, sum(line.parts > 0 for line in lines))
    tally.count(Count.STAGE_HISTORY_EXPORTED, sum(line.stage_entries for line in lines))
    tally.count(Count.FRAMES_EXPORTED, sum(line.frames_records for line in lines))
    # Assets with shards of their own are here too, each with an empty line.
    tally.count(Count.ASSETS, len({line.asset_key for line in lines}))
    return tally


def count_written(entry: ShardEntry, tally: Tally) -> None:
    """Show that a shard is stored, and what is in it."""
    count(Progress.SHARDS_WRITTEN)
    count(Progress.BYTES_WRITTEN, entry.size_bytes)
    count_all(tally.counts)
