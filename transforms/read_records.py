"""Read tables: splits of files to blocks of raw records."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import apache_beam as beam
import msgspec

from framehaul.transforms.counts import Progress
from framehaul.transforms.formats.lines import NO_LIMIT
from framehaul.transforms.kinds.kind import Kind
from framehaul.transforms.metrics import count
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.runs.same_version import own_version, refuse_other_version
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.sources.split_lines import read_lines
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.options import StorageOptions


@dataclass(eq=False)
class ReadRecords(beam.PTransform):
    """Read every split, on whichever worker is free.

    Attributes:
        options: of the stores of the input.
        kind, selection: which columns and payloads of Parquet are needed.
        max_record_bytes: a longer record is set aside by its place and length alone.
        version: of Framehaul, which every worker that reads must have.
    """

    options: StorageOptions
    kind: Kind
    selection: Selection
    max_record_bytes: int = NO_LIMIT
    version: str = field(default_factory=own_version)

    def expand(self, splits: beam.PCollection[Split]) -> beam.PCollection[RecordBlock]:
        return (
            splits
            | "SpreadSplits" >> beam.Reshuffle()
            | "ReadSplit"
            >> beam.FlatMap(
                _read_split,
                options=self.options,
                kind=self.kind,
                selection=self.selection,
                max_record_bytes=self.max_record_bytes,
                version=self.version,
            )
        )


def _read_split(  # noqa: PLR0913 - one argument for each field of the step
    split: Split,
    *,
    options: StorageOptions,
    kind: Kind,
    selection: Selection,
    max_record_bytes: int,
    version: str,
) -> Iterator[RecordBlock]:
    refuse_other_version(split, version)
    first = 1
    columns = [field.encode_name for field in msgspec.structs.fields(kind.row(split.table))]
    needs_payload = kind.needs_payload(split.table, selection)
    for lines in read_lines(split, options, columns, needs_payload, max_record_bytes):
        yield RecordBlock(split, first, lines)
        first += len(lines)
    count(Progress.BYTES_READ, split.stored_bytes)
