"""Outputs of the steps: the names of those besides the main one, and what a DoFn wraps its last elements in."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.counts import Progress
from framehaul.transforms.exchange.blocks import BlockBuilder, Exchange
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.metrics import count, count_all
from framehaul.transforms.records.phases import Phase
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.shard_records import ShardRecord

DEAD_LETTERS = "dead_letters"
TALLIES = "tallies"
BUCKET_BYTES = "bucket_bytes"
LONG_SHARDS = "long_shards"
LONG_ASSETS = "long_assets"
PIECES = "pieces"
ASSET_PIECES = "asset_pieces"


def in_global_window(value: Any) -> WindowedValue:
    """``value`` as an element of a batch pipeline that is emitted when a bundle ends: all of it is one window."""
    window = GlobalWindow()
    return WindowedValue(value, window.max_timestamp(), (window,))


class SetAsideOutput:
    """Gathers records that are set aside, and gives them out as blocks by split, in an output of their own.

    Many at a time: Beam's local runner copies every element several times.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._builder: BlockBuilder[SetAside] = BlockBuilder(exchange)

    def add(self, letter: SetAside) -> Iterator[beam.pvalue.TaggedOutput]:
        """Gather one; give out all if they are many."""
        self._builder.add(letter.source[0], letter, len(letter.detail))
        if self._builder.is_full:
            for block in self._builder.flush():
                yield beam.pvalue.TaggedOutput(DEAD_LETTERS, block)

    def flush(self) -> Iterator[beam.pvalue.TaggedOutput]:
        """Give out the rest when a bundle ends."""
        for block in self._builder.flush():
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, in_global_window(block))


def tallies_of_shard(tally: Tally, began: float) -> Iterator[beam.pvalue.TaggedOutput]:
    """The outputs that tell what a shard adds to the figures of the export.

    Args:
        began: when the worker began with it, seconds since 1970.
    """
    count_all(tally.counts)
    yield beam.pvalue.TaggedOutput(TALLIES, tally)
    yield beam.pvalue.TaggedOutput(TALLIES, Tally.spent(Phase.WRITE, began))


def outputs_of_kept_shard(record: ShardRecord, began: float) -> Iterator[Any]:
    """The outputs of a shard that an earlier run of the export has written. ``began`` as above."""
    count(Progress.SHARDS_KEPT)
    yield from tallies_of_shard(record.tally, began)
    yield record.entry


def count_written(entry: ShardEntry) -> None:
    """Show that an object with records is stored."""
    count(Progress.SHARDS_WRITTEN)
    count(Progress.BYTES_WRITTEN, entry.size_bytes)
