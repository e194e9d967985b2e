"""Folders, which object stores only have in their listings, and what is in them."""

import contextlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from transforms.errors import StorageError
from transforms.storage.failures import answer_of
from transforms.storage.object_store import ObjectStore
from transforms.storage.options import scheme_of
from transforms.storage.remedies import NO_BUCKET

_SIDE_BY_SIDE = 16


def folders_in(store: ObjectStore) -> list[str]:
    """Names of the folders right below the base URL, sorted; what is in them is not listed."""

    def listed(filesystem: Any, key: str) -> list[str]:
        filesystem.invalidate_cache()
        try:
            found = filesystem.ls(key, detail=True)
        except FileNotFoundError as error:
            if (answer := answer_of(error)) is not None and answer.code in NO_BUCKET:
                raise
            return []
        folders = (str(info["name"]) for info in found if info["type"] == "directory")
        return sorted({name.rstrip("/").rpartition("/")[2] for name in folders})

    return store.asked("list", "", listed)


def delete_all(store: ObjectStore, paths: Iterable[str]) -> None:
    """Delete objects, some at a time; one that is gone already is no error. Raises ``StorageError``."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="delete") as pool:
        list(pool.map(lambda path: _delete(store, path), paths))


def _delete(store: ObjectStore, path: str) -> None:
    try:
        store.delete(path)
    except StorageError:
        if store.stored(path) is not None:
            raise


def files_on_disk(store: ObjectStore, *, deep: bool = True) -> dict[str, float]:
    """On a disk, the files in the folder and when they were last written to; elsewhere nothing.

    Args:
        deep: also those in folders below it.
    """
    if scheme_of(store.base_url) != "file":
        return {}
    found = {}
    for folder, _, names in os.walk(_root(store, "")):
        for name in names:
            path = os.path.join(folder, name)
            with contextlib.suppress(FileNotFoundError):
                found[os.path.relpath(path, _root(store, ""))] = os.stat(path).st_mtime
        if not deep:
            break
    return found


def remove_empty_folders(store: ObjectStore, folder: str) -> None:
    """On a disk, what is left of ``folder`` and the folders in it once all files are gone; elsewhere nothing is."""
    if scheme_of(store.base_url) != "file":
        return
    for path, _, _ in os.walk(_root(store, folder), topdown=False):
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(path)


def _root(store: ObjectStore, folder: str) -> str:
    return store.asked("look up", folder, lambda _, key: key)
