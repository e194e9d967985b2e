"""Where exports go, and what is really there: seen by a client of the store's own, past any proxy."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fsspec

from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from storage.azure_server import AzureServer
from storage.emulators import server
from storage.fault_proxy import FaultProxy, fault_proxy
from storage.stores import Json, Store, store_of

SERVERS = {"s3": "seaweed", "gcs": "gcs", "azure": "azure"}
PLACES = ["local", *SERVERS]


@dataclass(frozen=True)
class Place:
    """A folder of exports, empty at first.

    Attributes:
        url: of the folder.
        tables: URL of the folder of the input.
        direct, proxied: what a config says under ``storage``; the same where there is no proxy.
        environment: where the secrets are.
        filesystem: a client that the program does not use.
    """

    name: str
    url: str
    tables: str
    direct: Json = field(repr=False)
    proxied: Json = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    filesystem: Callable[[], Any] = field(repr=False)
    proxy: FaultProxy | None = field(repr=False, default=None)

    def files(self, folder: str = "") -> list[str]:
        """Paths of all objects below a folder of ``url``, relative to ``url``."""
        root = self._key("")
        found = self.filesystem().find(self._key(folder))
        return sorted(str(path).removeprefix(f"{root}/") for path in found)

    def read(self, path: str) -> bytes:
        return bytes(self.filesystem().cat_file(self._key(path)))

    def uploads(self) -> int:
        """Uploads in parts that were begun and never ended. Google does not tell; Azure forgets them by itself."""
        if self.name != "s3":
            return 0
        bucket = self._key("").partition("/")[0]
        found = self.filesystem().call_s3("list_multipart_uploads", Bucket=bucket)
        return len(found.get("Uploads") or [])

    def objects(self, folder: str) -> ObjectStore:
        """A folder as the program sees it; the secrets must be in the environment."""
        return ObjectStore(f"{self.url}/{folder}", StorageOptions(self.direct))

    def _key(self, path: str) -> str:
        key = self.url.partition("://")[2] or self.url
        return f"{key}/{path}".rstrip("/")


@contextlib.contextmanager
def place(name: str, folder: Path, tables: Path) -> Iterator[Place]:
    """A place with the files of ``tables`` as its input. Raises ``MissingServerError``."""
    if name == "local":
        yield Place(name, str(folder / "exports"), str(tables), {}, {}, {}, lambda: fsspec.filesystem("file"))
        return
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(server(SERVERS[name], folder))
        plain = store_of(name, found)
        proxy = stack.enter_context(fault_proxy(_address(found)))
        proxied = store_of(name, _moved(found, proxy.endpoint_url))
        yield _on_store(plain, proxied, proxy, tables)


def _on_store(plain: Store, proxied: Store, proxy: FaultProxy, tables: Path) -> Place:
    bucket = plain.new_bucket()
    for path in tables.iterdir():
        plain.filesystem().put_file(str(path), f"{bucket.partition('://')[2]}/tables/{path.name}")
    variables = {f"{name}_PROXIED": value for name, value in proxied.environment.items()}
    return Place(
        plain.name,
        f"{bucket}/exports",
        f"{bucket}/tables",
        plain.storage,
        {proxied.scheme: _renamed(proxied.options)},
        {**plain.environment, **variables},
        plain.filesystem,
        proxy,
    )


def _renamed(options: Json) -> Json:
    """An Azure connection string names the address, so the proxied one is another secret."""
    return {
        key: {"env": f"{value['env']}_PROXIED"} if isinstance(value, dict) and "env" in value else value
        for key, value in options.items()
    }


def _address(found: Any) -> str:
    return f"http://127.0.0.1:{found.port}" if isinstance(found, AzureServer) else str(found.endpoint_url)


def _moved(found: Any, address: str) -> Any:
    if isinstance(found, AzureServer):
        return AzureServer(int(address.rpartition(":")[2]))
    return replace(found, endpoint_url=address)
