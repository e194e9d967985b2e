"""Rows of Parquet as lines of NDJSON, so that all tables are decoded in one way.

Payload columns are most of the bytes, so they are read only where the selection
needs them: first the other columns of some rows, then the payload of those rows
that are selected.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats.parquet_values import rows_as_objects

PAYLOAD = ("answer",)
_BATCH_ROWS = 1024
_TAKEN_AS = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}


def row_group_rows(file: BinaryIO, url: str) -> list[int]:
    """Number of rows of each row group.

    Raises:
        SourceError: the file is not Parquet, or damaged.
    """
    with _translate_errors(url):
        metadata = pq.ParquetFile(file).metadata
        return [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]


def column_bytes(file: BinaryIO, url: str, row_group: int) -> tuple[int, dict[str, int]]:
    """Number of rows of a row group, and bytes of each of its columns before compression; no column is read.

    Raises:
        SourceError: the file is not Parquet, or damaged.
    """
    with _translate_errors(url):
        group = pq.ParquetFile(file).metadata.row_group(row_group)
        sizes: dict[str, int] = {}
        for index in range(group.num_columns):
            chunk = group.column(index)
            name = chunk.path_in_schema.partition(".")[0]
            sizes[name] = sizes.get(name, 0) + chunk.total_uncompressed_size
        return group.num_rows, sizes


def rows_of(
    file: BinaryIO,
    url: str,
    row_group: int,
    columns: Sequence[str] | None,
    needs_payload: Callable[[bytes], bool] | None,
) -> Iterator[list[bytes]]:
    """The rows of a row group as JSON text, some at a time.

    Args:
        columns: the columns to read, as far as the file has them; ``None``: all.
        needs_payload: given a row without its payload, whether the payload is
            needed; other rows come without it. ``None``: all rows need it.

    Raises:
        SourceError: the file is damaged.
    """
    with _translate_errors(url):
        reader = pq.ParquetFile(file, pre_buffer=False)
        names = reader.schema_arrow.names
        present = names if columns is None else [name for name in columns if name in names]
        payload = [name for name in present if name in PAYLOAD]
        if needs_payload is None or not payload:
            yield from _lines(reader, row_group, present)
            return
        heads = _lines(reader, row_group, [name for name in present if name not in PAYLOAD])
        yield from _join_payloads(heads, reader, row_group, payload, needs_payload)


def _lines(reader: Any, row_group: int, columns: list[str]) -> Iterator[list[bytes]]:
    for batch in _record_batches(reader, row_group, columns):
        yield [orjson.dumps(row) for row in rows_as_objects(batch)]


def _join_payloads(
    heads: Iterator[list[bytes]],
    reader: Any,
    row_group: int,
    columns: list[str],
    needs_payload: Callable[[bytes], bool],
) -> Iterator[list[bytes]]:
    """Join rows with their payloads; the payload columns are opened at the first row that needs them."""
    payloads: Iterator[pa.RecordBatch] | None = None
    passed = 0
    for lines in heads:
        wanted = [index for index, line in enumerate(lines) if needs_payload(line)]
        if not wanted:
            passed += 1
            yield lines
            continue
        if payloads is None:
            payloads = _record_batches(reader, row_group, columns)
        for _ in range(passed):
            next(payloads)
        passed = 0
        for index, payload in zip(wanted, rows_as_objects(_take_rows(next(payloads), wanted)), strict=True):
            lines[index] = _join_objects(lines[index], orjson.dumps(payload))
        yield lines


def _join_objects(head: bytes, tail: bytes) -> bytes:
    if tail == b"{}":
        return head
    return tail if head == b"{}" else head[:-1] + b"," + tail[1:]


def _record_batches(reader: Any, row_group: int, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Batches of the same rows, whichever columns are read."""
    return iter(
        reader.iter_batches(
            batch_size=_BATCH_ROWS, row_groups=[row_group], columns=columns, use_threads=False
        )
    )


def _take_rows(batch: pa.RecordBatch, wanted: list[int]) -> pa.RecordBatch:
    """Take some rows of a batch. Columns of views are cast: Arrow takes no rows of these."""
    columns = [column.cast(_TAKEN_AS.get(column.type, column.type)) for column in batch]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names).take(pa.array(wanted))


@contextlib.contextmanager
def _translate_errors(url: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{url} cannot be read as Parquet: {error}; copy the file again") from error
