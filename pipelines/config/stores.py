"""Stores as a config names them."""

from framehaul.pipelines.config.config import ExportConfig
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions


def storage_options(config: ExportConfig) -> StorageOptions:
    """Options of the stores of the tables and of the output."""
    return StorageOptions(config.storage)


def output_store(config: ExportConfig) -> ObjectStore:
    """The folder in which each export has a folder of its own."""
    return ObjectStore(config.output.url.rstrip("/"), storage_options(config))
