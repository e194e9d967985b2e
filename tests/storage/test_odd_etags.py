"""An S3 that encrypts with a key of KMS: no ETag is the MD5 that it looks like, and nothing rests on them.

moto takes such a key, but tells plain MD5s, so a proxy turns them around.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from end_to_end.exports import settings, tables_in
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.errors import StorageError
from storage.fault_proxy import Canned, FaultProxy, fault_proxy, refusal
from storage.stores import Store, store_of
from storage.test_every_store import MEGABYTE, SMALL_PARTS
from storage.test_retries import short_waits  # noqa: F401 - a fixture

KMS = {"type": "aws:kms", "key": "alias/exports"}
NO_UPLOAD = refusal(404, "NoSuchUpload")
Odd = tuple[Store, FaultProxy, str]


@pytest.fixture(params=["told", "untold"])
def odd(request: pytest.FixtureRequest, moto: Any) -> Iterator[Odd]:
    """The store behind the proxy, and a bucket in it, with the key in the config or in the bucket's own settings."""
    with fault_proxy(moto.endpoint_url) as proxy:
        proxy.odd_etags = True
        store = store_of("moto", replace(moto, endpoint_url=proxy.endpoint_url))
        if request.param == "told":
            store = replace(store, options={**store.options, "encryption": KMS})
        yield store, proxy, store_of("moto", moto).new_bucket()


@pytest.fixture
def config(odd: Odd, tmp_path: Path) -> ExportConfig:
    write_sample(tmp_path, tasks=40, videos=0, frames=1, objects=1, seed=3)
    store, _, bucket = odd
    output = {"shard_bytes": "30kB"}
    return check_config(settings(tables_in(tmp_path), bucket, output=output, storage=store.storage), "a test")


def test_an_etag_there_looks_like_an_md5(odd: Odd) -> None:
    """Or the tests below would show nothing."""
    store, proxy, bucket = odd
    store.objects(bucket).write("a", [b"hello"])
    found = store.filesystem().info(f"{bucket.partition('://')[2]}/a")["ETag"]
    proxy.odd_etags = False
    real = store.filesystem().info(f"{bucket.partition('://')[2]}/a")["ETag"]
    assert found == f'"{real[1:-1][::-1]}"'


def test_an_export_is_written_confirmed_and_verified(odd: Odd, config: ExportConfig) -> None:
    """Where the config names the key nothing is read back; else one object is, which shows what ETags are."""
    store, proxy, bucket = odd
    store.objects(bucket)
    read: list[str] = []

    def choose(method: str, path: str) -> None:
        read.extend([path] if method == "GET" and "/x/data/" in path else [])

    proxy.choose = choose
    manifest = run(config, "x")
    assert len(manifest.shards) > 3
    assert len(read) == (0 if "encryption" in store.options else 1)
    assert verify_export(store.objects(f"{bucket}/x")) == []


@pytest.mark.usefixtures("short_waits")
def test_a_resumed_run_keeps_shards_by_their_bytes(odd: Odd, config: ExportConfig) -> None:
    store, proxy, bucket = odd
    store.objects(bucket)
    written: list[str] = []

    def choose(method: str, path: str) -> Canned | None:
        written.extend([path] if method == "PUT" and "/x/data/" in path else [])
        return refusal(403, "AccessDenied") if method == "PUT" and "/x/manifest.json" in path else None

    proxy.choose = choose
    with pytest.raises(StorageError, match="manifest"):
        run(config, "x")
    assert len(written) > 3
    written.clear()
    proxy.choose = lambda method, path: (
        written.append(path) if method == "PUT" and "/x/data/" in path else None
    )
    run(config, "x", resume=True)
    assert written == []
    assert verify_export(store.objects(f"{bucket}/x")) == []


@pytest.mark.usefixtures("short_waits")
def test_an_upload_whose_end_was_not_heard_of_is_known_by_its_bytes(odd: Odd) -> None:
    store, proxy, bucket = odd
    folder = store.objects(bucket)
    answers = iter(["lost", NO_UPLOAD])  # which S3 says, where moto completes it once more
    proxy.choose = lambda method, path: next(answers) if method == "POST" and "uploadId=" in path else None
    assert folder.write("large", [MEGABYTE] * 7, SMALL_PARTS) == 7 << 20
    assert [done[2] for done in proxy.done] == ["lost", NO_UPLOAD]
    assert b"".join(folder.pieces("large")) == MEGABYTE * 7


@pytest.mark.usefixtures("short_waits")
def test_an_upload_that_another_one_has_taken_the_place_of_is_not_taken_for_it(odd: Odd) -> None:
    store, proxy, bucket = odd
    folder = store.objects(bucket)
    folder.write("large", [b"another"])
    proxy.choose = lambda method, path: NO_UPLOAD if method == "POST" and "uploadId=" in path else None
    with pytest.raises(StorageError, match="large"):
        folder.write("large", [MEGABYTE] * 7, SMALL_PARTS)
    assert folder.read("large") == b"another"
