"""The plan of faults is the same for the same seed, and every fault is one that the store can have."""

from collections import Counter

import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.confirmation import confirm_stored
from storage.random_faults import RandomFaults
from storage.test_retries import MEGABYTE, Folder, behind, folder, short_waits  # noqa: F401 - fixtures

PUT = ("PUT", "/bucket/team/data/a")


def test_the_same_seed_gives_the_same_faults() -> None:
    def drawn(seed: int) -> list[str | None]:
        plan = RandomFaults(seed, 0.5)
        return [plan(*PUT) for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 70 < sum(fault is not None for fault in drawn(1)) < 130


@pytest.mark.parametrize(
    ("method", "path", "never"),
    [
        ("GET", "/bucket/a", {"short", "dropped"}),
        ("PUT", "/bucket/a", {"cut"}),
        ("PUT", "/bucket/a?partNumber=1&uploadId=x", {"cut", "dropped"}),
        ("PUT", "/account/bucket/a?comp=block&blockid=x", {"cut", "dropped"}),
        ("POST", "/upload/storage/v1/b/bucket/o?uploadType=resumable", {"cut", "dropped"}),
        ("POST", "/upload/storage/v1/b/bucket/o?uploadType=multipart", {"cut"}),
        ("DELETE", "/bucket/a", {"cut", "short", "dropped"}),
    ],
)
def test_every_fault_comes_and_none_that_cannot_be(method: str, path: str, never: set[str]) -> None:
    plan = RandomFaults(3, 1.0)
    found = Counter(plan(method, path) for _ in range(2000))
    assert set(found) == plan.kinds - never


@pytest.mark.usefixtures("short_waits")
def test_a_body_of_which_the_store_gets_half_is_sent_again(folder: Folder) -> None:  # noqa: F811
    objects, proxy = folder
    method = "POST" if objects.base_url.startswith("gs:") else "PUT"
    with proxy.first(["short"] * 2, method):
        objects.write("new", [MEGABYTE])
    assert [done[2] for done in proxy.done] == ["short"] * 2
    assert objects.read("new") == MEGABYTE
    assert objects.paths("") == ["new", "there"]


@pytest.mark.usefixtures("short_waits")
def test_an_object_that_a_store_drops_is_missed_before_the_manifest(folder: Folder) -> None:  # noqa: F811
    objects, proxy = folder
    proxy.choose = RandomFaults(1, 1.0, frozenset(["dropped"]))
    assert objects.write("data/a", [MEGABYTE]) == len(MEGABYTE)
    proxy.choose = lambda _method, _path: None
    assert [done[2] for done in proxy.done] == ["dropped"]
    stored = objects.look_up("there")
    assert stored is not None
    with pytest.raises(StorageError, match="data/a was stored with 1048576 bytes, but the store has no such"):
        confirm_stored(objects, {"data/a": stored})
