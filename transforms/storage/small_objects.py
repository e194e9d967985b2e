"""Small objects, read in one request, which may not exist."""

from typing import Any

from framehaul.transforms.storage.object_store import ObjectStore


def read_if_there(store: ObjectStore, path: str) -> bytes | None:
    """Read one object in one request; ``None`` if there is no such object.

    Raises:
        StorageError: it cannot be read.
    """
    return store.ask("read", path, _content)


def _content(filesystem: Any, key: str) -> bytes | None:
    try:
        return bytes(filesystem.cat_file(key))
    except (FileNotFoundError, NotADirectoryError):
        return None
