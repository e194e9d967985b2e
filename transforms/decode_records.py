"""Decode records: check each one, select, render, or set it aside."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.utils.windowed_value import WindowedValue

from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry, decode_frames
from framehaul.transforms.kinds.ango_issues.issue import Issue, decode_issue
from framehaul.transforms.kinds.ango_legacy.legacy_task import (
    LegacyTask,
    decode_legacy_frames,
    decode_legacy_task,
)
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry, decode_stage_entry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy, decode_task
from framehaul.transforms.metrics import count, count_all
from framehaul.transforms.read_records import RecordBlock
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.json_text import check, is_spaced, plain, survey
from framehaul.transforms.records.phases import Phase
from framehaul.transforms.records.selection import Fields, Selection
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.step_outputs import in_global_window

DEAD_LETTERS = "dead_letters"
TALLIES = "tallies"
_READ = {
    "tasks": Count.TASKS_READ,
    "stage_history": Count.STAGE_HISTORY_READ,
    "frames": Count.FRAMES_READ,
    "issues": Count.ISSUES_READ,
}
_DEAD = {
    "tasks": Count.DEAD_LETTER_TASKS,
    "stage_history": Count.DEAD_LETTER_STAGE_HISTORY,
    "frames": Count.DEAD_LETTER_FRAMES,
    "issues": Count.DEAD_LETTER_ISSUES,
}

Entry = TaskCopy | StageEntry | FramesEntry | LegacyTask | Issue


@dataclass(eq=False)
class DecodeRecords(beam.PTransform):
    """Turn blocks of raw records into lists of entries.

    Outputs ``entries``; ``dead_letters``, one ``DeadLetter`` for every record
    that is set aside; and ``tallies`` of what was read.
    """

    selection: Selection
    fields: Fields

    def expand(self, blocks: beam.PCollection[RecordBlock]) -> Any:
        return blocks | "DecodeBlock" >> beam.ParDo(_DecodeBlock(self.selection, self.fields)).with_outputs(
            DEAD_LETTERS, TALLIES, main="entries"
        )


class _DecodeBlock(beam.DoFn):
    def __init__(self, selection: Selection, fields: Fields) -> None:
        self._selection = selection
        self._fields = fields

    def start_bundle(self) -> None:
        self._tally = Tally()
        self._began = time.time()

    def process(self, block: RecordBlock) -> Iterator[Any]:
        entries, dead_letters = decode_block(block, self._selection, self._fields)
        add_to_tally(self._tally, block, len(entries), dead_letters)
        count(Progress.RECORDS_READ, len(entries) + len(dead_letters))
        for letter in dead_letters:
            yield beam.pvalue.TaggedOutput(DEAD_LETTERS, letter)
        yield entries

    def finish_bundle(self) -> Iterator[WindowedValue]:
        count_all(self._tally.counts)
        self._tally.add(Tally.spent(Phase.READ, self._began))
        yield beam.pvalue.TaggedOutput(TALLIES, in_global_window(self._tally))


def decode_block(
    block: RecordBlock, selection: Selection, fields: Fields
) -> tuple[list[Entry], list[DeadLetter]]:
    """The entries of a block in its order, and what of it is set aside. Blank lines are no records."""
    decode = _decoder(block.split.table, block.split.index, selection, fields)
    are_sound, are_plain = survey(block.lines)
    entries: list[Entry] = []
    dead_letters: list[DeadLetter] = []
    for place, line in enumerate(block.lines, block.first):
        if not line.strip(b" \t\r\n"):  # the white space of JSON, and no other
            continue
        try:
            if not are_sound:
                check(line)
            entries.append(decode(line if are_plain and not is_spaced(line) else plain(line), place))
        except InvalidRecordError as error:
            dead_letters.append(
                DeadLetter(block.split.table, (block.split.index, place), error.reason, error.detail, line)
            )
    return entries, dead_letters


def _decoder(table: str, split: int, selection: Selection, fields: Fields) -> Callable[[bytes, int], Entry]:
    if table == "issues":
        return lambda text, place: decode_issue(text, (split, place), selection)
    if (toggles := fields.legacy) is not None and table == "tasks":
        return lambda text, place: decode_legacy_task(text, (split, place), selection, fields, toggles)
    if toggles is not None:
        return lambda text, place: decode_legacy_frames(text, (split, place), fields, toggles)
    if table == "tasks":
        return lambda text, place: decode_task(text, (split, place), selection, fields)
    if table == "frames":
        return lambda text, place: decode_frames(text, (split, place), fields)
    return lambda text, place: decode_stage_entry(text, (split, place), fields)


def add_to_tally(tally: Tally, block: RecordBlock, entries: int, dead_letters: list[DeadLetter]) -> None:
    """Count a block: what was read, and what of it was set aside."""
    split = block.split
    tally.count(_READ[split.table], entries + len(dead_letters))
    tally.count(_DEAD[split.table], len(dead_letters))
    tally.split_lines[split.index] = tally.split_lines.get(split.index, 0) + len(block.lines)
    tally.split_records[split.index] = tally.split_records.get(split.index, 0) + entries + len(dead_letters)
    for letter in dead_letters:
        tally.reasons[letter.reason] = tally.reasons.get(letter.reason, 0) + 1
