"""Write shards: cut them from the buckets, sort each one and store it."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam

from framehaul.transforms.counts import Count
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.kinds.kinds import V3, RecordKind
from framehaul.transforms.records.buckets import (
    BUCKETS,
    BucketBytes,
    BucketRange,
    cut_shards,
    no_bytes,
    overlapping,
)
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.memory import release_memory
from framehaul.transforms.runs.shard_records import FinishedShards
from framehaul.transforms.shards.shard import shard_path
from framehaul.transforms.shards.shard_forms import ShardForms
from framehaul.transforms.shards.shard_writer import ShardWriter
from framehaul.transforms.step_outputs import (
    ASSET_PIECES,
    PIECES,
    TALLIES,
    count_written,
    outputs_of_kept_shard,
    tallies_of_shard,
)
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass(eq=False)
class WriteShards(beam.PTransform):
    """Turn blocks of lines into stored shards.

    Which records a shard holds depends on their assets and sizes alone, and
    lines are sorted. So a retried bundle overwrites its shard with the very
    same bytes, and any splitting of the input gives the same export.

    A worker holds the lines of one shard: about ``shard_bytes``, or the lines
    of one bucket where these are more.

    Outputs ``entries``, one ``ShardEntry`` an object, and ``tallies`` of what is stored;
    where the form of the output asks for it also ``pieces`` of whole records
    and ``asset_pieces``, (asset key, piece of lines).

    Attributes:
        store: folder of the export.
        groups: as given to ``AssembleRecords``.
        compression: ``none``, ``gzip`` or ``zstd``.
        ranges: as ``CutShards`` gives them.
        forms: what becomes of the lines of a shard.
        finished: shards that need not be written again; ``None`` to remember none.
        kind: of the records; says what is counted of them.
    """

    store: ObjectStore
    groups: int
    compression: str
    ranges: beam.PCollection[list[BucketRange]]
    forms: ShardForms = field(default_factory=ShardForms)
    finished: FinishedShards | None = None
    kind: RecordKind = V3

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
                _WriteShard(ShardWriter(self.store, self.compression, self.finished), self.forms, self.kind),
                ranges=beam.pvalue.AsSingleton(self.ranges),
            ).with_outputs(TALLIES, PIECES, ASSET_PIECES, main="entries")
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
    def __init__(
        self,
        writer: ShardWriter,
        forms: ShardForms,
        kind: RecordKind,
    ) -> None:
        self._writer = writer
        self._forms = forms
        self._kind = kind

    def start_bundle(self) -> None:
        release_memory()

    def process(self, shard: tuple[int, Iterable[Block | None]], ranges: list[BucketRange]) -> Iterator[Any]:
        began = time.time()
        index, blocks = shard
        path = shard_path(index, len(ranges), self._writer.compression)
        buckets = (ranges[index].start, ranges[index].end)
        if (record := self._writer.find_kept(path, buckets)) is not None:
            yield from outputs_of_kept_shard(record, began)
            return
        lines = _sorted_lines(blocks, ranges[index])
        tally = _tally(lines, self._kind)
        if self._forms.form.is_by_asset:
            yield from self._asset_objects(lines)
        lines = [line for line in lines if line.line]
        if self._forms.form.has_shards:
            yield self._shard(path, buckets, lines, tally)
        for piece in self._forms.pieces_of_shard(self._writer.store, index, lines):
            yield beam.pvalue.TaggedOutput(PIECES, piece)
        yield from tallies_of_shard(tally, began)

    def _shard(
        self, path: str, buckets: tuple[int, int], lines: list[RecordLine], tally: Tally
    ) -> ShardEntry:
        asset_ids = (lines[0].asset_key, lines[-1].asset_key) if lines else None
        entry = self._writer.write(path, [line.line for line in lines], asset_ids, tally, buckets)
        count_written(entry)
        return entry

    def _asset_objects(self, lines: list[RecordLine]) -> Iterator[Any]:
        for made in self._forms.asset_objects(self._writer.store, lines):
            if isinstance(made, ShardEntry):
                count_written(made)
                yield made
            else:
                yield beam.pvalue.TaggedOutput(ASSET_PIECES, (made.place[0], made))


def _sorted_lines(blocks: Iterable[Block | None], buckets: BucketRange) -> list[RecordLine]:
    lines = [
        line
        for some in read_blocks((block for block in blocks if block is not None), RecordLine)
        for line in some
        if buckets.start <= line.bucket < buckets.end
    ]
    lines.sort(key=lambda line: (line.asset_key, line.task_id, line.part))
    return lines


def _tally(lines: list[RecordLine], kind: RecordKind) -> Tally:
    tally = Tally(parts=sum(line.parts for line in lines))
    for name, *numbers in zip(kind.exported, *(line.members for line in lines if line.members), strict=True):
        tally.count(name, sum(numbers))
    # Assets with shards of their own are here too, each with an empty line.
    if kind.has_assets:
        tally.count(Count.ASSETS, len({line.asset_key for line in lines}))
    return tally
