"""Splits: pieces of the input, each read by one worker."""

import itertools
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from framehaul.transforms.formats.parquet import row_group_rows
from framehaul.transforms.sources.file_format import FileFormat, formats_of
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile, SourceReader


@dataclass(frozen=True)
class Split:
    """One piece of one input file.

    Attributes:
        index: its number among all splits of the run, which are ordered by table, file and start.
        table: ``tasks`` or ``stage_history``.
        url, size: the whole file.
        file_format: ``ndjson``, ``json`` (one array) or ``parquet``.
        compression: ``none``, ``gzip`` or ``zstd``.
        start, end: bytes of NDJSON that is not compressed; for Parquet the row
            group and the one after it; else the whole file.
        stored_bytes: bytes of the file that this is.
        version: of the whole file when it was listed, as ``version_number`` gives it; 0 where it is not known.
    """

    index: int
    table: str
    url: str
    size: int
    file_format: str
    compression: str
    start: int
    end: int
    stored_bytes: int
    version: int = 0


def split_table(
    table: str, files: Iterable[SourceFile], options: StorageOptions, split_bytes: int
) -> list[Split]:
    """Splits of about ``split_bytes`` that cover all files of a table, in order; ``index`` is not set yet.

    Raises:
        SourceError: a file is none that can be read, or a Parquet file is damaged.
    """
    listed = list(files)
    return [
        split
        for file, found in zip(listed, formats_of(listed, options), strict=True)
        for split in _split_file(table, file, found, options, split_bytes)
    ]


def version_number(version: str) -> int:
    """A version of a file in 4 bytes: splits are part of the job's description."""
    return zlib.crc32(version.encode())


def number_splits(splits: Iterable[Split]) -> list[Split]:
    """Set the ``index`` of each split to its place among all."""
    return [replace(split, index=index) for index, split in enumerate(splits)]


def _split_file(
    table: str, file: SourceFile, found: FileFormat, options: StorageOptions, split_bytes: int
) -> Iterator[Split]:
    file_format, compression = found
    ranges = _ranges(file, file_format, compression, options, split_bytes)
    for start, end in ranges:
        stored_bytes = file.size // len(ranges)
        place = (file.url, file.size, file_format, compression, start, end, stored_bytes)
        yield Split(-1, table, *place, version_number(file.version))


def _ranges(
    file: SourceFile, file_format: str, compression: str, options: StorageOptions, split_bytes: int
) -> list[tuple[int, int]]:
    if file_format == "parquet":
        with SourceReader(file.url, options).open() as stream:
            return [(index, index + 1) for index in range(len(row_group_rows(stream, file.url)))]
    if file_format == "json" or compression != "none":
        return [(0, file.size)]
    number = max(1, round(file.size / split_bytes))
    edges = [file.size * index // number for index in range(number + 1)]
    return list(itertools.pairwise(edges))
