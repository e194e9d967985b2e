"""Records of a table, with their sizes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from framehaul.transforms.formats.lines import NO_LIMIT
from framehaul.transforms.formats.parquet import PAYLOAD, column_bytes
from framehaul.transforms.sources.split_lines import read_lines
from framehaul.transforms.sources.splits import Split, split_table
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile, SourceReader

_SPLIT_BYTES = 32 << 20
_BLANK = b" \t\r\n"
NeedsPayload = Callable[[bytes], bool]


@dataclass(frozen=True)
class TableReader:
    """Reads one table; of Parquet only the columns that are needed.

    Attributes:
        table, files: which.
        row: the struct that records are decoded as; its keys are the columns.
        report: is called with the number of stored bytes that were read since the last call.
        max_record_bytes: a longer record is not held, and does not count as one.
    """

    table: str
    files: Iterable[SourceFile]
    row: type[msgspec.Struct]
    options: StorageOptions
    report: Callable[[int], None]
    max_record_bytes: int = NO_LIMIT

    def sized_records(self, needs_payload: NeedsPayload | None = None) -> Iterator[list[tuple[bytes, int]]]:
        """Read lists of records, each with its size: of NDJSON its length, of Parquet an estimate.

        Args:
            needs_payload: tells whether a record is wanted with its payload; ``None``: no record of this table
                has one.

        Raises:
            SourceError: a file is damaged or unreadable.
        """
        names = [field.encode_name for field in msgspec.structs.fields(self.row)]
        columns = [name for name in names if name not in PAYLOAD]
        for split in split_table(self.table, self.files, self.options, _SPLIT_BYTES):
            wanted = [*columns, *PAYLOAD] if needs_payload else columns
            size_of = self._size_in_parquet(split, columns, needs_payload) or len
            for lines in read_lines(split, self.options, wanted, needs_payload, self.max_record_bytes):
                yield [(line, size_of(line)) for line in lines if line.strip(_BLANK)]
            self.report(split.stored_bytes)

    def _size_in_parquet(
        self, split: Split, columns: list[str], needs_payload: NeedsPayload | None
    ) -> Callable[[bytes], int] | None:
        """Make a function that estimates the size of a row: the columns that were read, and for the others the average
        of its row group.
        """
        if split.file_format != "parquet":
            return None
        with SourceReader(split.url, self.options).open() as file:
            rows, stored = column_bytes(file, split.url, split.start)
        unread = sum(size for name, size in stored.items() if name not in columns)
        payload = sum(size for name, size in stored.items() if name in PAYLOAD)

        def size_of(line: bytes) -> int:
            has_payload = needs_payload is not None and needs_payload(line)
            return len(line) + (unread - payload * has_payload) // max(rows, 1)

        return size_of
