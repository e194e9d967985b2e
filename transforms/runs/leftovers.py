"""Leftovers of runs in the folder of an export: find them, and remove them."""

import re
import time
from collections.abc import Collection, Iterable

from framehaul.transforms.exports.output_form import OUR_PATHS
from framehaul.transforms.runs.claims import CLAIMS, LEASE_S, OWN_FOLDER
from framehaul.transforms.runs.run_record import RUN_RECORD
from framehaul.transforms.storage.abandoned_uploads import (
    AbandonedUpload,
    abort_upload,
    list_uploads_if_allowed,
)
from framehaul.transforms.storage.folders import delete_all, remove_empty_folders
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.stored_object import StoredObject

# All that an export writes before its manifest; nothing else in its folder is ever deleted.
_OURS = re.compile(
    r"data/(assets|long)-[^/]*|README\.md|croissant\.json|dead-letters\.ndjson|manifest\.json\.sha256|"
    + OUR_PATHS
)
# Names that such an object, the manifest or a record has on a disk until it is whole: see ``write_file``.
_TEMPORARY = re.compile(
    r"data/\.(assets|long)-[^/]*\.part"
    r"|data/\.[^/]*\.[a-z0-9_]{8}\.part"
    r"|\.(README\.md|croissant\.json|dead-letters\.ndjson|manifest\.json|[^/]*-export-[^/]*)\.[^/]*\.part"
    rf"|{re.escape(OWN_FOLDER)}/(.*/)?\.[^/]*\.part"
)


def is_of_an_export(path: str) -> bool:
    """Tell whether a run writes objects of that name, besides the manifest and what it keeps for itself.

    >>> [is_of_an_export(path) for path in ("data/assets-00000-of-00002.ndjson", "notes.txt")]
    [True, False]
    """
    return _OURS.fullmatch(path) is not None


def is_temporary(path: str) -> bool:
    """Tell whether that is the name of a file that was never finished.

    >>> [is_temporary(path) for path in ("data/.assets-00000-of-00002.nds.x1y2.part", "data/.a.part")]
    [True, False]
    """
    return _TEMPORARY.fullmatch(path) is not None


def remove_leftovers(folder: ObjectStore, keep: Collection[str] = ()) -> list[str]:
    """Delete all that runs have written here, except the objects in ``keep``; returns the paths.

    Only a run that holds the folder of an unfinished export may do this.

    Raises:
        StorageError: something could not be deleted.
    """
    listed = folder.list_objects("")
    objects = [path for path, found in listed.items() if _is_leftover(path, found) and path not in keep]
    delete_all(folder, objects)
    return [*objects, *abort_uploads(folder, list_uploads_if_allowed(folder))]


def _is_leftover(path: str, found: StoredObject) -> bool:
    if path.startswith(CLAIMS):  # another run may be asking at this moment
        return is_temporary(path) and time.time() - (found.modified or 0) > LEASE_S
    return is_temporary(path) or is_of_an_export(path)


def forget_run(folder: ObjectStore) -> None:
    """Delete the records of an earlier run: first its own, without which those of shards are of no use.

    Raises:
        StorageError: something could not be deleted.
    """
    found = folder.paths(OWN_FOLDER)
    if RUN_RECORD in found:
        folder.delete(RUN_RECORD)
    delete_all(folder, [path for path in found if not path.startswith(CLAIMS) and path != RUN_RECORD])


def abort_uploads(store: ObjectStore, uploads: Iterable[AbandonedUpload]) -> list[str]:
    """Abort uploads; returns the paths of the objects that they would have become."""
    aborted = []
    for upload in uploads:
        abort_upload(store, upload)
        aborted.append(f"{upload.path} (upload)")
    return aborted


def remove_own_folder(folder: ObjectStore) -> None:
    """Delete all that runs keep for themselves; the export is finished, or gone.

    Raises:
        StorageError: something could not be deleted.
    """
    delete_all(folder, folder.paths(OWN_FOLDER))
    remove_empty_folders(folder, OWN_FOLDER)
