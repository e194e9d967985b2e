"""The first bytes of a file decide what it is; what a name promises, and the bytes are not, is refused."""

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from framehaul.transforms.errors import SourceError
from framehaul.transforms.sources.file_format import HEAD_BYTES, format_of_head, formats_of
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile

LINES = b'{"taskId":"t1","stage":"Complete"}\n{"taskId":"t2","stage":"Complete"}\n'
ARRAY = b'\n [\n  {"taskId":"t1"},\n  {"taskId":"t2"}]'
NAMES = ["tasks.ndjson", "tasks.json", "tasks.jsonl", "tasks", "TASKS.TXT", "part-00000", "tasks.csv"]


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"taskId": ["t1"]}), stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (LINES, ("ndjson", "none")),
        (b"\xef\xbb\xbf" + LINES, ("ndjson", "none")),
        (b"", ("ndjson", "none")),
        (ARRAY, ("json", "none")),
        (b"\xef\xbb\xbf" + ARRAY, ("json", "none")),
        (b"[]", ("json", "none")),
        (b"[]\n", ("json", "none")),
        (b"[]\n" + LINES, ("ndjson", "none")),  # a record that is a list is set aside, not the file
        (b'[{"taskId":"t1"},\n{"taskId":"t2"}]', ("json", "none")),
        (gzip.compress(LINES, mtime=0), ("ndjson", "gzip")),
        (gzip.compress(ARRAY, mtime=0), ("json", "gzip")),
        (zstandard.compress(LINES), ("ndjson", "zstd")),
        (zstandard.compress(ARRAY), ("json", "zstd")),
        (parquet(), ("parquet", "none")),
    ],
)
def test_the_bytes_decide_whatever_the_name(name: str, content: bytes, found: tuple[str, str]) -> None:
    assert format_of_head(content[:HEAD_BYTES], name) == found


@pytest.mark.parametrize("name", ["tasks.ndjson", "tasks.json", "tasks", "part-00000"])
def test_a_bad_first_line_of_a_table_is_a_bad_record(name: str) -> None:
    assert format_of_head(b"garbage\n" + LINES, name) == ("ndjson", "none")


@pytest.mark.parametrize("name", ["tasks.csv", "tasks.yaml", "tasks.xml.gz"])
def test_a_file_of_another_name_that_does_not_begin_like_json_is_none(name: str) -> None:
    content = b"taskId,stage\nt1,Complete\n"
    with pytest.raises(SourceError, match=r"no JSON, since it begins with 'taskId,stage"):
        format_of_head(gzip.compress(content, mtime=0) if name.endswith("gz") else content, name)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (LINES.decode().encode("utf-16"), "UTF-16"),
        (LINES.decode().encode("utf-16-le"), "UTF-16"),
        (LINES.decode().encode("utf-16-be"), "UTF-16"),
        (LINES.decode().encode("utf-32"), "UTF-32"),
        (b"PK\x03\x04 and so on", "zip"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\x00\x00", "xz"),
        (b"Obj\x01\x04", "Avro"),
        (b"SQLite format 3\x00", "SQLite"),
        (gzip.compress(parquet(), mtime=0), "Parquet that is compressed"),
        (gzip.compress(LINES.decode().encode("utf-16"), mtime=0), "UTF-16"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(content: bytes, kind: str) -> None:
    with pytest.raises(SourceError, match=rf"tasks\.ndjson is .*{kind}.*one object a line or one array"):
        format_of_head(content, "dump/tasks.ndjson")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("tasks.ndjson.gz", LINES, "begins like text"),
        ("tasks.json.GZ", ARRAY, "begins like text"),
        ("tasks.ndjson.zst", gzip.compress(LINES, mtime=0), "begins like text in gzip"),
        ("tasks.gz", parquet(), "begins like Parquet"),
        ("tasks.parquet", LINES, "begins like text"),
        ("tasks.ndjson.gz", b"", "it is empty"),
    ],
)
def test_a_name_that_promises_other_bytes_is_refused(name: str, content: bytes, found: str) -> None:
    with pytest.raises(SourceError, match=rf"{name} is called \w+, but .*{found}"):
        format_of_head(content, name)


def test_many_files_are_looked_at_and_keep_their_order(tmp_path: Path) -> None:
    contents = [LINES, ARRAY, gzip.compress(LINES, mtime=0)] * 40
    files = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number:03}"
        path.write_bytes(content)
        files.append(SourceFile(str(path), len(content)))
    found = formats_of(files, StorageOptions())
    assert found == [("ndjson", "none"), ("json", "none"), ("ndjson", "gzip")] * 40
