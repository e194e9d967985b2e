"""One object is read, and its records are handed on, in bounded memory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.exports.output_form import FRAMINGS
from framehaul.transforms.exports.single_records import SingleRecords, reframed
from framehaul.transforms.storage.object_store import ObjectStore

RECORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\n")).map(lambda text: b"{%b}" % text.encode())
)


def content_of(records: list[bytes], form: str) -> bytes:
    framing = FRAMINGS[form]
    if not records:
        return framing.empty
    return framing.head + framing.separator.join(records) + framing.tail


def in_chunks(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@given(RECORDS, st.sampled_from(["json", "ndjson"]), st.sampled_from(["json", "ndjson"]), st.integers(1, 50))
def test_records_go_from_one_form_to_the_other(
    records: list[bytes], source: str, target: str, size: int
) -> None:
    chunks = in_chunks(content_of(records, source), size)
    if not records and source == "ndjson":
        chunks = []
    found = b"".join(reframed(chunks, FRAMINGS[source], FRAMINGS[target]))
    assert found == content_of(records, target)


def entry_of(path: str, records: list[bytes], content: bytes) -> ShardEntry:
    return ShardEntry(
        path=path,
        records=len(records),
        size_bytes=len(content),
        sha256="",
        md5="",
        uncompressed_bytes=len(content),
        max_line_bytes=max(map(len, records), default=0),
        first_asset_id=None,
        last_asset_id=None,
    )


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_a_record_that_is_too_long_is_measured_and_not_held(form: str, tmp_path: Path) -> None:
    records = [b'{"a":1}', b'{"b":"%b"}' % (b"," * (3 << 20)), b'{"c":[]}', b'{"d":"%b"}' % (b"x" * 2000)]
    content = content_of(records, form)
    path = f"data/assets.{form}"
    store = ObjectStore(str(tmp_path))
    store.write(path, [content])
    found = SingleRecords(store, entry_of(path, records, content), most_held=1 << 20)
    assert [line for lines in found for line in lines] == [records[0], records[2], records[3]]
    assert found.left_out == 1
    problems = [problem.partition(" is ")[0] for problem in found.problems()]
    assert problems == [f"{path}: sha256", f"{path}: md5"]


def test_what_was_not_written_by_framehaul_is_not_handed_on(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    store.write("data/assets.json", [b"{}"])
    found = SingleRecords(store, entry_of("data/assets.json", [], b"{}"))
    with pytest.raises(StorageError, match="holds no records in the way in which framehaul writes them"):
        list(found.reframed("ndjson"))


def test_what_differs_from_the_manifest_is_told_at_the_end(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    store.write("data/assets.json", [b'[\n{"a":1}\n]\n'])
    found = SingleRecords(store, entry_of("data/assets.json", [b'{"a":1}'], b'[\n{"a":1}\n]\n'))
    with pytest.raises(StorageError, match=r"is not whole: data/assets\.json: sha256 is"):
        list(found.reframed("ndjson"))
