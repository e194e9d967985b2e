"""Every object that an export writes is encrypted and tagged as its config says, by the very request that makes it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fsspec.asyn
import pytest

from end_to_end.exports import settings, tables_in
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.retention import delete_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.storage.object_store import ObjectStore
from storage.azure_server import AzureServer
from storage.fault_proxy import fault_proxy
from storage.made_objects import Made, UnknownRequestError, made_by
from storage.stores import Json, Store, store_of
from storage.test_every_store import SMALL_PARTS

ARN = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
KEY = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
OWNER = "123456789012"
TAGS = {"team": "vision", "cost center": "4/2"}
# SeaweedFS has no KMS here and answers aws:kms with an error; AES256 it does. moto takes aws:kms and forgets the
# bucket key of an upload in parts. fake-gcs-server ignores the key, and Azurite the scope: that they are sent is
# seen in the requests alone. None of them looks at the owner of a bucket.
ENCRYPTIONS: dict[str, Json] = {
    "seaweed": {"type": "AES256"},
    "moto": {"type": "aws:kms", "key": ARN, "bucket_key": True},
    "gcs": {"key": KEY},
    "azure": {"scope": "exports"},
}
# What runs write, one with a zip and one without, and a prune.
KINDS = [
    r"\.framehaul-check-\w+/probe",
    r"\w/\.framehaul/claims/\w+\.json",
    r"\w/\.framehaul/run\.json",
    r"\w/\.framehaul/shards/\w+/assets-.*\.json",
    r"\w/\.framehaul/pruned\.json",
    r"\w/\.pieces/.*",
    r"\w/data/assets-.*\.ndjson",
    r"\w/data/long-.*\.ndjson",
    r"\w/dead-letters\.ndjson",
    r"\w/all-task-export-.*\.zip",
    r"\w/README\.md",
    r"\w/croissant\.json",
    r"\w/manifest\.json",
    r"\w/manifest\.json\.sha256",
    r"latest\.json",
]


@dataclass
class Listener:
    """What a proxy hears of the requests to one store.

    Attributes:
        made: objects.
        owners: of buckets, as S3 is told them, by bucket.
        unknown: requests of which nobody knows what they do.
    """

    scheme: str
    made: list[Made] = field(default_factory=list)
    owners: dict[str, set[str | None]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def listen(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        bucket = path.partition("?")[0].lstrip("/").partition("/")[0]
        self.owners.setdefault(bucket, set()).add(headers.get("x-amz-expected-bucket-owner"))
        try:
            made = made_by(self.scheme, method, path, headers, body)
        except UnknownRequestError as error:
            self.unknown.append(str(error))
        else:
            self.made += [] if made is None else [made]


@dataclass(frozen=True)
class Written:
    """What two runs have sent to a store, and the store itself.

    Attributes:
        stored: what is there when both have ended.
    """

    store: Store
    bucket: str
    source: str
    listener: Listener
    stored: set[str]

    def expected(self, made: Made) -> Json:
        """What that request has to carry; all that a header says is text."""
        encryption = {
            name: "true" if value is True else value for name, value in ENCRYPTIONS[self.store.name].items()
        }
        return {**encryption, "tags": {} if made.how == "part" else TAGS}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some small tasks, one that is set aside, and a video that is more than one request takes."""
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=10, videos=1, frames=700, objects=8, seed=4)
    with next(folder.glob("tasks*")).open("ab") as stream:
        stream.write(b"no record\n")
    return folder


