"""What a test needs of a store, whichever server it is."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from storage.azure_server import ACCOUNT, AzureServer
from storage.gcs_server import GcsServer
from storage.seaweed_server import KEY, SECRET, S3Server

Json = dict[str, Any]


@dataclass(frozen=True)
class Store:
    """One server, as a config describes it.

    Attributes:
        name: of the server.
        scheme: of its URLs.
        options: what a config says under ``storage.<scheme>``; secrets by their names.
        environment: where the secrets are.
        filesystem: a client of its own, which sees what is really there.
    """

    name: str
    scheme: str
    options: Json = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    filesystem: Callable[[], Any] = field(repr=False)

    @property
    def storage(self) -> Json:
        return {self.scheme: self.options}

    def new_bucket(self) -> str:
        """The URL of an empty bucket."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        self.filesystem().mkdir(name)
        return f"{self.scheme}://{name}"

    def objects(self, url: str, **options: Any) -> ObjectStore:
        """The folder ``url``, opened by this project; its secrets come to be in the environment."""
        os.environ.update(self.environment)
        return ObjectStore(url, StorageOptions({self.scheme: {**self.options, **options}}))


def store_of(name: str, server: Any) -> Store:
    if isinstance(server, S3Server):
        names = {"key": {"env": "TEST_S3_KEY"}, "secret": {"env": "TEST_S3_SECRET"}}
        environment = {"TEST_S3_KEY": KEY, "TEST_S3_SECRET": SECRET}
        return Store(name, "s3", {**names, **server.options()}, environment, server.filesystem)
    if isinstance(server, GcsServer):
        return Store(name, "gs", server.options(), {}, server.filesystem)
    assert isinstance(server, AzureServer)
    options = {"account_name": ACCOUNT, "connection_string": {"env": "TEST_AZURE"}}
    return Store(name, "az", options, {"TEST_AZURE": server.connection_string()}, server.filesystem)
