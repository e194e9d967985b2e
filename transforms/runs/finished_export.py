"""Finished exports, which have their manifest: they are never written over, and are completed if their run died."""

from contextlib import suppress

from framehaul.transforms.errors import FinishedError, HeldError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.latest import name_as_latest
from framehaul.transforms.exports.manifest import MANIFEST_NAME
from framehaul.transforms.runs.claims import OWN_FOLDER, hold_folder
from framehaul.transforms.runs.leftovers import remove_own_folder
from framehaul.transforms.storage.object_store import ObjectStore


def refuse_finished(folder: ObjectStore) -> None:
    """Raises ``FinishedError`` for a folder that holds a finished export: it is never written over."""
    if folder.size(MANIFEST_NAME) is not None:
        raise FinishedError(
            f"{folder.base_url} already holds a finished export; give another --export-id, or delete the folder"
        )


def refuse_whole(output: ObjectStore, export_id: str, *, resume: bool) -> None:
    """Refuse to run an export that is whole already.

    Args:
        resume: do first what its run, killed after the manifest, has left undone.

    Raises:
        FinishedError: it is whole.
        StorageError: its manifest is damaged, or the store fails.
    """
    folder = ObjectStore(output.url_of(export_id), output.options)
    if resume and folder.size(MANIFEST_NAME) is not None and folder.paths(OWN_FOLDER):
        with suppress(HeldError), hold_folder(folder):  # who holds it does the rest
            finish(output, folder, export_id)
    refuse_finished(folder)


def finish(output: ObjectStore, folder: ObjectStore, export_id: str) -> None:
    """Do what a run that was killed after its manifest has left undone; only who holds the folder may.

    Raises:
        StorageError: of the store, or the manifest is damaged.
    """
    name_as_latest(output, export_id, open_export(folder).manifest, if_newer=True)
    remove_own_folder(folder)
