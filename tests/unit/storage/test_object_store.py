"""Objects are stored whole or not at all; every failure names the URL."""

import pickle
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions


@pytest.fixture(params=["path", "file URL", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    urls = {"path": str(tmp_path), "file URL": tmp_path.as_uri(), "memory": f"memory:/{tmp_path}"}
    return ObjectStore(urls[request.param])


def failing(error: BaseException) -> Iterator[bytes]:
    yield b"half of "
    raise error


def test_what_is_written_is_read(store: ObjectStore) -> None:
    assert store.write("data/a.bin", iter([b"one", b"", b"two"])) == 6
    assert store.read("data/a.bin") == b"onetwo"
    assert store.size("data/a.bin") == 6
    assert b"".join(store.pieces("data/a.bin")) == b"onetwo"


def test_an_object_may_be_empty(store: ObjectStore) -> None:
    assert store.write("empty", []) == 0
    assert (store.read("empty"), store.size("empty")) == (b"", 0)


def test_a_new_object_replaces_the_old_one(store: ObjectStore) -> None:
    store.write("a", [b"a longer object"])
    store.write("a", [b"short"])
    assert store.read("a") == b"short"


@pytest.mark.parametrize(
    "error", [ValueError("stop"), KeyboardInterrupt(), OSError("no more input")], ids=repr
)
def test_an_object_that_fails_half_way_leaves_the_old_one_and_nothing_else(
    store: ObjectStore, error: BaseException
) -> None:
    store.write("data/a", [b"old"])
    for path in ("data/a", "data/b"):
        with pytest.raises((type(error), StorageError)):
            store.write(path, failing(error))
    assert store.paths("") == ["data/a"]
    assert store.read("data/a") == b"old"
    assert store.size("data/b") is None


def test_a_new_object_is_not_seen_before_it_is_whole(tmp_path: Path) -> None:
    store = ObjectStore(str(tmp_path))
    store.write("a.ndjson", [b"old"])

    def watched() -> Iterator[bytes]:
        yield b"new "
        assert store.read("a.ndjson") == b"old"
        assert [path.name for path in tmp_path.glob("*.ndjson")] == ["a.ndjson"]
        yield b"object"

    store.write("a.ndjson", watched())
    assert store.read("a.ndjson") == b"new object"
    assert [path.name for path in tmp_path.iterdir()] == ["a.ndjson"]


def test_files_may_be_read_by_those_whom_the_umask_lets(tmp_path: Path) -> None:
    ObjectStore(str(tmp_path)).write("a", [b"x"])
    (tmp_path / "b").write_bytes(b"x")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "b")}
    assert len(modes) == 1


def test_a_url_with_odd_letters_is_one_object(store: ObjectStore) -> None:
    name = "data/long-a b\u00e4%20#1[2]-00000.ndjson"
    store.write(name, [b"x"])
    assert store.paths("data") == [name]
    assert store.read(name) == b"x"
    store.delete(name)
    assert store.size(name) is None


def test_paths_are_sorted_relative_and_of_the_folder_alone(store: ObjectStore) -> None:
    for path in ("data/b", "data/a", "manifest.json", "data/deep/c", "database"):
        store.write(path, [b"x"])
    assert store.paths("data") == ["data/a", "data/b", "data/deep/c"]
    assert store.paths("") == ["data/a", "data/b", "data/deep/c", "database", "manifest.json"]


def test_a_folder_that_is_not_there_is_empty(store: ObjectStore) -> None:
    assert store.paths("") == []
    assert store.paths("data") == []
    assert store.size("data/a") is None


@pytest.mark.parametrize(
    ("verb", "use"),
    [
        ("read", lambda store: store.read("data/none")),
        ("read", lambda store: list(store.pieces("data/none"))),
        ("delete", lambda store: store.delete("data/none")),
    ],
    ids=["read", "pieces", "delete"],
)
def test_an_object_that_is_missing_is_an_error_that_names_its_url(
    store: ObjectStore, verb: str, use: Callable[[ObjectStore], object]
) -> None:
    with pytest.raises(StorageError) as caught:
        use(store)
    assert str(caught.value).startswith(f"could not {verb} {store.base_url}/data/none: ")


def test_a_disk_that_refuses_is_an_error_that_names_the_url(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = ObjectStore(f"{tmp_path}/file")
    with pytest.raises(StorageError, match=rf"could not store {tmp_path}/file/a/b: .*file"):
        store.write("a/b", [b"x"])


def test_a_large_object_is_read_in_pieces_and_what_is_done_with_them_is_no_error_of_the_store(
    store: ObjectStore,
) -> None:
    store.write("a", [b"x" * (5 << 19)])
    assert [len(chunk) for chunk in store.pieces("a")] == [1 << 20, 1 << 20, 1 << 19]
    with pytest.raises(ValueError, match="invalid literal"):
        sum(int(chunk) for chunk in store.pieces("a"))


def test_a_secret_that_is_not_set_is_told_as_such() -> None:
    store = ObjectStore("memory://x", StorageOptions({"memory": {"token": {"env": "FRAMEHAUL_NOT_SET"}}}))
    for use in (lambda: store.read("a"), lambda: store.write("a", [b"x"]), lambda: store.size("a")):
        with pytest.raises(ConfigError, match="FRAMEHAUL_NOT_SET"):
            use()


def test_a_store_travels_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEHAUL_SECRET", "hunter2")
    store = ObjectStore(
        "s3://bucket/exports", StorageOptions({"s3": {"secret": {"env": "FRAMEHAUL_SECRET"}}})
    )
    pickled = pickle.dumps(store)
    assert pickle.loads(pickled) == store
    assert b"hunter2" not in pickled
    assert repr(store) == "ObjectStore(base_url='s3://bucket/exports')"


def test_urls_are_joined_with_one_slash() -> None:
    assert ObjectStore("s3://bucket/x").url_of("data/a") == "s3://bucket/x/data/a"
    assert ObjectStore("s3://bucket/x").url_of("") == "s3://bucket/x"
