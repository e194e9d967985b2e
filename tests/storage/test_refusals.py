"""What does not pass fails at once, and says what to do about it; what a store gets wrong is not believed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from framehaul.transforms.errors import SourceError, StorageError
from framehaul.transforms.storage import retries
from framehaul.transforms.storage.access_check import refuse_unusable
from framehaul.transforms.storage.confirmation import confirm_stored
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.stored_object import StoredObject, describe_object
from storage.azure_server import AzureServer
from storage.fault_proxy import Canned, FaultProxy, fault_proxy, refusal
from storage.seaweed_server import READER_KEY, S3Server
from storage.stores import Store, store_of


@pytest.fixture(autouse=True)
def nothing_reached_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    monkeypatch.setattr(retries, "_REACHED", set())


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every wait before another attempt."""
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    return waits


def test_a_bucket_that_is_not_there(store: Store, attempts: list[float]) -> None:
    folder = store.objects(f"{store.scheme}://no-such-bucket-here/team")
    with pytest.raises(StorageError, match=r"no-such-bucket-here.*(bucket|object)"):
        folder.write("a", [b"x"])
    with pytest.raises(StorageError, match="no-such-bucket-here"):
        refuse_unusable(folder)
    with pytest.raises(SourceError, match="no-such-bucket-here"):
        list_files([f"{folder.base_url}/tasks-*"], folder.options)
    assert attempts == []
    assert not store.filesystem().exists("no-such-bucket-here"), "it is not made in silence"


MOVED: dict[str, Callable[[Any], Any]] = {
    "seaweed": lambda server: replace(server, endpoint_url="http://127.0.0.1:9"),
    "gcs": lambda server: replace(server, endpoint_url="http://127.0.0.1:9"),
    "azure": lambda server: replace(server, port=9),
}


@pytest.mark.parametrize("name", MOVED)
def test_an_address_where_nobody_answers(
    request: pytest.FixtureRequest, attempts: list[float], name: str
) -> None:
    store = store_of(name, MOVED[name](request.getfixturevalue(name)))
    folder = store.objects(f"{store.scheme}://bucket-x/team")
    for use in (lambda: folder.write("a", [b"x"]), lambda: folder.paths(""), lambda: folder.read("a")):
        with pytest.raises(StorageError, match="nothing there speaks as this store does: check"):
            use()
    assert attempts == []


def test_an_address_that_has_answered_before_is_tried_again(
    seaweed: S3Server, attempts: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "GIVE_UP_AFTER_S", 3.0)
    store = store_of("seaweed", seaweed)
    store.objects(store.new_bucket()).write("a", [b"x"])
    moved = store_of("moved", MOVED["seaweed"](seaweed)).objects("s3://bucket-x")
    with pytest.raises(StorageError):
        moved.write("a", [b"x"])
    assert attempts


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"TEST_S3_SECRET": "hunter2-wrong"}, "the store does not accept these credentials"),
        ({"TEST_S3_KEY": "nobody"}, "the store does not accept these credentials"),
        ({"TEST_S3_KEY": READER_KEY}, "these credentials may not do that here"),
    ],
    ids=["wrong secret", "wrong key", "only a reader"],
)
def test_credentials_that_do_not_do(
    seaweed: S3Server,
    attempts: list[float],
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, str],
    remedy: str,
) -> None:
    store = store_of("seaweed", seaweed)
    folder = store.objects(store.new_bucket())
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StorageError, match=remedy) as caught:
        folder.write("a", [b"x"])
    assert attempts == []
    assert "hunter2" not in str(caught.value)


