"""Read tables: splits of files to blocks of raw records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import apache_beam as beam
import msgspec

from framehaul.transforms.counts import Progress
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.rows import RawFrames, RawStageEntry, RawTask
from framehaul.transforms.kinds.ango_issues.issue_row import RawIssue
from framehaul.transforms.kinds.ango_legacy.legacy_row import RawLegacyTask
from framehaul.transforms.kinds.ango_v3.task import decode_task
from framehaul.transforms.metrics import count
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.json_text import plain
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.runs.same_version import own_version, refuse_other_version
from framehaul.transforms.sources.split_lines import read_lines
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.options import StorageOptions

_LEGACY_TASKS = "legacy tasks"
_COLUMNS = {
    table: [field.encode_name for field in msgspec.structs.fields(record)]
    for table, record in (
        ("tasks", RawTask),
        ("stage_history", RawStageEntry),
        ("frames", RawFrames),
        ("issues", RawIssue),
        (_LEGACY_TASKS, RawLegacyTask),
    )
}


@dataclass(frozen=True)
class RecordBlock:
    """Some records of one split, as JSON text.

    Attributes:
        split: where they come from.
        first: place of the first in its split, from 1.
        lines: the records, blank lines included.
    """

    split: Split
    first: int
    lines: list[bytes]


@dataclass(eq=False)
class ReadRecords(beam.PTransform):
    """Read every split, on whichever worker is free.

    Attributes:
        options: of the stores of the input.
        selection, fields: what Parquet payloads are needed for.
        version: of Framehaul, which every worker that reads must have.
    """

    options: StorageOptions
    selection: Selection
    fields: Fields
    version: str = field(default_factory=own_version)

    def expand(self, splits: beam.PCollection[Split]) -> beam.PCollection[RecordBlock]:
        return (
            splits
            | "SpreadSplits" >> beam.Reshuffle()
            | "ReadSplit"
            >> beam.FlatMap(_read_split, self.options, self.selection, self.fields, version=self.version)
        )


def _read_split(
    split: Split, options: StorageOptions, selection: Selection, fields: Fields, version: str
) -> Iterator[RecordBlock]:
    refuse_other_version(split, version)
    first = 1
    needs_payload = _needs_payload(split, selection, fields)
    columns = _COLUMNS[_LEGACY_TASKS if fields.legacy and split.table == "tasks" else split.table]
    for lines in read_lines(split, options, columns, needs_payload):
        yield RecordBlock(split, first, lines)
        first += len(lines)
    count(Progress.BYTES_READ, split.stored_bytes)


def _needs_payload(split: Split, selection: Selection, fields: Fields) -> Callable[[bytes], bool] | None:
    """The selection, applied to a row before its payload is read; only tasks are selected while reading.

    Of a legacy record every byte ranks a copy: it does not name the stage, so copies may differ in their payload alone.
    """
    if split.table != "tasks" or selection.looks_beyond_records or fields.legacy is not None:
        return None

    def is_selected(head: bytes) -> bool:
        try:
            return decode_task(plain(head), (0, 0), selection, fields).selected
        except InvalidRecordError:
            return True  # it will be set aside, as a whole

    return is_selected
