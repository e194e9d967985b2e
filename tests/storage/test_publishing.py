"""Downloads and signed links, from the servers themselves."""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from end_to_end.command import assert_refused, framehaul
from end_to_end.published import one_export
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.download import download_export
from framehaul.pipelines.exports.links import SignedLinks, print_links, sign_links
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.notify.news import news_of_export
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.exports.manifest import parse_manifest
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.signed_links import ends_with_its_credentials, signed_link
from framehaul.transforms.storage.stored_object import StoredObject
from storage.azure_server import ACCOUNT, ACCOUNT_KEY
from storage.seaweed_server import KEY, SECRET, S3Server
from storage.stores import Store, store_of

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_export(tmp_path_factory.mktemp("published"))


def stored(export: Path, store: Store, **options: Any) -> ObjectStore:
    """The export in a new bucket of a store."""
    folder = store.objects(f"{store.new_bucket()}/team exports/x", **options)
    for path in sorted(export.rglob("*")):
        if path.is_file():
            folder.write(str(path.relative_to(export)), [path.read_bytes()])
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_export_is_downloaded_from_every_store(export: Path, store: Store, tmp_path: Path) -> None:
    folder = stored(export, store)
    shard = next(path for path in files_in(export) if path.startswith("data/"))
    part = tmp_path / "copy" / "data" / f".{Path(shard).name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(files_in(export)[shard][:1000])
    download_export(folder, tmp_path / "copy")
    assert files_in(tmp_path / "copy") == files_in(export)
    assert verify_export(ObjectStore(str(tmp_path / "copy"))) == []


def test_a_checksum_of_the_store_that_is_none_is_not_believed(
    export: Path, seaweed: S3Server, tmp_path: Path
) -> None:
    """Encrypted with keys of one's own, an object of S3 has an ETag that only looks like its MD5."""
    folder = stored(export, store_of("seaweed", seaweed))
    listed = folder.list_objects("")
    odd = listed | {"README.md": StoredObject(listed["README.md"].size, "AAAAAAAAAAAAAAAAAAAAAA==")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ObjectStore, "list_objects", lambda store, path: odd)
        download_export(folder, tmp_path / "copy")
    assert files_in(tmp_path / "copy") == files_in(export)


