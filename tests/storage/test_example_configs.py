"""Every example in configs/ that names a store is run as it stands, against a real server.

Those for engines are in ``test_engine_on_a_store.py`` and ``tests/dataflow``.
"""

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
import zstandard
from isal import igzip

from end_to_end.command import framehaul
from framehaul.pipelines.sample.sample_tables import write_sample
from storage.azure_server import AzureServer
from storage.gcs_server import GcsServer
from storage.seaweed_server import KEY, SECRET, S3Server

CONFIGS = Path(__file__).parents[2] / "configs"
_COMPRESSED: dict[str, Callable[[bytes], bytes]] = {".gz": igzip.compress, ".zst": zstandard.compress}
REMOTE = sorted(
    path.name
    for path in CONFIGS.glob("*.yaml")
    if "://" in (config := yaml.safe_load(path.read_text()))["source"].get("tasks", [""])[0]
    and "runner" not in config
)


def around(name: str, server: Any) -> tuple[list[str], dict[str, str]]:
    """What stands around a config where it is used: flags, and the environment."""
    if isinstance(server, AzureServer):
        return [], {"AZURE_STORAGE_CONNECTION_STRING": server.connection_string()}
    if isinstance(server, GcsServer):
        return ["--set", "storage.gs.token=anon"], {"STORAGE_EMULATOR_HOST": server.endpoint_url}
    if "minio" in name:
        credentials = {"MINIO_ACCESS_KEY": KEY, "MINIO_SECRET_KEY": SECRET}
        return ["--set", f"storage.s3.endpoint_url={server.endpoint_url}"], credentials
    assert isinstance(server, S3Server)
    credentials = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return [], {"AWS_ENDPOINT_URL": server.endpoint_url, **credentials}


def fill(server: Any, config: Mapping[str, Any], folder: Path) -> None:
    """Put sample tables where the config looks for them, and make the bucket that it writes to."""
    filesystem = server.filesystem()
    pattern = config["source"]["tasks"][0].partition("://")[2]
    for bucket in {pattern.partition("/")[0], config["output"]["url"].partition("://")[2].partition("/")[0]}:
        if not filesystem.exists(bucket):
            filesystem.mkdir(bucket)
    kind: Any = "parquet" if pattern.endswith(".parquet") else "ndjson"
    written = write_sample(folder, tasks=40, videos=1, frames=20, objects=2, seed=4, table_format=kind)
    for path in written:
        suffix = Path(pattern).suffix
        content = _COMPRESSED.get(suffix, bytes)(path.read_bytes())
        name = path.name + (suffix if suffix in _COMPRESSED else "")
        filesystem.pipe_file(f"{pattern.rpartition('/')[0]}/{name}", content)


def test_every_kind_of_store_has_an_example() -> None:
    assert {f"export.{name}.yaml" for name in SERVERS} == set(REMOTE)


# What of the encryption each server does: see ``test_encrypted_exports``.
ENCRYPTED = {"azure-encrypted": "azure", "gcs-encrypted": "gcs", "s3-encrypted": "moto"}
SERVERS = {"azure": "azure", "gcs": "gcs", "minio": "seaweed", "s3": "moto", **ENCRYPTED}


@pytest.mark.parametrize("kind", SERVERS)
def test_an_example_runs_as_it_stands(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    path = CONFIGS / f"export.{kind}.yaml"
    config = yaml.safe_load(path.read_text())
    server = request.getfixturevalue(SERVERS[kind])
    fill(server, config, tmp_path)
    flags, environment = around(kind, server)
    export_id = uuid.uuid4().hex
    checked = framehaul("check", path, *flags, environment=environment)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    exported = framehaul(
        *("run", path, *flags, "--export-id", export_id, "--set", "runner.workers=2"), environment=environment
    )
    assert exported.returncode == 0, exported.stderr
    adapted = tmp_path / "adapted.yaml"
    adapted.write_text(yaml.safe_dump(with_flags(config, flags)))
    url = f"{config['output']['url']}/{export_id}"
    verified = framehaul("verify", url, "--config", adapted, environment=environment)
    assert (verified.returncode, verified.stdout) == (0, f"{url} is whole\n"), verified.stderr


def with_flags(config: Any, flags: list[str]) -> Any:
    for flag in flags[1::2]:
        key, _, value = flag.partition("=")
        store = config.setdefault("storage", {}).setdefault(key.split(".")[1], {})
        store[key.split(".")[2]] = value
    return config
