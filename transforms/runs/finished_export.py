"""Finished exports, which have their manifest: they are never written over, and are completed if their run died."""

import orjson

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.export_reader import open_export, open_if_finished
from framehaul.transforms.exports.manifest import LATEST_NAME, MANIFEST_NAME, Manifest
from framehaul.transforms.runs.leftovers import remove_own_folder
from framehaul.transforms.storage.object_store import ObjectStore


def refuse_finished(folder: ObjectStore) -> None:
    """Raise ``StorageError`` for a folder that holds a finished export: it is never written over."""
    if folder.size(MANIFEST_NAME) is not None:
        raise StorageError(
            f"{folder.base_url} already holds a finished export; give another --export-id, or delete the folder"
        )


def finish(output: ObjectStore, folder: ObjectStore, export_id: str) -> None:
    """Do what a run that was killed after its manifest has left undone; only who holds the folder may.

    Raises:
        StorageError: of the store, or the manifest is damaged.
    """
    manifest = open_export(folder).manifest
    if _is_newer(manifest, output):
        latest = {"exportId": export_id, "manifest": f"{export_id}/{MANIFEST_NAME}"}
        output.write(LATEST_NAME, [orjson.dumps(latest)])
    remove_own_folder(folder)


def _is_newer(manifest: Manifest, output: ObjectStore) -> bool:
    """Tell whether it is newer than the export that ``latest.json`` names, if there is one."""
    if output.look_up(LATEST_NAME) is None:
        return True
    try:
        named = str(orjson.loads(output.read(LATEST_NAME))["manifest"])
    except (ValueError, KeyError, TypeError):
        return True
    latest = open_if_finished(ObjectStore(output.url_of(named.rpartition("/")[0]), output.options))
    return latest is None or latest.manifest.finished_at < manifest.finished_at
