"""What an ObjectStore promises, on every store, as a client of the store's own sees it."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.large_uploads import UploadLimits
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.source_files import SourceReader
from storage.stores import Store, store_of

SMALL_PARTS = UploadLimits(one_put=6 << 20, first_part=5 << 20, most_parts=10, in_flight=10 << 20)
MEGABYTE = bytes(range(256)) * 4096
NAME = "data/long-a b\u00e4=1+2,(3)-00000.ndjson"


@pytest.fixture
def folder(store: Store) -> ObjectStore:
    return store.objects(f"{store.new_bucket()}/team/exports")


def key_of(folder: ObjectStore, path: str) -> str:
    return folder.url_of(path).partition("://")[2]


def test_what_is_written_is_what_is_stored(store: Store, folder: ObjectStore) -> None:
    assert folder.write(NAME, iter([b"one", b"", b"two"])) == 6
    assert store.filesystem().cat_file(key_of(folder, NAME)) == b"onetwo"
    assert folder.read(NAME) == b"onetwo"
    assert folder.fetch(NAME, 2, 4) == b"et"
    assert b"".join(folder.pieces(NAME)) == b"onetwo"


def test_the_store_tells_size_and_checksum(folder: ObjectStore) -> None:
    folder.write(NAME, [MEGABYTE])
    md5 = base64.b64encode(hashlib.md5(MEGABYTE).digest()).decode()
    found = folder.look_up(NAME)
    assert found is not None
    assert (found.size, found.md5) == (1 << 20, md5)
    assert folder.list_objects("data") == {NAME: found}
    assert folder.look_up("data/none") is None


TYPES = {
    "data/assets-00000-of-00001.ndjson": "application/x-ndjson",
    "data/assets-00000-of-00001.ndjson.gz": "application/gzip",
    "manifest.json": "application/json",
    "README.md": "text/markdown; charset=utf-8",
    "rest": "application/octet-stream",
}


@pytest.mark.parametrize("path", TYPES)
@pytest.mark.parametrize("megabytes", [1, 11])
def test_the_store_tells_what_an_object_is(
    store: Store, folder: ObjectStore, path: str, megabytes: int
) -> None:
    """In one request and in parts; those who fetch it by a link go by that."""
    folder.write(path, [MEGABYTE] * megabytes, SMALL_PARTS)
    assert content_type_of(store.filesystem().info(key_of(folder, path))) == TYPES[path]


def content_type_of(info: dict[str, Any]) -> str:
    """As clients of S3, Google and Azure give it."""
    settings = info.get("content_settings") or {}
    return str(info.get("ContentType") or info.get("contentType") or settings["content_type"])


def test_objects_are_listed_replaced_and_deleted(folder: ObjectStore) -> None:
    for path in ("data/b", "data/a", "manifest.json", "data/deep/c", "database"):
        folder.write(path, [b"x"])
    folder.write("data/a", [b"longer"])
    assert folder.paths("data") == ["data/a", "data/b", "data/deep/c"]
    assert folder.paths("") == ["data/a", "data/b", "data/deep/c", "database", "manifest.json"]
    assert folder.size("data/a") == 6
    folder.delete("data/a")
    assert folder.paths("data") == ["data/b", "data/deep/c"]
    assert folder.paths("none") == []


def test_an_empty_object_is_an_object(folder: ObjectStore) -> None:
    assert folder.write("empty", []) == 0
    assert (folder.read("empty"), folder.size("empty"), list(folder.pieces("empty"))) == (b"", 0, [])


def test_a_new_object_is_only_written_once(folder: ObjectStore) -> None:
    folder.write_new("manifest.json", b"first")
    folder.write_new("manifest.json", b"first")  # what an attempt does whose first answer was lost
    with pytest.raises(StorageError, match=r"manifest\.json was written by another run"):
        folder.write_new("manifest.json", b"second")
    assert folder.read("manifest.json") == b"first"


def test_an_object_that_is_too_large_for_one_request_is_stored_whole(
    store: Store, folder: ObjectStore
) -> None:
    """40 MiB where 10 parts are allowed: parts have to grow."""
    digest = hashlib.md5()

    def pieces() -> Iterator[bytes]:
        for number in range(40):
            piece = number.to_bytes(4, "big") + MEGABYTE[4:]
            digest.update(piece)
            yield piece
        digest.update(b"the end")
        yield b"the end"

    assert folder.write("large", pieces(), SMALL_PARTS) == (40 << 20) + 7
    stored = store.filesystem().cat_file(key_of(folder, "large"))
    assert (len(stored), hashlib.md5(stored).digest()) == ((40 << 20) + 7, digest.digest())
    assert folder.fetch("large", (39 << 20) - 2, (39 << 20) + 4) == MEGABYTE[-2:] + (39).to_bytes(4, "big")


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("megabytes", [1, 20])
def test_an_object_that_fails_half_way_leaves_the_old_one_and_nothing_else(
    store: Store, folder: ObjectStore, error: BaseException, megabytes: int
) -> None:
    folder.write("data/a", [b"old"])

    def failing() -> Iterator[bytes]:
        yield from [MEGABYTE] * megabytes
        raise error

    for path in ("data/a", "data/b"):
        with pytest.raises(type(error)):
            folder.write(path, failing(), SMALL_PARTS)
    assert folder.paths("") == ["data/a"]
    assert folder.read("data/a") == b"old"
    assert unfinished_uploads(store, folder) == []


def unfinished_uploads(store: Store, folder: ObjectStore) -> list[Any]:
    """What S3 would keep, and charge for, until somebody aborts it; the others forget by themselves."""
    if store.scheme != "s3":
        return []
    bucket = key_of(folder, "").partition("/")[0]
    found = store.filesystem().call_s3("list_multipart_uploads", Bucket=bucket, Prefix="team/")
    return list(found.get("Uploads", []))


def test_an_object_that_outgrows_all_parts_is_an_error(folder: ObjectStore) -> None:
    limits = UploadLimits(one_put=5 << 20, first_part=5 << 20, most_parts=1, in_flight=5 << 20)
    with pytest.raises(StorageError, match="larger than 1 parts"):
        folder.write("large", [MEGABYTE] * 11, limits)
    assert folder.size("large") is None


def test_input_is_listed_and_read_from_every_store(store: Store, folder: ObjectStore) -> None:
    for name in ("tasks-1.ndjson", "tasks-2.ndjson", "deep/tasks-3.ndjson"):
        folder.write(name, [MEGABYTE, name.encode()])
    first, second = list_files([f"{folder.base_url}/tasks-*.ndjson"], folder.options)
    assert (first.url, first.size) == (f"{folder.base_url}/tasks-1.ndjson", (1 << 20) + 14)
    assert list_files([second.url], folder.options) == [second]
    assert len(list_files([f"{folder.base_url}/**/tasks-*"], folder.options)) == 3
    reader = SourceReader(second.url, folder.options)
    assert b"".join(reader.pieces()) == MEGABYTE + b"tasks-2.ndjson"
    assert reader.fetch(5, 9) == bytes([5, 6, 7, 8])
    with reader.open() as stream:
        stream.seek(-14, 2)
        assert stream.read() == b"tasks-2.ndjson"


def test_azure_has_two_schemes(azure: Any) -> None:
    store = store_of("azure", azure)
    bucket = store.new_bucket().partition("://")[2]
    store.objects(f"az://{bucket}/x").write("a", [b"x"])
    assert ObjectStore(f"abfs://{bucket}/x", store.objects("az://x").options).read("a") == b"x"
