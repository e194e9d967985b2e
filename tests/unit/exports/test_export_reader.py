"""A finished export is opened, and its shards are read, by whoever has no more than the store and their entries."""

import base64
import hashlib
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import orjson
import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.export_reader import open_export, open_if_finished
from framehaul.transforms.exports.manifest import LongAsset, ShardEntry
from framehaul.transforms.exports.output_form import OutputForm, form_of_config, form_of_path
from framehaul.transforms.exports.shard_reader import records_of_shard
from framehaul.transforms.storage.object_store import ObjectStore
from reference.record_splitter import Json, image, split, store_export, video

PATHS = ["data/assets-00000-of-00001.ndjson.gz", "data/long-v-00000-of-00002.ndjson"]
SINGLE = {"ndjson": b'{"a":1}\n{"a":2}\n', "json": b'[\n{"a":1},\n{"a":2}\n]\n'}


@pytest.fixture
def parts() -> list[list[Json]]:
    return [split(image("a", "t1")), split(video("v", "t2", frames=9), [2, 5])]


@pytest.fixture
def store(tmp_path: Path, parts: list[list[Json]]) -> ObjectStore:
    """An export of two shards: one record in one piece, and one in three."""
    store = ObjectStore(str(tmp_path / "x"))
    long_asset = LongAsset(asset_id="v", task_id="t2", frames=9, parts=3, shards=[PATHS[1]])
    store_export(store, dict(zip(PATHS, parts, strict=True)), long_assets=[long_asset])
    return store


def one_object(folder: Path, file_format: str) -> ObjectStore:
    """An export that is one object of two records."""
    store, content = ObjectStore(str(folder / "x")), SINGLE[file_format]
    entry = ShardEntry(
        path=f"data/assets.{file_format}",
        records=2,
        size_bytes=store.write(f"data/assets.{file_format}", [content]),
        sha256=hashlib.sha256(content).hexdigest(),
        md5=base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
        uncompressed_bytes=len(content),
        max_line_bytes=7,
        first_asset_id=None,
        last_asset_id=None,
    )
    config = {"output": {"format": file_format}}
    manifest = msgspec.structs.replace(store_export(store, {}), config=config, shards=[entry])
    store.write("manifest.json", [manifest.to_json()])
    return store


