"""Folders, small reads and deletions, on every store."""

import pytest

from framehaul.pipelines.exports.history import State, list_exports
from framehaul.pipelines.exports.retention import delete_export
from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import DeadLetters, Manifest, Tool
from framehaul.transforms.storage.folders import delete_all, folders_in
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.small_objects import read_if_there
from storage.stores import Store

WHOLE = Manifest(
    export_id="x",
    tool=Tool(name="framehaul", version="0"),
    started_at="2026-11-22T02:00:00.000Z",
    finished_at="2026-11-22T02:10:00.000Z",
    config={},
    source=[],
    counts={},
    annotations_by_title={},
    shards=[],
    dead_letters=DeadLetters(),
)


@pytest.fixture
def output(store: Store) -> ObjectStore:
    return store.objects(f"{store.new_bucket()}/team/exports")


def test_folders_are_listed_without_what_is_in_them(output: ObjectStore) -> None:
    assert folders_in(output) == []
    for path in ("b/data/x", "b/data/y", "a/manifest.json", "latest.json", "c d=ä/z"):
        output.write(path, [b"x"])
    assert folders_in(output) == ["a", "b", "c d=ä"]
    output.write("e/new", [b"x"])
    assert folders_in(output) == ["a", "b", "c d=ä", "e"], "what has just been written is seen"


def test_folders_at_the_top_of_a_bucket_are_listed(store: Store) -> None:
    bucket = store.objects(store.new_bucket())
    assert folders_in(bucket) == []
    bucket.write("export/manifest.json", [b"{}"])
    assert folders_in(bucket) == ["export"]


def test_a_bucket_that_is_not_there_is_an_error(store: Store) -> None:
    with pytest.raises(StorageError, match="no-such-bucket"):
        folders_in(store.objects(f"{store.scheme}://no-such-bucket-of-ours/exports"))


def test_a_small_object_is_read_or_missing(output: ObjectStore) -> None:
    assert read_if_there(output, "a/manifest.json") is None
    output.write("a/manifest.json", [b"{}"])
    assert read_if_there(output, "a/manifest.json") == b"{}"


def test_what_is_gone_already_can_be_deleted(output: ObjectStore) -> None:
    for path in ("a", "b", "c"):
        output.write(path, [b"x"])
    delete_all(output, ["a", "none", "c"])
    assert output.paths("") == ["b"]


def test_an_export_of_which_nobody_can_tell_what_names_it_stays(output: ObjectStore) -> None:
    output.write("x/manifest.json", [b"{}"])
    with pytest.raises(StorageError, match="not a whole manifest"):
        delete_export(output, "x")
    assert "x/manifest.json" in output.paths("")


def test_an_export_goes_and_the_others_stay(output: ObjectStore) -> None:
    output.write("x/manifest.json", [WHOLE.to_json()])
    for path in ("x/data/assets-0", "xy/manifest.json", "y/data/assets-0"):
        output.write(path, [b"{}"])
    assert delete_export(output, "x") == 2
    assert output.paths("") == ["xy/manifest.json", "y/data/assets-0"]
    assert [(each.folder, each.state) for each in list_exports(output)] == [
        ("xy", State.UNREADABLE),
        ("y", State.INCOMPLETE),
    ]
