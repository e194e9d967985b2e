"""Write long shards: name the shards of each long asset, expand and store them one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from transforms.assemble_records import LongShardBlock
from transforms.counts import Count
from transforms.decode_records import TALLIES
from transforms.exchange.blocks import Block, read_block
from transforms.formats.manifest import LongAsset, ShardEntry
from transforms.formats.shard import long_shard_path, write_shard
from transforms.memory import give_back
from transforms.parts.long_record import LongShard
from transforms.records.buckets import BucketRange
from transforms.records.tally import Tally
from transforms.runs.shard_records import FinishedShards
from transforms.storage.object_store import ObjectStore
from transforms.video.expansion import VideoOptions
from transforms.write_shards import found_or_written

LONG_ASSETS = "long_assets"
_NAMED = "named"


@dataclass(eq=False)
class WriteLongShards(beam.PTransform):
    """Turn the shards of long records into stored ones.

    Each is expanded and written on whichever worker is free, and needs no
    other one. A worker holds the lines of one shard.

    Outputs ``entries``, one ``ShardEntry`` a shard; ``long_assets``, one
    ``LongAsset`` a task; and ``tallies`` of what is stored.

    Attributes:
        store: folder of the export.
        compression: ``none``, ``gzip`` or ``zstd``.
        video: which rows are written, and how.
        ranges: of the other shards, which count all assets if there are any.
        finished: shards that need not be written again; ``None`` to remember none.
    """

    store: ObjectStore
    compression: str
    video: VideoOptions
    ranges: beam.PCollection[list[BucketRange]]
    finished: FinishedShards | None = None

    def expand(self, blocks: beam.PCollection[tuple[str, LongShardBlock]]) -> Any:
        named = (
            blocks
            | "GroupByAsset" >> beam.GroupByKey()
            # (asset, [shard of a task of it, ...])
            | "NameShards"
            >> beam.FlatMap(
                _named, compression=self.compression, ranges=beam.pvalue.AsSingleton(self.ranges)
            ).with_outputs(LONG_ASSETS, TALLIES, main=_NAMED)
        )
        written = (
            named[_NAMED]
            | "SpreadShards" >> beam.Reshuffle()
            | "WriteLongShard"
            >> beam.ParDo(
                _WriteLongShard(self.store, self.compression, self.video, self.finished)
            ).with_outputs(TALLIES, main="entries")
        )
        tallies = (named[TALLIES], written[TALLIES]) | "FlattenLongTallies" >> beam.Flatten()
        return {"entries": written.entries, LONG_ASSETS: named[LONG_ASSETS], TALLIES: tallies}


def _named(
    asset: tuple[str, Iterable[LongShardBlock]], compression: str, ranges: Sequence[BucketRange]
) -> Iterator[Any]:
    """The shards of an asset are numbered over all its long tasks."""
    asset_key, unordered = asset
    blocks = sorted(unordered, key=lambda block: (block.task_id, block.number))
    paths = [long_shard_path(asset_key, index, len(blocks), compression) for index in range(len(blocks))]
    for path, block in zip(paths, blocks, strict=True):
        yield path, asset_key, block.content
    for task_id in sorted({block.task_id for block in blocks}):
        mine = [(path, block) for path, block in zip(paths, blocks, strict=True) if block.task_id == task_id]
        yield beam.pvalue.TaggedOutput(
            LONG_ASSETS,
            LongAsset(
                asset_id=asset_key,
                task_id=task_id,
                frames=mine[0][1].frames,
                parts=sum(block.parts for _, block in mine),
                shards=[path for path, _ in mine],
                shard_pages=[block.pages for _, block in mine],
            ),
        )
    if not ranges:
        yield beam.pvalue.TaggedOutput(TALLIES, Tally(counts={Count.ASSETS: 1}))


class _WriteLongShard(beam.DoFn):
    def __init__(
        self, store: ObjectStore, compression: str, video: VideoOptions, finished: FinishedShards | None
    ) -> None:
        self._store = store
        self._compression = compression
        self._video = video
        self._finished = finished

    def start_bundle(self) -> None:
        give_back()

    def process(self, named: tuple[str, str, Block]) -> Iterator[Any]:
        path, asset_key, content = named

        def write() -> tuple[ShardEntry, Tally]:
            (shard,) = read_block(content, LongShard)
            lines, tools = shard.written(self._video)
            entry = write_shard(self._store, path, list(lines), self._compression, (asset_key, asset_key))
            tally = _tally(shard)
            tally.count_tools(tools)
            return entry, tally

        yield from found_or_written(self._finished, write, path, asset_id=asset_key)


def _tally(shard: LongShard) -> Tally:
    is_first = shard.first_index == 0
    tally = Tally(parts=shard.count if is_first else 0)
    tally.count(Count.TASKS_EXPORTED, int(is_first))
    tally.count(Count.STAGE_HISTORY_EXPORTED, shard.stage_entries)
    tally.count(Count.FRAMES_EXPORTED, shard.frames_records)
    return tally