def test_what_is_no_export_is_refused_with_a_way_out(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    with pytest.raises(StorageError, match=r"is no finished export: there is no manifest\.json.*history"):
        open_export(store)
    assert open_if_finished(store) is None


@pytest.mark.parametrize("opened", [open_export, open_if_finished])
def test_a_manifest_of_a_later_version_is_refused(
    store: ObjectStore, opened: Callable[[ObjectStore], object]
) -> None:
    store.write("manifest.json", [b'{"formatVersion":2}'])
    with pytest.raises(StorageError, match=r"formatVersion 2; this version of framehaul reads 1\. Update"):
        opened(store)


def test_the_manifest_is_kept_as_it_is_stored(store: ObjectStore) -> None:
    assert open_export(store).content == store.read("manifest.json")


def test_each_line_comes_with_its_place_and_its_part(store: ObjectStore, parts: list[list[Json]]) -> None:
    export = open_export(store)
    for shard, expected in zip(export.manifest.shards, parts, strict=True):
        found = list(export.records(shard))
        assert [orjson.loads(record.line) for record in found] == expected
        assert [record.number for record in found] == list(range(1, len(expected) + 1))
        assert {record.url for record in found} == {store.url_of(shard.path)}
        assert [msgspec.to_builtins(record.part) for record in found] == [line["part"] for line in expected]


@pytest.mark.parametrize("file_format", SINGLE)
def test_records_of_one_object_are_whole_and_have_no_part(file_format: str, tmp_path: Path) -> None:
    export = open_export(one_object(tmp_path, file_format))
    (shard,) = export.manifest.shards
    assert [(record.line, record.part) for record in export.records(shard)] == [
        (b'{"a":1}', None),
        (b'{"a":2}', None),
    ]


READ_PICKLED = """
import pickle, sys
from framehaul.transforms.exports.shard_reader import records_of_shard
store, shard = pickle.loads(sys.stdin.buffer.read())
print(*(record.line.decode() for record in records_of_shard(store, shard)), sep="\\n")
assert "apache_beam" not in sys.modules
"""


def test_a_worker_needs_nothing_but_the_store_and_the_entry(
    store: ObjectStore, parts: list[list[Json]]
) -> None:
    """It is another process, and reads one of several shards; Beam is not needed for that."""
    shard = open_export(store).manifest.shards[1]
    command = [sys.executable, "-c", READ_PICKLED]
    worker = subprocess.run(command, input=pickle.dumps((store, shard)), capture_output=True, check=True)
    assert [orjson.loads(line) for line in worker.stdout.splitlines()] == parts[1]


def test_records_end_in_an_error_where_the_shard_is_not_what_its_entry_says(store: ObjectStore) -> None:
    shard = open_export(store).manifest.shards[1]
    content = store.read(shard.path)
    store.write(shard.path, [content.replace(b'"Car"', b'"Cat"')])
    with pytest.raises(StorageError, match=r"is not whole: data/long-v.*: sha256 is"):
        list(records_of_shard(store, shard))
    store.delete(shard.path)
    with pytest.raises(StorageError, match="is missing"):
        next(records_of_shard(store, shard))


def test_a_line_that_is_no_record_is_told_by_its_place(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    broken = image("b", "t2")
    del broken["part"]
    manifest = store_export(store, {PATHS[0]: [image("a", "t1")]})
    content = orjson.dumps(image("a", "t1")) + b"\n" + orjson.dumps(broken) + b"\n"
    path = "data/assets-00000-of-00001.ndjson"
    store.write(path, [content])
    shard = msgspec.structs.replace(manifest.shards[0], path=path, size_bytes=len(content))
    records = records_of_shard(store, shard)
    assert next(records).number == 1
    with pytest.raises(StorageError, match=r"00001\.ndjson, line 2: is no record with `part` at its end"):
        next(records)


def test_joined_records_are_those_that_were_split(store: ObjectStore) -> None:
    expected = [image("a", "t1"), video("v", "t2", frames=9)]
    joined = [b"".join(pieces) for pieces in open_export(store).joined()]
    assert [orjson.loads(line) for line in joined] == expected


def test_one_object_is_one_object(tmp_path: Path) -> None:
    """A manifest that says otherwise is damaged."""
    store = one_object(tmp_path, "json")
    manifest = orjson.loads(store.read("manifest.json"))
    store.write("manifest.json", [orjson.dumps(manifest | {"shards": []})])
    with pytest.raises(StorageError, match="names 0 objects with records, but an export of the format json"):
        open_export(store).as_one_object("ndjson")


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("file_format", ["ndjson-split", "ndjson", "json"])
def test_config_and_name_tell_the_same_form(file_format: str, compression: str) -> None:
    form = form_of_config({"output": {"format": file_format, "compression": compression}})
    assert form == OutputForm(file_format, compression=compression)
    suffix = {"none": "", "gzip": ".gz", "zstd": ".zst"}[compression]
    paths = [f"data/assets-00000-of-00012.ndjson{suffix}", f"data/long-a-00000-of-00001.ndjson{suffix}"]
    of_asset = form_of_config({"output": {"split_by": "asset", "compression": compression}})
    paths.append(of_asset.asset_path("a", "assets"))
    for path in [form.single_path] if form.is_single else paths:
        assert form_of_path(path) == form


@pytest.mark.parametrize("path", ["", "assets.json", "data/../x.ndjson", "data/a/b.ndjson", "data/x.txt"])
def test_a_path_that_leads_elsewhere_is_no_path_of_a_shard(path: str) -> None:
    with pytest.raises(StorageError, match="is no path of a shard"):
        form_of_path(path)
