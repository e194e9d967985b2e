"""All servers side by side, for one command or until somebody stops them.

Tests that find a server in their environment use that one, else they start it.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from storage.azure_server import ACCOUNT, AzureServer, azure_server
from storage.gcs_server import GcsServer, gcs_server
from storage.moto_server import moto_server
from storage.seaweed_server import KEY, SECRET, S3Server, seaweed_server
from storage.server_process import MissingServerError

STARTERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Any]]] = {
    "seaweed": seaweed_server,
    "moto": moto_server,
    "gcs": gcs_server,
    "azure": azure_server,
}


def _variable(name: str) -> str:
    return f"FRAMEHAUL_TEST_{name.upper()}"


@contextlib.contextmanager
def server(name: str, folder: Path) -> Iterator[Any]:
    """The server of that name: the one in the environment, or one of its own. Raises ``MissingServerError``."""
    found = os.environ.get(_variable(name))
    if found is None:
        with STARTERS[name](folder) as running:
            yield running
    elif name == "azure":
        yield AzureServer(int(found))
    else:
        yield GcsServer(found) if name == "gcs" else S3Server(found)


@contextlib.contextmanager
def all_servers(folder: Path) -> Iterator[dict[str, Any]]:
    """Every server that is installed; of the others it tells why not."""
    with contextlib.ExitStack() as stack:
        running: dict[str, Any] = {}
        for name, start in STARTERS.items():
            (folder / name).mkdir()
            try:
                running[name] = stack.enter_context(start(folder / name))
            except MissingServerError as error:
                print(f"{name}: {error}", file=sys.stderr)
        yield running


def environment_of(servers: dict[str, Any]) -> dict[str, str]:
    """How tests find the servers."""
    return {
        _variable(name): str(found.port if name == "azure" else found.endpoint_url)
        for name, found in servers.items()
    }


def _for_tools(servers: dict[str, Any]) -> dict[str, str]:
    """How framehaul and the stores' own tools find them."""
    found: dict[str, str] = {}
    if "seaweed" in servers:
        found["AWS_ENDPOINT_URL"] = servers["seaweed"].endpoint_url
        found |= {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    if "gcs" in servers:
        found["STORAGE_EMULATOR_HOST"] = servers["gcs"].endpoint_url
    if "azure" in servers:
        found["AZURE_STORAGE_ACCOUNT_NAME"] = ACCOUNT
        found["AZURE_STORAGE_CONNECTION_STRING"] = servers["azure"].connection_string()
    return found


def main(command: list[str]) -> int:
    """Run ``command`` beside the servers, or wait beside them to be stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="emulators-") as folder, all_servers(Path(folder)) as servers:
        found = environment_of(servers)
        if command:
            return subprocess.run(command, env={**os.environ, **found}, check=False).returncode
        for name, value in {**found, **_for_tools(servers)}.items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        print("running until Ctrl-C", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
