"""Exports that have their manifest: never written over, and brought to their end if their run was not."""

import orjson

from transforms.errors import StorageError
from transforms.formats.manifest import LATEST_NAME, MANIFEST_NAME, parse_manifest
from transforms.runs.leftovers import remove_own_folder
from transforms.storage.object_store import ObjectStore


def refuse_finished(folder: ObjectStore) -> None:
    """Raises ``StorageError`` for a folder that holds a finished export: it is never written over."""
    if folder.size(MANIFEST_NAME) is not None:
        raise StorageError(
            f"{folder.base_url} already holds a finished export; give another --export-id, or delete the folder"
        )


def finish(output: ObjectStore, folder: ObjectStore, export_id: str) -> None:
    """Do what a run that was killed after its manifest has left undone; only who holds the folder may.

    Raises:
        StorageError: of the store, or the manifest is damaged.
    """
    manifest = parse_manifest(folder.read(MANIFEST_NAME), folder.url_of(MANIFEST_NAME))
    newest = _newest(output)
    if newest is None or newest < manifest.finished_at:
        latest = {"exportId": export_id, "manifest": f"{export_id}/{MANIFEST_NAME}"}
        output.write(LATEST_NAME, [orjson.dumps(latest)])
    remove_own_folder(folder)


def _newest(output: ObjectStore) -> str | None:
    """When the export that ``latest.json`` names was finished; ``None`` if it names none that is there."""
    if output.stored(LATEST_NAME) is None:
        return None
    path = orjson.loads(output.read(LATEST_NAME))["manifest"]
    if output.stored(path) is None:
        return None
    return parse_manifest(output.read(path), output.url_of(path)).finished_at
