"""Write long shards: name the shards of each long asset, expand and store them one by one."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam

from framehaul.transforms.counts import Count
from framehaul.transforms.exchange.blocks import Block, read_block
from framehaul.transforms.exports.manifest import LongAsset
from framehaul.transforms.kinds.kinds import V3, RecordKind
from framehaul.transforms.parts.long_record import LongShard, LongShardBlock
from framehaul.transforms.records.buckets import BucketRange
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.memory import release_memory
from framehaul.transforms.runs.shard_records import FinishedShards
from framehaul.transforms.shards.shard import long_shard_path
from framehaul.transforms.shards.shard_forms import ShardForms
from framehaul.transforms.shards.shard_writer import ShardWriter
from framehaul.transforms.step_outputs import (
    ASSET_PIECES,
    LONG_ASSETS,
    PIECES,
    TALLIES,
    count_written,
    outputs_of_kept_shard,
    tallies_of_shard,
)
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.video.expansion import VideoOptions

_NAMED = "named"


@dataclass(eq=False)
class WriteLongShards(beam.PTransform):
    """Turn the shards of long records into stored ones.

    Each is expanded and written on whichever worker is free, and needs no
    other one. A worker holds the lines of one shard.

    Outputs ``entries``, one ``ShardEntry`` a shard; ``long_assets``, one
    ``LongAsset`` a task; and ``tallies`` of what is stored; where the form of
    the output asks for it also ``pieces`` of whole records and ``asset_pieces``,
    (asset key, piece of lines).

    Attributes:
        store: folder of the export.
        compression: ``none``, ``gzip`` or ``zstd``.
        video: which rows are written, and how.
        ranges: of the other shards, which count all assets if there are any.
        forms: what becomes of the lines of a shard.
        finished: shards that need not be written again; ``None`` to remember none.
        kind: of the records; says what is counted of them.
    """

    store: ObjectStore
    compression: str
    video: VideoOptions
    ranges: beam.PCollection[list[BucketRange]]
    forms: ShardForms = field(default_factory=ShardForms)
    finished: FinishedShards | None = None
    kind: RecordKind = V3

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
                _WriteLongShard(
                    ShardWriter(self.store, self.compression, self.finished),
                    self.video,
                    self.forms,
                    self.kind,
                )
            ).with_outputs(TALLIES, PIECES, ASSET_PIECES, main="entries")
        )
        tallies = (named[TALLIES], written[TALLIES]) | "FlattenLongTallies" >> beam.Flatten()
        return {
            "entries": written.entries,
            LONG_ASSETS: named[LONG_ASSETS],
            TALLIES: tallies,
            PIECES: written[PIECES],
            ASSET_PIECES: written[ASSET_PIECES],
        }


def _named(
    asset: tuple[str, Iterable[LongShardBlock]], compression: str, ranges: Sequence[BucketRange]
) -> Iterator[Any]:
    """The shards of an asset are numbered over all its long tasks."""
    asset_key, unordered = asset
    blocks = sorted(unordered, key=lambda block: (block.task_id, block.number))
    paths = [long_shard_path(asset_key, index, len(blocks), compression) for index in range(len(blocks))]
    for path, block in zip(paths, blocks, strict=True):
        yield path, (asset_key, block.task_id, block.number), block.content
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
        self,
        writer: ShardWriter,
        video: VideoOptions,
        forms: ShardForms,
        kind: RecordKind,
    ) -> None:
        self._writer = writer
        self._video = video
        self._forms = forms
        self._kind = kind

    def start_bundle(self) -> None:
        release_memory()

    def process(self, named: tuple[str, tuple[str, str, int], Block]) -> Iterator[Any]:
        began = time.time()
        path, place, content = named
        if (record := self._writer.find_kept(path, asset_id=place[0])) is not None:
            yield from outputs_of_kept_shard(record, began)
            return
        (shard,) = read_block(content, LongShard)
        expanded, tools = shard.written(self._video)
        lines = list(expanded)
        form = self._forms.form
        tally = _tally(shard, self._kind, is_whole=form.is_single)
        tally.count_tools(tools)
        if form.has_shards:
            entry = self._writer.write(path, lines, (place[0], place[0]), tally)
            count_written(entry)
            yield entry
        elif form.is_by_asset:
            for lines_piece in self._forms.asset_piece(self._writer.store, place, lines):
                yield beam.pvalue.TaggedOutput(ASSET_PIECES, (place[0], lines_piece))
        for piece in self._forms.pieces_of_long_shard(self._writer.store, place, lines):
            yield beam.pvalue.TaggedOutput(PIECES, piece)
        yield from tallies_of_shard(tally, began)


def _tally(shard: LongShard, kind: RecordKind, *, is_whole: bool) -> Tally:
    is_first = shard.first_index == 0
    parts = 1 if is_whole else shard.count
    members = zip(kind.exported, shard.members, strict=True) if is_first else ()
    return Tally(counts=dict(members), parts=parts if is_first else 0)
