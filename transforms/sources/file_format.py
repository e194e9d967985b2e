"""Format and compression of a file, from its first bytes; its name decides nothing.

Dumps name their files in many ways: ``mongoexport``, Spark, BigQuery and Snowflake call one object a line ``.json``,
and a compressed file keeps its plain name when it is copied by hand. A file whose name promises another format than
its bytes have is refused, though: a text called ``.gz`` may be the rest of a broken unpacking.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import orjson

from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats.compression import first_content
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile, SourceReader

HEAD_BYTES = 64 << 10
_SIDE_BY_SIDE = 32  # a request to a store is mostly waiting
_SPACE = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PARQUET = b"PAR1"
_REFUSED = {
    _PARQUET: "Parquet that is compressed as a whole",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Obj\x01": "Avro",
    b"ORC": "ORC",
    b"ARROW1": "Arrow IPC",
    b"FEA1": "Feather",
    b"SQLite format 3\x00": "an SQLite database",
    b"\xff\xfe\x00\x00": "UTF-32 text",
    b"\x00\x00\xfe\xff": "UTF-32 text",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_PROMISES = {".gz": "gzip", ".zst": "zstd", ".parquet": "Parquet"}
_TABLES = (".ndjson", ".jsonl", ".json")
_ALLOWED = "a table is JSON text in UTF-8, one object a line or one array, plain or in gzip or zstd, or it is Parquet"


class FileFormat(NamedTuple):
    """Format of a file.

    Attributes:
        name: ``ndjson``, ``json`` (one array) or ``parquet``.
        compression: ``none``, ``gzip`` or ``zstd``.
    """

    name: str
    compression: str


def formats_of(files: Sequence[SourceFile], options: StorageOptions) -> list[FileFormat]:
    """Find the format of each file, from its first 64 KiB, of many files at a time.

    Raises:
        SourceError: a file is none that can be read, or cannot be read at all.
    """

    def look(file: SourceFile) -> FileFormat:
        size = min(file.size, HEAD_BYTES)
        return format_of_head(SourceReader(file.url, options).fetch(0, size) if size else b"", file.url)

    if len(files) < 2:
        return [look(file) for file in files]
    with ThreadPoolExecutor(_SIDE_BY_SIDE, "formats") as pool:
        return list(pool.map(look, files))


def format_of_head(head: bytes, url: str) -> FileFormat:
    """Find the format of a file that begins with ``head``.

    Raises:
        SourceError: it is none that can be read, or not what its name promises; with what was found.

    >>> format_of_head(b'{"taskId":"t1"}', "tasks.json")
    FileFormat(name='ndjson', compression='none')
    """
    compression = next((name for magic, name in _COMPRESSED.items() if head.startswith(magic)), "none")
    if head.startswith(_PARQUET):
        found = FileFormat("parquet", "none")
    else:
        text = first_content(head, compression)
        _refuse_other(text, url)
        found = FileFormat("json" if _is_array(text) else "ndjson", compression)
    _refuse_broken_promise(found, url, is_empty=not head)
    return found


def _refuse_other(text: bytes, url: str) -> None:
    kind = next((name for magic, name in _REFUSED.items() if text.startswith(magic)), None)
    if kind is None and text[:1] and b"\x00" in text[:2] and text.strip(b"\x00"):
        kind = "UTF-16 text"
    if (
        kind is None
        and not _is_named_as_table(url)
        and (start := _start_of(text))[:1] not in {b"", b"{", b"["}
    ):
        kind = f"no JSON, since it begins with {start[:20].decode(errors='backslashreplace')!r}"
    if kind is not None:
        raise SourceError(f"{url} is {kind}: {_ALLOWED}")


def _start_of(text: bytes) -> bytes:
    return text.removeprefix(_BYTE_ORDER_MARK).lstrip(_SPACE)


def _is_named_as_table(url: str) -> bool:
    """Tell whether a bad first line of a file may be one bad record: of a .csv or .yaml it tells what the file is."""
    name = url.rpartition("/")[2].lower()
    for suffix in _PROMISES:
        name = name.removesuffix(suffix)
    return name.endswith(_TABLES) or "." not in name


def _is_array(text: bytes) -> bool:
    """Tell whether text is one array; a first line that is a whole array, with more lines after it, is a bad record."""
    text = _start_of(text)
    if not text.startswith(b"["):
        return False
    line, _, rest = text.partition(b"\n")
    return not (rest.strip(_SPACE) and _is_json(line))


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _refuse_broken_promise(found: FileFormat, url: str, *, is_empty: bool) -> None:
    """Refuse a file that is not what its name promises; a name that promises text may have any known format."""
    name = url.rpartition("/")[2].lower()
    promised = next((kind for suffix, kind in _PROMISES.items() if name.endswith(suffix)), None)
    is_kept = promised is None or promised.lower() in {found.compression, found.name}
    if not is_kept:
        what = "Parquet" if found.name == "parquet" else "text"
        what += f" in {found.compression}" if found.compression != "none" else ""
        found_text = "it is empty" if is_empty else f"it begins like {what}"
        raise SourceError(
            f"{url} is called {promised}, but {found_text}; if that is what it should be, rename it, "
            "or else copy the file again"
        )
