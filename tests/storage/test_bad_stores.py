"""What a store is given or gives that is bad: credentials that end, objects it drops, exports damaged on it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import generate_container_sas

from end_to_end.exports import export_here, settings, shard_hashes, tables_in
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from storage.azure_server import ACCOUNT, ACCOUNT_KEY, AzureServer
from storage.fault_proxy import Canned, FaultProxy, fault_proxy
from storage.stores import Store, store_of
from storage.test_retries import behind, short_waits  # noqa: F401 - fixtures


@pytest.fixture
def sas_folder(azure: AzureServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ObjectStore]:
    """Makes a folder that is opened by a SAS token of so many hours and with such permissions."""
    bucket = store_of("azure", azure).new_bucket()

    def folder(hours: int, permission: str) -> ObjectStore:
        expiry = datetime.now(UTC) + timedelta(hours=hours)
        name = bucket.partition("://")[2]
        token = generate_container_sas(ACCOUNT, name, ACCOUNT_KEY, permission=permission, expiry=expiry)
        address = f"http://127.0.0.1:{azure.port}/{ACCOUNT}"
        monkeypatch.setenv("TEST_SAS", f"BlobEndpoint={address};SharedAccessSignature={token}")
        options = {"account_name": ACCOUNT, "connection_string": {"env": "TEST_SAS"}}
        return ObjectStore(f"{bucket}/team", StorageOptions({"az": options}))

    return folder


@pytest.mark.parametrize(
    ("hours", "permission", "remedy"),
    [
        (-1, "racwdl", "the store does not accept these credentials"),
        (1, "rl", "these credentials may not do that here"),
    ],
    ids=["expired", "may only read"],
)
def test_a_sas_token_that_does_not_do_is_told_and_not_repeated(
    sas_folder: Callable[..., ObjectStore], hours: int, permission: str, remedy: str
) -> None:
    with pytest.raises(StorageError, match=remedy) as caught:
        sas_folder(hours, permission).write("a", [b"x"])
    assert "sig=" not in str(caught.value)
    assert sas_folder(1, "racwdl").write("a", [b"x"]) == 1


def _google(status: int, message: str) -> Canned:
    return Canned(status, json.dumps({"error": {"code": status, "message": message}}).encode())


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (_google(401, "Invalid Credentials"), "the store does not accept these credentials"),
        (_google(401, "The access token has expired"), "the credentials have expired: get new ones"),
        (_google(403, "no storage.objects.create access"), "these credentials may not do that here"),
        (_google(404, "The specified bucket does not exist."), "there is no such bucket or object"),
    ],
    ids=["wrong", "expired", "no permission", "no bucket"],
)
def test_what_google_refuses_fails_at_once_with_the_remedy(
    gcs: Any, monkeypatch: pytest.MonkeyPatch, answer: Canned, remedy: str
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    bucket = store_of("gcs", gcs).new_bucket()
    with fault_proxy(gcs.endpoint_url) as proxy:
        store = store_of("gcs", replace(gcs, endpoint_url=proxy.endpoint_url))
        with proxy.first([answer] * 9), pytest.raises(StorageError, match=remedy):
            store.objects(f"{bucket}/team").write("a", [b"x"])
        assert len(proxy.done) == 1
    assert waits == []


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export on this disk of some shards, beside its ``tables``."""
    folder = tmp_path_factory.mktemp("bad")
    write_sample(folder / "tables", tasks=40, videos=0, frames=1, objects=1, seed=3)
    return export_here(settings(tables_in(folder / "tables"), folder, output={"shard_bytes": "30kB"}))


@pytest.mark.usefixtures("short_waits", "prompt_listings")
def test_a_shard_that_the_store_drops_fails_the_run_and_the_next_one_stores_it(
    behind: tuple[Store, FaultProxy, Store],  # noqa: F811
    local: Path,
    tmp_path: Path,
) -> None:
    store, proxy, plain = behind
    bucket = plain.new_bucket()
    tables = local.parent / "tables"
    config = check_config(
        settings(tables_in(tables), bucket, output={"shard_bytes": "30kB"}, storage=store.storage), "a test"
    )
    store.objects(bucket)
    proxy.choose = lambda method, path: (
        "dropped" if method in {"PUT", "POST"} and "assets-00001-" in path and not proxy.done else None
    )
    with pytest.raises(StorageError, match=r"was stored with .* bytes, but the store has no such object"):
        run(config, "x")
    assert [done[2] for done in proxy.done] == ["dropped"]
    assert not plain.filesystem().exists(f"{bucket.partition('://')[2]}/x/manifest.json")
    run(config, "x", resume=True)
    plain.filesystem().get(f"{bucket.partition('://')[2]}/x/", str(tmp_path / "found"), recursive=True)
    assert shard_hashes(tmp_path / "found") == shard_hashes(local)


DAMAGES: dict[str, tuple[Callable[[bytes], bytes | None], str]] = {
    "a changed byte": (lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:], "sha256"),
    "cut": (lambda content: content[:-9], "bytes, the manifest says"),
    "gone": (lambda _: None, "is missing"),
}


def test_damage_on_a_store_is_found_and_named(store: Store, local: Path) -> None:
    bucket = store.new_bucket()
    filesystem, root = store.filesystem(), f"{bucket.partition('://')[2]}/x"
    for path in sorted(local.rglob("*")):
        if path.is_file():
            filesystem.pipe_file(f"{root}/{path.relative_to(local)}", path.read_bytes())
    folder = store.objects(f"{bucket}/x")
    assert verify_export(folder) == []
    shard = sorted((local / "data").iterdir())[1]
    name, content = f"data/{shard.name}", shard.read_bytes()
    for change, said in DAMAGES.values():
        changed = change(content)
        if changed is None:
            filesystem.rm_file(f"{root}/{name}")
        else:
            filesystem.pipe_file(f"{root}/{name}", changed)
        problems = verify_export(folder)
        assert problems
        assert name in problems[0]
        assert any(said in problem for problem in problems)
    filesystem.pipe_file(f"{root}/{name}", content)
    filesystem.pipe_file(f"{root}/data/assets-00099-of-00099.ndjson", content)
    assert verify_export(folder) == ["data/assets-00099-of-00099.ndjson is not in the manifest"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[: len(content) // 2], "is not a whole manifest"),
        (lambda content: content.replace(b'"formatVersion": 1', b'"formatVersion": 99'), "99"),
    ],
    ids=["cut", "of a future version"],
)
def test_a_manifest_on_a_store_that_cannot_be_read_is_an_error(
    store: Store, local: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    bucket = store.new_bucket()
    content = change((local / "manifest.json").read_bytes())
    store.filesystem().pipe_file(f"{bucket.partition('://')[2]}/x/manifest.json", content)
    with pytest.raises(StorageError, match=said) as caught:
        verify_export(store.objects(f"{bucket}/x"))
    assert f"{bucket}/x/manifest.json" in str(caught.value)
