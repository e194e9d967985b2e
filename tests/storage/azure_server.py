"""Azurite: Azure Blob Storage on this machine; it checks keys and signatures."""

import contextlib
import shutil
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from storage.server_process import EMULATORS, MissingServerError, free_port, running

ACCOUNT = "framehaul"
ACCOUNT_KEY = "bm90LXRvLWJlLWZvdW5kLWFueXdoZXJlLWFueXdoZXJlLWFueXdoZXJlIQ=="


@dataclass(frozen=True)
class AzureServer:
    """Where the server listens."""

    port: int

    def connection_string(self, key: str = ACCOUNT_KEY) -> str:
        endpoint = f"http://127.0.0.1:{self.port}/{ACCOUNT}"
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint};"
        )

    def filesystem(self) -> Any:
        return fsspec.filesystem(
            "az",
            account_name=ACCOUNT,
            connection_string=self.connection_string(),
            skip_instance_cache=True,
        )


@contextlib.contextmanager
def azure_server(folder: Path) -> Iterator[AzureServer]:
    """A server that keeps its data in memory. Raises ``MissingServerError``, ``RuntimeError``."""
    node = shutil.which("node")
    program = EMULATORS / "azurite/node_modules/azurite/dist/src/blob/main.js"
    if node is None or not program.exists():
        raise MissingServerError(
            "there is no Azurite: scripts/set_up emulators installs it where there are node and npm"
        )
    server = AzureServer(free_port())
    command = [
        *(node, str(program), "--blobHost", "127.0.0.1", "--blobPort", str(server.port)),
        *("--silent", "--disableTelemetry", "--inMemoryPersistence"),
        "--skipApiVersionCheck",  # the client is newer than the server
    ]
    with running(
        command,
        folder,
        lambda: socket.create_connection(("127.0.0.1", server.port), 1).close(),
        {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{ACCOUNT_KEY}"},
        stop_signal=signal.SIGKILL,  # it waits for clients, and has nothing to lose
    ):
        yield server
