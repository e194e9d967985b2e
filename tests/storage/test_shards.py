"""A shard on its way to every store: its figures are of what is stored, and nobody holds its bytes at once."""

import base64
import hashlib
import tracemalloc
from typing import Any, BinaryIO

import pytest

from framehaul.transforms.shards.shard import write_shard
from framehaul.transforms.storage import whole_puts
from framehaul.transforms.storage.failures import BrokenBodyError
from framehaul.transforms.storage.object_settings import ObjectSettings
from framehaul.transforms.storage.object_store import ObjectStore
from storage.stores import Store

NAME = "data/assets-00000-of-00001.ndjson"
LINES = [b"%07d" % number * 100 for number in range(6000)]  # 4 MB
CONTENT = b"".join(line + b"\n" for line in LINES)


@pytest.fixture
def folder(store: Store) -> ObjectStore:
    return store.objects(f"{store.new_bucket()}/x")


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_what_is_sent_again_is_hashed_once(
    folder: ObjectStore, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    scheme = folder.base_url.partition(":")[0]
    put_really = whole_puts._PUTS[scheme]
    attempts: list[int] = []

    def put(filesystem: Any, key: str, content: BinaryIO, settings: ObjectSettings, new: bool) -> None:
        attempts.append(content.tell())
        if len(attempts) == 1:
            content.read(2_500_000)
            raise BrokenBodyError("cut off")
        put_really(filesystem, key, content, settings, new)

    monkeypatch.setitem(whole_puts._PUTS, scheme, put)
    entry = write_shard(folder, NAME, LINES, compression, ("a", "b"))
    assert attempts == [0, 0]
    stored = folder.read(NAME)
    assert entry.sha256 == hashlib.sha256(stored).hexdigest()
    assert entry.md5 == base64.b64encode(hashlib.md5(stored).digest()).decode()
    assert (entry.size_bytes, entry.uncompressed_bytes) == (len(stored), len(CONTENT))
    assert stored == CONTENT or compression != "none"


@pytest.mark.parametrize("store", ["seaweed", "moto"], indirect=True)
def test_a_shard_to_s3_is_never_held_as_a_whole(folder: ObjectStore) -> None:
    lines = [bytes([number % 256]) * 7000 for number in range(5000)]
    write_shard(folder, "data/first", lines[:1], "none", None)  # which opens connections
    tracemalloc.start()
    try:
        entry = write_shard(folder, NAME, lines, "none", None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert entry.size_bytes == 35_005_000
    assert peak < 8_000_000, "some pieces of a megabyte"