@pytest.fixture(scope="module", params=ENCRYPTIONS)
def written(request: pytest.FixtureRequest, tables: Path) -> Written:
    """Two exports, verified where they are; what is made by a prune is heard as well."""
    server = request.getfixturevalue(request.param)
    is_azure = isinstance(server, AzureServer)
    plain = store_of(request.param, server)
    bucket, source = plain.new_bucket(), plain.new_bucket()
    for path in tables.iterdir():
        plain.filesystem().put_file(str(path), f"{name_of(source)}/{path.name}")
    with (
        fault_proxy(f"http://127.0.0.1:{server.port}" if is_azure else server.endpoint_url) as proxy,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(ObjectStore.write, "__defaults__", (SMALL_PARTS,))
        port = int(proxy.endpoint_url.rpartition(":")[2])
        moved = AzureServer(port) if is_azure else replace(server, endpoint_url=proxy.endpoint_url)
        store = with_settings(store_of(request.param, moved))
        listener = Listener(store.scheme)
        proxy.listen = listener.listen
        write_exports(store, source, bucket)
        stored = {
            path.removeprefix(f"{name_of(bucket)}/") for path in plain.filesystem().find(name_of(bucket))
        }
        delete_export(store.objects(bucket), "x")
    return Written(plain, bucket, source, listener, stored)


def name_of(bucket: str) -> str:
    return bucket.partition("://")[2]


def with_settings(store: Store) -> Store:
    also: Json = {"encryption": ENCRYPTIONS[store.name], "tags": TAGS}
    if store.scheme == "s3":
        also["expected_bucket_owner"] = OWNER
    return replace(store, options={**store.options, **also})


def write_exports(store: Store, source: str, bucket: str) -> None:
    """One of shards alone, each of which has a record of its own, and one with a zip, of which parts wait."""
    store.objects(bucket)  # which puts its secrets into the environment
    for name, output in (("x", {"shard_bytes": "300kB"}), ("y", {"zip": True})):
        config = settings(
            *(tables_in(source), bucket),
            output=output,
            export={"video": {"only_key_frames": name == "x"}},
            storage=store.storage,
            runner={"exchange": "inline"},
            limits={"max_dead_letters": 1},
        )
        run(check_config(config, "a test"), name)
        assert verify_export(store.objects(f"{bucket}/{name}")) == []


def test_no_object_is_made_without_encryption_and_tags(written: Written) -> None:
    without = [made for made in written.listener.made if made.carried != written.expected(made)]
    assert without == []
    assert written.listener.unknown == []


def test_every_kind_of_object_is_among_them_and_both_ways_to_make_one(written: Written) -> None:
    """Or else nothing would have been shown for it."""
    names = {made.name for made in written.listener.made}
    assert written.stored <= names, "an object that no request is known to have made"
    assert [kind for kind in KINDS if not any(re.fullmatch(kind, name) for name in names)] == []
    assert {made.how for made in written.listener.made} >= {"whole", "in parts"}


def test_the_bucket_of_the_export_is_held_to_its_owner_and_that_of_the_tables_is_not(
    written: Written,
) -> None:
    """In every request to S3; tables often come from another account."""
    if written.store.scheme == "s3":
        assert written.listener.owners[name_of(written.bucket)] == {OWNER}
    assert written.listener.owners.get(name_of(written.source), {None}) == {None}


def test_what_the_server_keeps_of_it_is_there(written: Written) -> None:
    bucket, filesystem = name_of(written.bucket), written.store.filesystem()
    left = {path.removeprefix(f"{bucket}/") for path in filesystem.find(bucket)}
    assert len(left) > 5
    encryption = ENCRYPTIONS[written.store.name]
    for name in left:
        assert KEPT[written.store.scheme](filesystem, bucket, name) == TAGS, name
        if written.store.scheme == "s3":
            head = filesystem.call_s3("head_object", Bucket=bucket, Key=name)
            assert head["ServerSideEncryption"] == encryption["type"], name
            assert head.get("SSEKMSKeyId") == encryption.get("key"), name


def _s3_tags(filesystem: Any, bucket: str, name: str) -> Json:
    found = filesystem.call_s3("get_object_tagging", Bucket=bucket, Key=name)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def _google_tags(filesystem: Any, bucket: str, name: str) -> Any:
    return filesystem.info(f"{bucket}/{name}").get("metadata")


def _azure_tags(filesystem: Any, bucket: str, name: str) -> Any:
    async def tags() -> Any:
        async with filesystem.service_client.get_blob_client(container=bucket, blob=name) as blob:
            return await blob.get_blob_tags()

    return fsspec.asyn.sync(filesystem.loop, tags)


KEPT: dict[str, Callable[[Any, str, str], Any]] = {"s3": _s3_tags, "gs": _google_tags, "az": _azure_tags}