def test_azure_checks_its_key(
    azure: AzureServer, attempts: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of("azure", azure)
    folder = store.objects(store.new_bucket())
    wrong = "d3JvbmcgYnV0IGEga2V5IGFsbCB0aGUgc2FtZQ=="
    monkeypatch.setenv("TEST_AZURE", azure.connection_string(wrong))
    with pytest.raises(StorageError, match="the store does not accept these credentials") as caught:
        folder.write("a", [b"x"])
    assert attempts == []
    assert wrong not in str(caught.value)


Proxied = tuple[ObjectStore, FaultProxy]


@pytest.fixture
def proxied(seaweed: S3Server) -> Iterator[Proxied]:
    with fault_proxy(seaweed.endpoint_url) as proxy:
        bucket = store_of("seaweed", seaweed).new_bucket()
        store = store_of("proxied", replace(seaweed, endpoint_url=proxy.endpoint_url))
        yield store.objects(f"{bucket}/team"), proxy


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (refusal(400, "ExpiredToken"), "the credentials have expired: get new ones"),
        (refusal(400, "AuthorizationHeaderMalformed"), "the bucket is in another region: set"),
        (refusal(403, "RequestTimeTooSkewed"), "the clock of this machine is wrong"),
        (refusal(403, "AccessDenied"), "these credentials may not do that here"),
        (refusal(404, "NoSuchBucket"), "create the bucket, or correct the URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.body.decode().split("<")[3][5:],
)
def test_a_refusal_says_what_to_do(
    proxied: Proxied, attempts: list[float], answer: Canned, remedy: str
) -> None:
    folder, proxy = proxied
    with proxy.first([answer] * 9), pytest.raises(StorageError, match=remedy):
        folder.write("a", [b"x"])
    assert len(proxy.done) <= 2, "once, and perhaps once more to find the region"
    assert attempts == []


def test_a_store_that_takes_an_object_and_has_none_is_found_out(proxied: Proxied) -> None:
    folder, proxy = proxied
    with proxy.first([Canned(200)], "PUT"), pytest.raises(StorageError, match="it cannot be trusted"):
        refuse_unusable(folder)
    with proxy.first([Canned(200)], "PUT"):
        size = folder.write("data/a", [b"content"])
    with pytest.raises(
        StorageError, match="data/a was stored with 7 bytes, but the store has no such object"
    ):
        confirm_stored(folder, {"data/a": StoredObject(size, None)})


EMPTY_LISTING = Canned(200, b"<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>")


def test_a_listing_that_is_behind_is_told_by_the_check_and_does_not_fail_an_export(proxied: Proxied) -> None:
    folder, proxy = proxied
    folder.write("data/a", [b"content"])
    stored = folder.look_up("data/a")
    assert stored is not None
    with proxy.first([EMPTY_LISTING] * 2, "GET"):
        confirm_stored(folder, {"data/a": stored})
    assert proxy.done, "the listing was asked for"

    def behind(method: str, path: str) -> Canned | None:
        return EMPTY_LISTING if method == "GET" and "list-type=2" in path else None

    proxy.choose = behind
    with pytest.raises(StorageError, match="the listing of this store is behind"):
        refuse_unusable(folder)


def test_an_object_with_other_bytes_of_the_same_size_is_found_out(store: Store) -> None:
    folder = store.objects(f"{store.new_bucket()}/team")
    folder.write("data/a", [b"content"])
    written = folder.look_up("data/a")
    assert written is not None
    confirm_stored(folder, {"data/a": written})
    folder.write("data/a", [b"CONTENT"])
    with pytest.raises(StorageError, match="data/a was stored with the MD5"):
        confirm_stored(folder, {"data/a": written})


def test_an_etag_that_is_no_md5_is_not_taken_for_one(proxied: Proxied) -> None:
    """As with keys of one's own: every object is right, but its ETag looks like the MD5 of something else."""
    folder, proxy = proxied
    for path in ("data/a", "data/b", "data/c"):
        folder.write(path, [path.encode()])
    right = folder.list_objects("")
    etags = b"".join(
        b"<Contents><Key>team/%s</Key><Size>6</Size><ETag>&quot;%032d&quot;</ETag></Contents>"
        % (path.encode(), 0)
        for path in right
    )
    listing = Canned(200, b"<ListBucketResult>%s</ListBucketResult>" % etags)

    def choose(method: str, path: str) -> Canned | None:
        return listing if method == "GET" and "list-type=2" in path else None

    proxy.choose = choose
    before = proxy.requests
    confirm_stored(folder, right)
    assert proxy.requests - before <= 4, "one listing, one object read back"


def test_what_stores_say_of_an_object_is_understood() -> None:
    md5 = "XUFAKrxLKna5cZ2REBfFkg=="
    in_hex = '"5d41402abc4b2a76b9719d911017c592"'
    assert describe_object({"size": 5, "ETag": in_hex}) == StoredObject(5, md5)
    assert describe_object({"size": 5, "ETag": in_hex[:-1] + '-2"'}) == StoredObject(5, None)
    assert describe_object({"size": 5, "md5Hash": md5}) == StoredObject(5, md5)
    assert describe_object({"size": 5, "content_settings": {"content_md5": None}}) == StoredObject(5, None)
    assert describe_object({"size": 5}) == StoredObject(5, None)
