"""Confirmation that a store has what was written to it, before a manifest says so."""

import base64
import hashlib
from collections.abc import Mapping

from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.stored_object import StoredObject, mismatch_text


def confirm_size(store: ObjectStore, path: str, size: int) -> StoredObject:
    """Look up an object, which must have that size.

    Raises:
        StorageError: it does not have the object as it was written.
    """
    found = store.look_up(path)
    if found is None or found.size != size:
        raise StorageError(f"{mismatch_text(store.url_of(path), size, found)}; no manifest is written")
    return found


def confirm_stored(store: ObjectStore, written: Mapping[str, StoredObject]) -> None:
    """Ask the store for the size and the MD5 of every object in ``written``, by path.

    One listing answers for most objects. A listing may be behind, so an object that it
    lacks or tells another size of is looked up by itself. An ETag may be something else
    than an MD5, so the first object whose MD5 differs is read back.

    Raises:
        StorageError: it does not have an object as it was written.
    """
    listed = store.list_objects("")
    compare_md5 = True
    for path, expected in written.items():
        found = listed.get(path)
        if found is None or found.size != expected.size:
            found = confirm_size(store, path, expected.size)
        if compare_md5 and found.md5 and expected.md5 and found.md5 != expected.md5:
            _confirm_content(store, path, expected.md5)
            compare_md5 = False


def _confirm_content(store: ObjectStore, path: str, md5: str) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    for piece in store.pieces(path):
        digest.update(piece)
    found = base64.b64encode(digest.digest()).decode()
    if found != md5:
        raise StorageError(
            f"{store.url_of(path)} was stored with the MD5 {md5}, but the store has {found}; no manifest is written"
        )
