"""What passes is tried again, on every store; what does not ends in time, or at once, with what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from end_to_end.exports import export_here, settings, shard_hashes, tables_in
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage import retries
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.source_files import SourceReader
from storage.azure_server import AzureServer
from storage.fault_proxy import FaultProxy, fault_proxy
from storage.stores import Store, store_of
from storage.test_every_store import MEGABYTE, SMALL_PARTS

Folder = tuple[ObjectStore, FaultProxy]
OUTPUT = {"shard_bytes": "30kB"}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.01)


@pytest.fixture(params=["seaweed", "gcs", "azure"])
def behind(request: pytest.FixtureRequest) -> Iterator[tuple[Store, FaultProxy, Any]]:
    """A store behind a proxy."""
    server = request.getfixturevalue(request.param)
    is_azure = isinstance(server, AzureServer)
    target = f"http://127.0.0.1:{server.port}" if is_azure else server.endpoint_url
    with fault_proxy(target) as proxy:
        port = int(proxy.endpoint_url.rpartition(":")[2])
        moved = AzureServer(port) if is_azure else replace(server, endpoint_url=proxy.endpoint_url)
        yield store_of(request.param, moved), proxy, store_of(request.param, server)


@pytest.fixture
def folder(behind: tuple[Store, FaultProxy, Store]) -> Folder:
    store, proxy, plain = behind
    folder = store.objects(f"{plain.new_bucket()}/team")
    folder.write("there", [MEGABYTE])
    return folder, proxy


OPERATIONS: dict[str, Callable[[ObjectStore], object]] = {
    "write": lambda folder: folder.write("new", [MEGABYTE]),
    "write on condition": lambda folder: folder.write_new("new", b"x"),
    "read": lambda folder: folder.read("there"),
    "read a part": lambda folder: folder.fetch("there", 5, 500_000),
    "look up": lambda folder: folder.look_up("there"),
    "list": lambda folder: folder.paths(""),
    "delete": lambda folder: folder.delete("there"),
    "list input": lambda folder: list_files([f"{folder.base_url}/th*"], folder.options),
    "read input": lambda folder: SourceReader(f"{folder.base_url}/there", folder.options).fetch(5, 500_000),
    "stream input": lambda folder: list(SourceReader(f"{folder.base_url}/there", folder.options).pieces()),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_tried_again_when_a_store_fails_for_a_while(
    folder: Folder, operation: str
) -> None:
    objects, proxy = folder
    faults = ["503", "reset", "429", "500", "reset"]
    with proxy.first(faults):
        OPERATIONS[operation](objects)
    assert [done[2] for done in proxy.done] == faults


@pytest.mark.parametrize("operation", ["read", "read a part", "read input", "stream input"])
def test_a_body_that_is_cut_off_is_read_again(folder: Folder, operation: str) -> None:
    objects, proxy = folder
    with proxy.first(["cut"] * 2, "GET"):
        found = OPERATIONS[operation](objects)
    assert [done[2] for done in proxy.done] == ["cut"] * 2
    whole = {"read": MEGABYTE, "stream input": MEGABYTE}.get(operation, MEGABYTE[5:500_000])
    assert (b"".join(found) if isinstance(found, list) else found) == whole


@pytest.mark.parametrize("fault", ["503", "reset", "lost", "delay"])
@pytest.mark.parametrize("operation", ["write", "write on condition"])
def test_an_answer_that_is_lost_does_not_lose_the_object(folder: Folder, operation: str, fault: str) -> None:
    objects, proxy = folder
    method = "POST" if objects.base_url.startswith("gs:") else "PUT"
    with proxy.first([fault], method):
        OPERATIONS[operation](objects)
    assert len(proxy.done) == 1
    assert objects.read("new") == (MEGABYTE if operation == "write" else b"x")


@pytest.mark.parametrize("fault", ["503", "reset"])
def test_the_parts_of_a_large_object_are_tried_again(folder: Folder, fault: str) -> None:
    objects, proxy = folder
    with proxy.first([fault] * 5):
        objects.write("new", [MEGABYTE] * 20, SMALL_PARTS)
    assert len(proxy.done) == 5
    assert objects.read("new") == MEGABYTE * 20


def test_a_large_object_is_complete_though_the_answer_to_that_is_lost(folder: Folder) -> None:
    """The store no longer knows the upload then, and has the object."""
    objects, proxy = folder

    def lose_the_last(method: str, path: str) -> str | None:
        last = ("uploadId=" in path and method == "POST") or "comp=blocklist" in path
        return "lost" if last and not proxy.done else None

    proxy.choose = lose_the_last
    objects.write("new", [MEGABYTE] * 20, SMALL_PARTS)
    assert bool(proxy.done) == (not objects.base_url.startswith("gs:")), "there the last part is the end"
    assert objects.read("new") == MEGABYTE * 20


def test_a_store_that_stays_broken_ends_in_time(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "GIVE_UP_AFTER_S", 1.0)
    objects, proxy = folder
    for operation in ("write", "read"):
        proxy.done.clear()
        with proxy.first(["503"] * 1000), pytest.raises(StorageError) as caught:
            OPERATIONS[operation](objects)
        assert 2 <= len(proxy.done) < 1000, "tried again, but not for ever"
        assert objects.base_url in str(caught.value)


def test_a_body_that_is_always_cut_off_is_an_error(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "GIVE_UP_AFTER_S", 1.0)
    objects, proxy = folder
    with proxy.first(["cut"] * 1000, "GET"), pytest.raises(StorageError, match=r"could not read .*/there: "):
        objects.fetch("there", 0, 1 << 20)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export on this disk, beside its ``tables``."""
    folder = tmp_path_factory.mktemp("local")
    write_sample(folder / "tables", tasks=40, videos=1, frames=20, objects=2, seed=4)
    return export_here(settings(tables_in(folder / "tables"), folder, output=OUTPUT))


@pytest.mark.usefixtures("prompt_listings")
def test_an_export_survives_a_store_that_fails_now_and_then(
    behind: tuple[Store, FaultProxy, Store], local: Path, tmp_path: Path
) -> None:
    """Every tenth request is answered badly."""
    store, proxy, plain = behind
    bucket = plain.new_bucket()
    for path in (local.parent / "tables").iterdir():
        plain.filesystem().put_file(str(path), f"{bucket.partition('://')[2]}/{path.name}")
    faults = ["503", "429", "500", "reset", "lost", "cut"]

    def choose(_method: str, _path: str) -> str | None:
        number, rest = divmod(proxy.requests, 10)
        return faults[number % len(faults)] if rest == 0 else None

    store.objects(bucket)
    proxy.choose = choose
    export_here(settings(tables_in(bucket), f"{bucket}/out", output=OUTPUT, storage=store.storage))
    proxy.choose = lambda _method, _path: None
    assert len(proxy.done) > 3
    plain.filesystem().get(f"{bucket.partition('://')[2]}/out/x/", str(tmp_path / "found"), recursive=True)
    assert shard_hashes(tmp_path / "found") == shard_hashes(local)
    assert verify_export(plain.objects(f"{bucket}/out/x")) == []
