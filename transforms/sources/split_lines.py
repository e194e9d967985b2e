"""The records of one split as JSON text, whatever its format."""

from collections.abc import Callable, Iterator, Sequence

from framehaul.transforms.formats.compression import decompress
from framehaul.transforms.formats.json_array import items_of
from framehaul.transforms.formats.lines import NO_LIMIT, lines_between, lines_of
from framehaul.transforms.formats.parquet import rows_of
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceReader


def read_lines(
    split: Split,
    options: StorageOptions,
    columns: Sequence[str] | None,
    needs_payload: Callable[[bytes], bool] | None,
    max_record_bytes: int = NO_LIMIT,
) -> Iterator[list[bytes]]:
    """The records of a split as JSON text, some at a time, blank lines included.

    Args:
        columns, needs_payload: of Parquet, see ``parquet.rows_of``.
        max_record_bytes: a longer line or item is not held, and comes as an ``OversizedLine``.

    Raises:
        SourceError: the file is damaged or unreadable.
    """
    reader = SourceReader(split.url, options)
    if split.file_format == "parquet":
        with reader.open() as file:
            yield from rows_of(file, split.url, split.start, columns, needs_payload)
    elif split.file_format == "json":
        yield from items_of(
            decompress(reader.pieces(), split.compression, split.url), split.url, max_record_bytes
        )
    elif split.compression == "none":
        yield from lines_between(
            reader.fetch, split.start, split.end, split.size, max_line_bytes=max_record_bytes
        )
    else:
        yield from lines_of(decompress(reader.pieces(), split.compression, split.url), max_record_bytes)
