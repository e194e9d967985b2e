"""Decode records: check each one, select, render, or set it aside."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam

from framehaul.transforms.counts import Progress
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Exchange
from framehaul.transforms.exchange.partitions import Entry
from framehaul.transforms.formats.json_text import check, is_spaced, rewrite_plain, survey
from framehaul.transforms.formats.lines import OversizedLine
from framehaul.transforms.kinds.kind import Kind
from framehaul.transforms.metrics import count, count_all
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.phases import Phase
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.step_outputs import DEAD_LETTERS, TALLIES, SetAsideOutput, in_global_window
from framehaul.transforms.tables import SET_ASIDE, TABLES


@dataclass(eq=False)
class DecodeRecords(beam.PTransform):
    """Turn blocks of raw records into lists of entries.

    Outputs ``entries``, (table, [entry, ...]), and (``SET_ASIDE``, [key, ...]) of records that are not sound;
    ``dead_letters``, (split, block of ``SetAside``), of the same; and ``tallies`` of what was read.
    """

    kind: Kind
    selection: Selection
    exchange: Exchange

    def expand(self, blocks: beam.PCollection[RecordBlock]) -> Any:
        return blocks | "DecodeBlock" >> beam.ParDo(
            _DecodeBlock(self.kind, self.selection, self.exchange)
        ).with_outputs(DEAD_LETTERS, TALLIES, main="entries")


class _DecodeBlock(beam.DoFn):
    def __init__(self, kind: Kind, selection: Selection, exchange: Exchange) -> None:
        self._kind = kind
        self._selection = selection
        self._exchange = exchange

    def start_bundle(self) -> None:
        self._tally = Tally()
        self._letters = SetAsideOutput(self._exchange)
        self._began = time.time()

    def process(self, block: RecordBlock) -> Iterator[Any]:
        decoded = decode_block(block, self._kind, self._selection)
        _add_to_tally(self._tally, block, decoded)
        count(Progress.RECORDS_READ, decoded.records)
        for letter in decoded.letters:
            yield from self._letters.add(letter)
        yield block.split.table, decoded.entries
        if decoded.keys:
            yield SET_ASIDE, decoded.keys

    def finish_bundle(self) -> Iterator[Any]:
        yield from self._letters.flush()
        count_all(self._tally.counts)
        self._tally.add(Tally.spent(Phase.READ, self._began))
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))


@dataclass
class Decoded:
    """What a block holds.

    Attributes:
        entries: its records, in order.
        letters: records that are not sound, in order.
        keys: of these, as far as they can be told.
    """

    entries: list[Entry] = field(default_factory=list)
    letters: list[SetAside] = field(default_factory=list)
    keys: list[SetAsideKey] = field(default_factory=list)

    @property
    def records(self) -> int:
        return len(self.entries) + len(self.letters)


def decode_block(block: RecordBlock, kind: Kind, selection: Selection) -> Decoded:
    """The records of a block, and those of them that are not sound. Blank lines are no records."""
    table, split = block.split.table, block.split.index
    decode = kind.decoder(table, split, selection)
    are_sound, are_plain = survey(block.lines)
    decoded = Decoded()
    for place, line in enumerate(block.lines, block.first):
        if not line.strip(b" \t\r\n"):  # the white space of JSON, and no other
            continue
        try:
            if not are_sound:
                _check(line)
            decoded.entries.append(
                decode(line if are_plain and not is_spaced(line) else rewrite_plain(line), place)
            )
        except InvalidRecordError as error:
            decoded.letters.append(SetAside.for_error(table, (split, place), error))
            if (key := kind.key_of(table, line)) is not None:
                decoded.keys.append(SetAsideKey(table, *key, error.reason))
    return decoded


def _check(line: bytes) -> None:
    if isinstance(line, OversizedLine):
        raise InvalidRecordError(
            Reason.LINE_TOO_LONG,
            f"the record has {line.length} bytes; limits.max_record_bytes is {line.most}; raise it, or leave it out",
        )
    check(line)


def _add_to_tally(tally: Tally, block: RecordBlock, decoded: Decoded) -> None:
    """Count a block: what was read, and what of it was set aside."""
    split = block.split
    tally.count(TABLES[split.table].read, decoded.records)
    tally.split_lines[split.index] = tally.split_lines.get(split.index, 0) + len(block.lines)
    tally.split_records[split.index] = tally.split_records.get(split.index, 0) + decoded.records
    for letter in decoded.letters:
        tally.count_set_aside(letter)
