"""Numbered files of a table, cut between the same records in every format and on every disk."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import orjson

from framehaul.pipelines.sample.assets import Record

TableFormat = Literal["ndjson", "parquet"]

LEGACY_TASKS = "legacy tasks"
"""The columns of ``tasks`` with those of the legacy generation."""

FILE_BYTES = 64 * 1024 * 1024
"""A file ends once its records have this size as NDJSON; in Parquet too, so both are cut at one record."""

_REPORT_BYTES = 1024 * 1024


class TableFile(Protocol):
    """One file, open for writing. Both methods return the number of bytes that they have written."""

    def add(self, record: Record, line: bytes) -> int:
        """Append ``record``; ``line`` is the same record as NDJSON."""

    def close(self) -> int:
        """Write the rest and close the file; does nothing the second time."""


class NdjsonFile:
    """One object a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def add(self, _record: Record, line: bytes) -> int:
        """See ``TableFile``."""
        return self._file.write(line)

    def close(self) -> int:
        """See ``TableFile``."""
        self._file.close()
        return 0


class NumberedFiles:
    """The files ``<name>-00000.<format>``, ``<name>-00001.<format>``, … of one table.

    A table without records is one empty file, so that a glob over the tables always finds something.

    Args:
        report: told how many bytes were written since it was last called, about once per MiB.
        columns: of Parquet, where the name of the table does not tell them.

    Attributes:
        paths: the files written so far.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        table_format: TableFormat,
        report: Callable[[int], None],
        columns: str | None = None,
    ) -> None:
        self.paths: list[Path] = []
        self._directory = directory
        self._name = name
        self._columns = columns or name
        self._format = table_format
        self._report = report
        self._written = 0
        remove_numbered_files(directory, name, table_format)
        self._start_file()

    def add(self, record: Record) -> None:
        """Append a record to the current file, or to a new one if that is full."""
        if self._line_bytes >= FILE_BYTES:
            self._end_file()
            self._start_file()
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        self._line_bytes += len(line)
        self._count(self._file.add(record, line))

    def close(self) -> None:
        """Finish the last file and report the bytes that were not reported yet."""
        self._end_file()
        self._report(self._written)

    def discard(self) -> None:
        """Remove everything written."""
        with contextlib.suppress(OSError):  # a full disk may be why this is called
            self._file.close()
        for path in self.paths:
            path.unlink(missing_ok=True)

    def _start_file(self) -> None:
        self.paths.append(self._directory / f"{self._name}-{len(self.paths):05d}.{self._format}")
        self._file = _open(self.paths[-1], self._columns, self._format)
        self._line_bytes = 0

    def _end_file(self) -> None:
        self._count(self._file.close())

    def _count(self, written: int) -> None:
        self._written += written
        if self._written >= _REPORT_BYTES:
            self._report(self._written)
            self._written = 0


def remove_numbered_files(directory: Path, name: str, table_format: TableFormat) -> None:
    """Remove the files of a table of an earlier sample."""
    ours = re.compile(rf"{name}-\d{{5}}\.{table_format}")
    for path in directory.iterdir():
        if ours.fullmatch(path.name):
            path.unlink()


def _open(path: Path, table: str, table_format: TableFormat) -> TableFile:
    if table_format == "ndjson":
        return NdjsonFile(path)
    from framehaul.pipelines.sample.parquet_file import ParquetFile  # noqa: PLC0415 - pyarrow takes long to load

    return ParquetFile(path, table)
