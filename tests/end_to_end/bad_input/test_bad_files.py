"""Promise 5 for files: what cannot be read to its end fails the run, and is named."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from isal import igzip

from end_to_end.command import assert_nothing_published, assert_refused, run_command
from end_to_end.exports import export_here, manifest_of, records_of, settings
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.errors import SourceError
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.source_files import SourceFile

GOOD = b'{"taskId":"t1","stage":"Complete"}'
LINES = GOOD + b"\n" + b'{"taskId":"t2","stage":"Complete"}\n'

PARQUET = pa.table({"taskId": ["t1", "t2"], "stage": ["Complete", "Complete"]})


def parquet_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


# File name, content, and what the person is told besides the file name.
DAMAGED: dict[str, tuple[str, bytes, str]] = {
    "cut gzip": ("tasks.ndjson.gz", igzip.compress(LINES * 99)[:-20], "gzip gave"),
    "gzip of no bytes": ("tasks.ndjson.gz", b"", "copy the file again"),
    "changed gzip": ("tasks.ndjson.gz", igzip.compress(LINES)[:-8] + b"\0" * 8, "is damaged"),
    "cut zstd": ("tasks.ndjson.zst", zstandard.compress(LINES * 99)[:-5], "zstd gave"),
    "zstd of no bytes": ("tasks.ndjson.zst", b"", "copy the file again"),
    "cut array": ("tasks.json", b"[" + GOOD + b",", "ends inside its array (after item 1)"),
    "lines called gzip": ("tasks.ndjson.gz", LINES, "is called gzip, but it begins like text"),
    "UTF-16": ("tasks.ndjson", LINES.decode().encode("utf-16"), "is UTF-16 text"),
    "zip": ("tasks.json", b"PK\x03\x04\x00", "is a zip archive"),
    "two arrays": ("tasks.json", b"[\n]\n[]", "goes on after the end"),
    "cut Parquet": ("tasks.parquet", parquet_bytes(PARQUET)[:-9], "cannot be read as Parquet"),
    "Parquet of no bytes": ("tasks.parquet", b"", "is called Parquet, but it is empty"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_fails_the_run_and_is_named(tmp_path: Path, case: str) -> None:
    """Records would be lost unseen."""
    name, content, message = DAMAGED[case]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "whole.ndjson").write_bytes(b'{"taskId":"t9","stage":"Complete"}\n')
    assert_fails(tmp_path, ["*.ndjson", name], name, message)


def assert_fails(folder: Path, tasks: list[str], *messages: str) -> None:
    """In this process, which takes a third of the time; what a person sees of it is tested below."""
    source = {"tasks": [f"{folder}/{pattern}" for pattern in tasks]}
    with pytest.raises(SourceError) as caught:
        export_here(settings(source, folder / "exports"))
    for message in messages:
        assert message in str(caught.value)
    assert_nothing_published(folder)


def test_a_person_is_told_in_plain_words_and_by_the_exit_code(tmp_path: Path) -> None:
    name, content, message = DAMAGED["cut gzip"]
    (tmp_path / name).write_bytes(content)
    assert_refused(run_command(tmp_path, {"tasks": [name]}), 1, f"error: {name}", message)
    assert_refused(run_command(tmp_path, {"tasks": ["no-such-*"]}), 1, "error: no-such-* matches no file")
    assert_nothing_published(tmp_path)


MISSING: dict[str, tuple[str, str]] = {
    "a glob without a match": ("no-such-*.ndjson", "matches no file"),
    "a folder": ("folder.ndjson", "matches no file"),
    "a link to nothing": ("dangling.ndjson", "dangling.ndjson"),
    "a path below a file": ("whole.ndjson/tasks.ndjson", "whole.ndjson/tasks.ndjson"),
    "a glob that meets a link to nothing": ("*g.ndjson", "dangling.ndjson"),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_table_that_is_not_there_fails_the_run_and_is_named(tmp_path: Path, case: str) -> None:
    pattern, message = MISSING[case]
    (tmp_path / "whole.ndjson").write_bytes(LINES)
    (tmp_path / "whole-and-g.ndjson").write_bytes(LINES)
    (tmp_path / "folder.ndjson").mkdir()
    (tmp_path / "dangling.ndjson").symlink_to("nothing")
    assert_fails(tmp_path, ["whole.ndjson", pattern], message)


def test_files_behind_links_are_read(tmp_path: Path) -> None:
    """Data versioning tools and mounted volumes make whole folders of links."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "9f86d0").write_bytes(LINES)
    (tmp_path / "tasks-1.ndjson").symlink_to("store/9f86d0")
    (tmp_path / "tasks-2.ndjson").write_bytes(b'{"taskId":"t3","stage":"Complete"}\n')
    exported = export_here(settings({"tasks": f"{tmp_path}/tasks-*.ndjson"}, tmp_path / "exports"))
    assert manifest_of(exported)["counts"]["tasksRead"] == 3


EMPTY: dict[str, dict[str, bytes]] = {
    "files of no bytes": {"tasks.ndjson": b"", "stage_history.jsonl": b""},
    "only blank lines": {"tasks.ndjson": b"\n \r\n", "stage_history.ndjson": b"\xef\xbb\xbf"},
    "empty arrays": {"tasks.json": b"[]", "stage_history.json": b" [ \n ] "},
    "compressed nothing": {
        "tasks.ndjson.gz": igzip.compress(b""),
        "stage_history.jsonl.zst": zstandard.compress(b""),
    },
    "Parquet without rows": {"tasks.parquet": parquet_bytes(PARQUET.slice(0, 0))},
}


@pytest.mark.parametrize("case", EMPTY)
def test_empty_tables_give_an_empty_export(tmp_path: Path, case: str) -> None:
    for name, content in EMPTY[case].items():
        (tmp_path / name).write_bytes(content)
    source = {table: f"{tmp_path}/{table}.*" for table in {name.partition(".")[0] for name in EMPTY[case]}}
    exported = export_here(settings(source, tmp_path / "exports"))
    assert set(manifest_of(exported)["counts"].values()) == {0}
    assert records_of(exported) == []
    assert verify_export(ObjectStore(str(exported))) == []


@pytest.mark.parametrize("name", ["tasks.ndjson", "tasks.ndjson.gz", "tasks.json", "tasks.parquet"])
@pytest.mark.parametrize("change", ["cut", "gone"])
def test_a_file_that_changes_between_listing_and_reading_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, change: str
) -> None:
    """A cut at a line end leaves whole records, so only the size tells that some are missing."""
    whole = {".ndjson": LINES, ".gz": igzip.compress(LINES), ".json": b"[" + GOOD + b"\n]"}
    cut = {".ndjson": LINES[: len(GOOD) + 1], ".json": b"[" + GOOD}
    file = tmp_path / name
    content = whole.get(file.suffix, parquet_bytes(PARQUET))
    file.write_bytes(content)

    def listed_and_then_changed(*arguments: Any) -> list[SourceFile]:
        found = list_files(*arguments)
        if change == "cut":
            file.write_bytes(cut.get(file.suffix, content[:-9]))
        else:
            file.unlink(missing_ok=True)  # listed once for each table
        return found

    monkeypatch.setattr("framehaul.pipelines.config.source_tables.list_files", listed_and_then_changed)
    with pytest.raises(SourceError, match=name):
        export_here(settings({"tasks": str(file)}, tmp_path / "exports"))
    assert_nothing_published(tmp_path)
