"""S3 over TLS, where its driver sends otherwise: the checksum comes after the body, which is not hashed before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.command import assert_refused, framehaul, write_config
from end_to_end.exports import export_here, settings, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.shards.shard import write_shard
from framehaul.transforms.storage.large_uploads import UploadLimits
from storage.azure_server import AzureServer
from storage.seaweed_server import KEY, SECRET, S3Server
from storage.stores import Json, Store, store_of
from storage.tls_front import TlsFront, tls_front

LINES = [b"%07d" % number * 1000 for number in range(3000)]  # 21 MB


@pytest.fixture(scope="module")
def front(seaweed: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsFront]:
    port = int(seaweed.endpoint_url.rpartition(":")[2])
    with tls_front(port, tmp_path_factory.mktemp("tls")) as running:
        yield running


def test_a_shard_and_parts_are_stored_whole(
    seaweed: S3Server, front: TlsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(front.certificate))
    store = store_of("seaweed", seaweed)
    folder = store.objects(f"{store.new_bucket()}/x", endpoint_url=front.endpoint_url)
    content = b"".join(line + b"\n" for line in LINES)
    entry = write_shard(folder, "data/whole", LINES, "none", None)
    found = folder.look_up("data/whole")
    assert found is not None
    assert (found.size, found.md5) == (entry.size_bytes, entry.md5)
    limits = UploadLimits(one_put=5 << 20, first_part=5 << 20, in_flight=10 << 20)
    assert folder.write("data/parts", [content], limits) == len(content)
    assert folder.read("data/whole") == folder.read("data/parts") == content


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=40, videos=1, frames=50, objects=2, seed=4)
    return folder


def test_an_export_is_the_same_as_on_a_disk(
    seaweed: S3Server, front: TlsFront, tables: Path, tmp_path: Path
) -> None:
    store = store_of("seaweed", seaweed)
    bucket = store.new_bucket()
    environment = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": front.endpoint_url,
        "AWS_CA_BUNDLE": str(front.certificate),
    }
    path = write_config(tmp_path / "export.yaml", settings(tables_in(tables), f"{bucket}/team"))
    done = framehaul("run", path, "--export-id", "x", environment=environment)
    assert done.returncode == 0, done.stderr
    assert framehaul("verify", f"{bucket}/team/x", environment=environment).returncode == 0
    here = export_here(settings(tables_in(tables), tmp_path / "exports"))
    there = store.objects(f"{bucket}/team/x")
    for shard in (here / "data").iterdir():
        assert there.read(f"data/{shard.name}") == shard.read_bytes()


@pytest.mark.parametrize("name", ["seaweed", "gcs", "azure"])
def test_a_certificate_that_nobody_knows_is_refused_and_the_remedy_helps(
    name: str, tables: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue(name)
    port = server.port if name == "azure" else int(server.endpoint_url.rpartition(":")[2])
    store = store_of(name, server)
    with tls_front(port, tmp_path) as front:
        options, environment = over_tls(store, front)
        config = settings(tables_in(tables), f"{store.new_bucket()}/team", storage={store.scheme: options})
        path = write_config(tmp_path / "export.yaml", config)
        refused = framehaul("run", path, "--export-id", "x", environment=environment)
        variable = "AWS_CA_BUNDLE" if name == "seaweed" else "SSL_CERT_FILE"
        assert_refused(refused, 1, "its certificate is not trusted here", variable)
        trusting = {**environment, variable: str(front.certificate)}
        assert framehaul("check", path, environment=trusting).returncode == 0


def over_tls(store: Store, front: TlsFront) -> tuple[Json, dict[str, str]]:
    if store.scheme != "az":
        return {**store.options, "endpoint_url": front.endpoint_url}, store.environment
    port = int(front.endpoint_url.rpartition(":")[2])
    described = AzureServer(port).connection_string().replace("http", "https")
    return store.options, dict.fromkeys(store.environment, described)
