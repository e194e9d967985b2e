"""Folders of a store: list them, list the files in one, and delete what is in one."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from framehaul.transforms.storage.failures import answer_of
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import scheme_of
from framehaul.transforms.storage.remedies import NO_BUCKET

_AT_ONCE = 8  # requests; each waits for the store, not for this machine


def folders_in(store: ObjectStore) -> list[str]:
    """Names of the folders right below the base URL, sorted; what is in them is not listed.

    Raises:
        StorageError: the store cannot be listed, or has no such bucket.
    """
    return store.ask("list", "", _folder_names)


def _folder_names(filesystem: Any, key: str) -> list[str]:
    filesystem.invalidate_cache()
    try:
        found = filesystem.ls(key, detail=True)
    except FileNotFoundError as error:
        answer = answer_of(error)
        if answer is not None and answer.code in NO_BUCKET:
            raise
        filesystem.find(key)  # with which Google's driver tells a missing bucket from an empty folder
        return []
    names = (str(info["name"]).rstrip("/") for info in found if info["type"] == "directory")
    return sorted(name.rpartition("/")[2] for name in names)


def delete_all(store: ObjectStore, paths: Iterable[str]) -> None:
    """Delete objects, several at a time; one that is gone already is no error.

    Raises:
        StorageError: the first that could not be deleted.
    """
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="delete") as pool:
        for _ in pool.map(lambda path: store.ask("delete", path, _delete_if_there), paths):
            pass


def _delete_if_there(filesystem: Any, key: str) -> None:
    with suppress(FileNotFoundError):
        filesystem.rm_file(key)


def remove_empty_folders(store: ObjectStore, folder: str) -> None:
    """Remove the empty folders that a disk keeps once their files are deleted; other stores have no folders."""
    if scheme_of(store.base_url) != "file":
        return
    root = store.ask("look up", folder, lambda _, key: key)
    for path, _, _ in os.walk(root, topdown=False):
        with suppress(OSError):  # something is in it
            os.rmdir(path)


def files_on_disk(store: ObjectStore, *, deep: bool = True) -> dict[str, float]:
    """List files of a store on a disk, with the times when they were last written to; other stores give nothing.

    Args:
        deep: also files in folders below it.
    """
    if scheme_of(store.base_url) != "file":
        return {}
    found = {}
    root = store.ask("look up", "", lambda _, key: key)
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with suppress(FileNotFoundError):
                found[os.path.relpath(path, root)] = os.stat(path).st_mtime
        if not deep:
            break
    return found
