"""moto, an S3 by other people: forgiving with credentials, but close to Amazon in its answers."""

import contextlib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from storage.seaweed_server import S3Server
from storage.server_process import EMULATORS, MissingServerError, free_port, running


@contextlib.contextmanager
def moto_server(folder: Path) -> Iterator[S3Server]:
    """A server that keeps its data in memory. Raises ``MissingServerError``, ``RuntimeError``."""
    command = EMULATORS / "python/bin/moto_server"
    if not command.exists():
        raise MissingServerError("there is no moto: scripts/set_up emulators installs it")
    port = free_port()
    server = S3Server(f"http://127.0.0.1:{port}")
    with running(
        [str(command), "-H", "127.0.0.1", "-p", str(port)],
        folder,
        lambda: urllib.request.urlopen(f"{server.endpoint_url}/moto-api/", timeout=1).close(),
    ):
        yield server
