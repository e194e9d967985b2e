"""Objects that are small enough to be read at once, and may not be there."""

from typing import Any

from framehaul.transforms.storage.object_store import ObjectStore


def read_if_there(store: ObjectStore, path: str) -> bytes | None:
    """One object in one request; ``None`` if there is no such object.

    Raises:
        StorageError: it cannot be read.
    """
    return store.asked("read", path, _content)


def _content(filesystem: Any, key: str) -> bytes | None:
    try:
        return bytes(filesystem.cat_file(key))
    except (FileNotFoundError, NotADirectoryError):
        return None
