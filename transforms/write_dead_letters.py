"""Write dead letters: what was set aside, in the order of the input, as one object."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange, read_blocks
from framehaul.transforms.exports.manifest import DEAD_LETTERS_NAME, DeadLetters
from framehaul.transforms.formats.lines import NO_LIMIT
from framehaul.transforms.records.dead_letter import DeadLetter, render_dead_letter
from framehaul.transforms.records.record_redaction import redacted
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.source_lines import read_again
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.export_results import WrittenLetters
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.step_outputs import in_global_window
from framehaul.transforms.storage.confirmation import confirm_size
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions

_PLACES = 1 << 12  # dead letters of so many neighbouring lines are sorted together


@dataclass(eq=False)
class WriteDeadLetters(beam.PTransform):
    """Store all dead letters, if there are any, and tell how many there were.

    Each is read again from where it stands, so it is what was read, whichever step has set it aside. Their order
    follows the files and lines of the input, so it does not depend on the number of workers. Only neighbours are
    held at a time: a whole table of garbage needs no more memory than a few bad lines.

    Attributes:
        store: folder of the export.
        exchange: how blocks travel.
        splits: all splits of the run, a single list.
        tally: of the whole run, a single element; says where the lines of a split begin in its file.
        source_options: of the stores of the input.
        max_record_bytes: of a longer record the place and the length are told, and no more.
        redact: keys whose values are masked; see ``record_redaction``.
    """

    store: ObjectStore
    exchange: Exchange
    splits: beam.PCollection[list[Split]]
    tally: beam.PCollection[Tally]
    source_options: StorageOptions
    max_record_bytes: int = NO_LIMIT
    redact: frozenset[str] = frozenset()

    def expand(self, set_aside: Any) -> beam.PCollection[WrittenLetters]:
        splits = beam.pvalue.AsSingleton(self.splits)
        blocks = (
            set_aside
            | "FlattenSetAside" >> beam.Flatten()
            | "GroupBySplit" >> beam.GroupByKey()
            # (split, [block of SetAside, ...])
            | "ReadAgain"
            >> beam.ParDo(
                _ReadAgain(self.exchange, self.source_options, self.max_record_bytes, self.redact),
                splits=splits,
            )
        )
        return (
            set_aside[0].pipeline
            | "Once" >> beam.Create([None])
            | "StoreDeadLetters"
            >> beam.Map(
                _store,
                blocks=beam.pvalue.AsList(blocks),
                splits=splits,
                tally=beam.pvalue.AsSingleton(self.tally),
                store=self.store,
            )
        )


class _ReadAgain(beam.DoFn):
    def __init__(
        self, exchange: Exchange, options: StorageOptions, max_record_bytes: int, redact: frozenset[str]
    ) -> None:
        self._exchange = exchange
        self._options = options
        self._max_record_bytes = max_record_bytes
        self._redact = redact

    def start_bundle(self) -> None:
        self._builder: BlockBuilder[DeadLetter] = BlockBuilder(self._exchange)

    def process(
        self, of_split: tuple[int, Iterable[Block]], splits: Sequence[Split]
    ) -> Iterator[tuple[int, Block]]:
        index, blocks = of_split
        letters = (letter for some in read_blocks(blocks, SetAside) for letter in some)
        for letter in read_again(splits[index], self._options, letters, self._max_record_bytes):
            self._builder.add(
                (index << 40) + letter.source[1] // _PLACES,
                redacted(letter, self._redact),
                len(letter.record),
            )
            if self._builder.is_full:
                yield from self._builder.flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from map(in_global_window, self._builder.flush())


def _store(
    _: None, blocks: Sequence[tuple[int, Block]], splits: Sequence[Split], tally: Tally, store: ObjectStore
) -> WrittenLetters:
    if not blocks:
        return WrittenLetters(DeadLetters(), {})
    written: Counter[str] = Counter()

    def lines() -> Iterator[bytes]:
        places = _Places(splits, tally.split_lines)
        for letter in _in_order(blocks):
            written[letter.table] += 1
            yield render_dead_letter(letter, places.name(letter.source))

    confirm_size(store, DEAD_LETTERS_NAME, store.write(DEAD_LETTERS_NAME, lines()))
    reasons = dict(sorted(tally.reasons.items()))
    told = DeadLetters(count=written.total(), path=DEAD_LETTERS_NAME, by_reason=reasons)
    return WrittenLetters(told, dict(written))


def _in_order(blocks: Sequence[tuple[int, Block]]) -> Iterator[DeadLetter]:
    neighbours: dict[int, list[Block]] = {}
    for key, block in blocks:
        neighbours.setdefault(key, []).append(block)
    for key in sorted(neighbours):
        letters = [letter for some in read_blocks(neighbours[key], DeadLetter) for letter in some]
        yield from sorted(letters, key=lambda letter: letter.source)


_KIND = {"ndjson": "", "json": "item ", "parquet": "row "}


class _Places:
    """Turns a place inside a split into a line, row or item of its file."""

    def __init__(self, splits: Sequence[Split], split_lines: dict[int, int]) -> None:
        self._splits = splits
        self._before: list[int] = []
        for index, split in enumerate(splits):
            same_file = (
                index > 0 and splits[index - 1].url == split.url and splits[index - 1].table == split.table
            )
            self._before.append(self._before[-1] + split_lines.get(index - 1, 0) if same_file else 0)

    def name(self, source: tuple[int, int]) -> str:
        index, place = source
        split = self._splits[index]
        return f"{split.url}:{_KIND[split.file_format]}{self._before[index] + place}"