def service_account(folder: Path) -> Path:
    """A key file as Google gives them out, with a key of our own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "test-project",
                "private_key_id": "1",
                "private_key": key.decode(),
                "client_email": "exports@test-project.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": "https://oauth2.googleapis.com/token",
            }
        )
    )
    return path


def assert_links_give_the_objects(signed: SignedLinks, export: Path) -> None:
    assert [link.path for link in signed.links][-1] == "manifest.json"
    assert {link.path for link in signed.links} == set(files_in(export))
    for link in signed.links:
        answer = requests.get(link.url, timeout=10)
        assert answer.status_code == 200, link.path
        assert answer.content == (export / link.path).read_bytes()
        if link.path.startswith("data/"):
            assert hashlib.sha256(answer.content).hexdigest() == link.sha256
            assert len(answer.content) == link.size_bytes
    assert datetime.now(UTC) < datetime.fromisoformat(signed.expires_at) <= datetime.now(UTC) + HOUR


@pytest.mark.parametrize("name", ["seaweed", "moto", "azure"])
def test_a_link_gives_its_object_to_whoever_has_it(
    export: Path, request: pytest.FixtureRequest, name: str
) -> None:
    folder = stored(export, store_of(name, request.getfixturevalue(name)))
    assert_links_give_the_objects(sign_links(folder, HOUR), export)


def test_google_links_are_signed_with_the_key_of_a_service_account(
    export: Path, gcs: Any, tmp_path: Path
) -> None:
    folder = stored(export, store_of("gcs", gcs))
    key_file = str(service_account(tmp_path))
    options = {**folder.options.by_scheme["gs"], "token": key_file}
    signing = ObjectStore(folder.base_url, StorageOptions({"gs": options}))
    shard = next(path for path in files_in(export) if path.startswith("data/"))
    link = signed_link(signing, shard, HOUR)
    query = parse_qs(urlsplit(link).query)
    assert query["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert query["X-Goog-Expires"] == ["3600"]
    assert requests.get(link, timeout=10).content == files_in(export)[shard]
    without_endpoint = ObjectStore(folder.base_url, StorageOptions({"gs": {"token": key_file}}))
    assert signed_link(without_endpoint, shard, HOUR).startswith("https://storage.googleapis.com/test-")


@pytest.mark.parametrize("name", ["seaweed", "azure"])
def test_a_link_that_was_changed_or_has_expired_gives_nothing(
    export: Path, request: pytest.FixtureRequest, name: str
) -> None:
    """fake-gcs-server and moto give an object to any link."""
    folder = stored(export, store_of(name, request.getfixturevalue(name)))
    link = signed_link(folder, "manifest.json", timedelta(seconds=1))
    lasting = signed_link(folder, "manifest.json", HOUR)
    assert requests.get(lasting, timeout=10).status_code == 200
    for changed in (
        lasting.replace("manifest.json", "README.md"),
        lasting.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000").replace("sp=r", "sp=rw"),
        lasting.partition("?")[0],
    ):
        assert changed != lasting
        assert requests.get(changed, timeout=10).status_code in {401, 403}
    end = time.monotonic() + 10
    while requests.get(link, timeout=10).status_code == 200 and time.monotonic() < end:
        time.sleep(0.2)
    assert requests.get(link, timeout=10).status_code in {401, 403}


def test_a_link_of_s3_is_of_version_4_whatever_the_config_says_of_addresses(seaweed: S3Server) -> None:
    folder = store_of("seaweed", seaweed).objects(
        "s3://ready-bucket", config_kwargs={"region_name": "eu-central-1"}
    )
    query = parse_qs(urlsplit(signed_link(folder, "object", HOUR)).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert "/eu-central-1/s3/aws4_request" in query["X-Amz-Credential"][0]


def test_links_tell_when_they_end_with_temporary_credentials(seaweed: S3Server) -> None:
    folder = store_of("seaweed", seaweed).objects("s3://ready-bucket", token="a-session")
    assert ends_with_its_credentials(signed_link(folder, "object", HOUR))
    assert not ends_with_its_credentials(
        signed_link(store_of("seaweed", seaweed).objects("s3://ready-bucket"), "object", HOUR)
    )


def test_news_of_an_export_has_a_link_that_opens_it(export: Path, seaweed: S3Server) -> None:
    store = store_of("seaweed", seaweed)
    folder = stored(export, store)
    output = folder.base_url.rpartition("/")[0]
    config = check_config(
        {"source": {"tasks": ["t.ndjson"]}, "output": {"url": output}, "storage": store.storage}, "the config"
    )
    manifest = parse_manifest((export / "manifest.json").read_bytes(), "manifest.json")
    news = news_of_export(config, manifest, 1.0, HOUR)
    assert news.url == folder.base_url
    assert news.link is not None
    assert news.link.path == "manifest.json"
    assert requests.get(news.link.url, timeout=10).content == (export / "manifest.json").read_bytes()
    (single,) = (shard for shard in manifest.shards if shard.path.startswith("data/long"))
    for shard in manifest.shards:
        if shard is not single:
            folder.delete(shard.path)
    alone = news_of_export(config, msgspec.structs.replace(manifest, shards=[single]), 1.0, HOUR)
    assert alone.link is not None
    assert requests.get(alone.link.url, timeout=10).content == (export / single.path).read_bytes()


def test_news_without_a_link_is_still_told(export: Path, gcs: Any) -> None:
    store = store_of("gcs", gcs)
    folder = stored(export, store)
    settings = {"source": {"tasks": ["t.ndjson"]}, "output": {"url": folder.base_url.rpartition("/")[0]}}
    manifest = parse_manifest((export / "manifest.json").read_bytes(), "manifest.json")
    wrong = check_config({**settings, "storage": {"gs": {**store.options, "token": "anon"}}}, "the config")
    assert news_of_export(wrong, manifest, 1.0, HOUR).link is None


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_link_that_should_live_too_long_is_refused(scheme: str) -> None:
    with pytest.raises(ConfigError, match="lives for 7 days at most, not for 8 days"):
        sign_links(ObjectStore(f"{scheme}://bucket/x"), timedelta(days=8))


def without_a_key(name: str, server: Any, folder: Path) -> ObjectStore:
    """Credentials that open the store, or none that do, but that cannot sign."""
    store = store_of(name, server)
    if name == "seaweed":
        return ObjectStore("s3://bucket/x", StorageOptions({"s3": {**server.options(), "anon": True}}))
    if name == "gcs":
        person = {"type": "authorized_user", "client_id": "1", "client_secret": "2", "refresh_token": "3"}
        (folder / "person.json").write_text(json.dumps(person))
        return store.objects("gs://bucket/x", token=str(folder / "person.json"))
    token = generate_account_sas(
        ACCOUNT,
        ACCOUNT_KEY,
        ResourceTypes(object=True, container=True),
        AccountSasPermissions(read=True, list=True),
        datetime.now(UTC) + HOUR,
    )
    connection = f"BlobEndpoint=http://127.0.0.1:{server.port}/{ACCOUNT};SharedAccessSignature={token}"
    return ObjectStore(
        "az://bucket/x", StorageOptions({"az": {"account_name": ACCOUNT, "connection_string": connection}})
    )


@pytest.mark.parametrize("name", ["seaweed", "gcs", "azure"])
def test_credentials_that_cannot_sign_are_told_with_what_it_takes(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    folder = without_a_key(name, request.getfixturevalue(name), tmp_path)
    with pytest.raises(StorageError, match="cannot sign links: that takes") as raised:
        signed_link(folder, "manifest.json", HOUR)
    assert "sig=" not in str(raised.value)


def test_the_command_prints_links_for_programs(
    export: Path, seaweed: S3Server, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = stored(export, store_of("seaweed", seaweed))
    environment = {
        "AWS_ENDPOINT_URL": seaweed.endpoint_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    finished = framehaul("link", folder.base_url, environment=environment)
    assert finished.returncode == 0, finished.stderr
    *_, last = finished.stdout.splitlines()
    assert requests.get(last, timeout=10).content == (export / "manifest.json").read_bytes()
    assert "valid until" in finished.stderr
    capsys.readouterr()
    print_links(folder, HOUR, as_json=True)
    assert json.loads(capsys.readouterr().out)["exportId"] == "x"


def test_links_that_cannot_be_are_refused_before_anything_is_read(export: Path) -> None:
    too_long = framehaul("link", "s3://bucket/x", "--expires", "8d")
    assert_refused(too_long, 2, "a link of S3 lives for 7 days at most")
    assert_refused(framehaul("link", export), 2, f"{export} is not on a store that signs links")
