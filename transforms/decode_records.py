"""Decode records: check each one, select, render, or set it aside."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.counts import Progress
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.partitions import Entry
from framehaul.transforms.formats.json_text import check, is_spaced, rewrite_plain, survey
from framehaul.transforms.kinds.kind import Kind
from framehaul.transforms.metrics import count, count_all
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.phases import Phase
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.step_outputs import DEAD_LETTERS, TALLIES, in_global_window
from framehaul.transforms.tables import TABLES


@dataclass(eq=False)
class DecodeRecords(beam.PTransform):
    """Turn blocks of raw records into lists of entries.

    Outputs ``entries``, (table, [entry, ...]); ``dead_letters``, one ``DeadLetter`` for every record
    that is set aside; and ``tallies`` of what was read.
    """

    kind: Kind
    selection: Selection

    def expand(self, blocks: beam.PCollection[RecordBlock]) -> Any:
        return blocks | "DecodeBlock" >> beam.ParDo(_DecodeBlock(self.kind, self.selection)).with_outputs(
            DEAD_LETTERS, TALLIES, main="entries"
        )


class _DecodeBlock(beam.DoFn):
    def __init__(self, kind: Kind, selection: Selection) -> None:
        self._kind = kind
        self._selection = selection

    def start_bundle(self) -> None:
        self._tally = Tally()
        self._began = time.time()

    def process(self, block: RecordBlock) -> Iterator[Any]:
        entries, dead_letters = decode_block(block, self._kind, self._selection)
        add_to_tally(self._tally, block, len(entries), dead_letters)
        count(Progress.RECORDS_READ, len(entries) + len(dead_letters))
        for letter in dead_letters:
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        yield block.split.table, entries

    def finish_bundle(self) -> Iterator[WindowedValue]:
        count_all(self._tally.counts)
        self._tally.add(Tally.spent(Phase.READ, self._began))
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))


def decode_block(
    block: RecordBlock, kind: Kind, selection: Selection
) -> tuple[list[Entry], list[DeadLetter]]:
    """The entries of a block in its order, and what of it is set aside. Blank lines are no records."""
    decode = kind.decoder(block.split.table, block.split.index, selection)
    are_sound, are_plain = survey(block.lines)
    entries: list[Entry] = []
    dead_letters: list[DeadLetter] = []
    for place, line in enumerate(block.lines, block.first):
        if not line.strip(b" \t\r\n"):  # the white space of JSON, and no other
            continue
        try:
            if not are_sound:
                check(line)
            entries.append(decode(line if are_plain and not is_spaced(line) else rewrite_plain(line), place))
        except InvalidRecordError as error:
            dead_letters.append(
                DeadLetter(block.split.table, (block.split.index, place), error.reason, error.detail, line)
            )
    return entries, dead_letters


def add_to_tally(tally: Tally, block: RecordBlock, entries: int, dead_letters: list[DeadLetter]) -> None:
    """Count a block: what was read, and what of it was set aside."""
    split = block.split
    table = TABLES[split.table]
    tally.count(table.read, entries + len(dead_letters))
    tally.count(table.dead_letters, len(dead_letters))
    tally.split_lines[split.index] = tally.split_lines.get(split.index, 0) + len(block.lines)
    tally.split_records[split.index] = tally.split_records.get(split.index, 0) + entries + len(dead_letters)
    for letter in dead_letters:
        tally.reasons[letter.reason] = tally.reasons.get(letter.reason, 0) + 1
