"""Remove what dead runs have left, on the store and on this machine; nothing of a living one."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatch

from framehaul.pipelines.engines.spill_folders import remove_dead_spill_folders
from framehaul.transforms.errors import HeldError, StorageError
from framehaul.transforms.exports.latest import LATEST_FOLDER
from framehaul.transforms.exports.manifest import LATEST_NAME, MANIFEST_NAME
from framehaul.transforms.runs.claims import CLAIMS, LEASE_S, OWN_FOLDER, hold_folder, refuse_held
from framehaul.transforms.runs.finished_export import finish
from framehaul.transforms.runs.leftovers import forget_run, is_of_an_export, is_temporary, remove_own_folder
from framehaul.transforms.storage.abandoned_uploads import AbandonedUpload, abort_upload, list_uploads
from framehaul.transforms.storage.access_check import PROBE_PREFIX
from framehaul.transforms.storage.folders import delete_all, files_on_disk, folders_in, remove_empty_folders
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass(frozen=True)
class Found:
    """Something that a run has left.

    Attributes:
        what: ``unfinished export``, ``records of a run``, ``temporary file``, ``upload`` or ``spill folder``.
        where: its URL, or a path on this machine.
        objects: how many there are.
        removed: whether it was removed, or would be.
        reason: why it is kept, and what can be done with it; empty where it is removed.
    """

    what: str
    where: str
    objects: int
    removed: bool
    reason: str = ""


@dataclass(frozen=True)
class Cleaning:
    """What to do.

    Attributes:
        output: folder of all exports.
        unfinished: also remove exports that were never finished, and could be resumed.
        dry_run: remove nothing.
    """

    output: ObjectStore
    unfinished: bool
    dry_run: bool

    def found(self) -> Iterator[Found]:
        """Clean, and tell what was found; exports that are being written are told, too.

        Raises:
            StorageError: something could not be listed or deleted.
        """
        uploads: list[AbandonedUpload] = []
        try:
            uploads = list_uploads(self.output)
        except StorageError as error:  # to list them is a permission of its own
            yield Found("upload", self.output.base_url, 0, removed=False, reason=str(error))
        for name in folders_in(self.output):
            folder = ObjectStore(self.output.url_of(name), self.output.options)
            if name.startswith(PROBE_PREFIX):
                written = {path: found.modified or 0 for path, found in folder.list_objects("").items()}
                yield from self._old_files(folder, written)
            else:
                yield from self._export(folder, name, [each for each in uploads if _is_in(each.path, name)])
        pointers = ObjectStore(self.output.url_of(LATEST_FOLDER), self.output.options)
        for folder, pattern in ((self.output, f".{LATEST_NAME}.*.part"), (pointers, ".*.json.*.part")):
            files = files_on_disk(folder, deep=False).items()
            yield from self._old_files(folder, {path: at for path, at in files if fnmatch(path, pattern)})
        for spilled in remove_dead_spill_folders(dry_run=self.dry_run):
            yield Found("spill folder", str(spilled.path), spilled.files, removed=True)

    def _export(self, folder: ObjectStore, name: str, uploads: list[AbandonedUpload]) -> Iterator[Found]:
        """Nothing is looked for, and least of all removed, where no run of this project has been."""
        own = folder.paths(OWN_FOLDER)
        temporary = [path for path in files_on_disk(folder) if is_temporary(path)]
        if not own and not temporary and not uploads:
            return
        try:
            with self._held(folder):
                yield from self._temporary(folder, temporary)
                yield from self._uploads(uploads)
                if folder.look_up(MANIFEST_NAME) is not None:
                    yield from self._finished(folder, name, own)
                else:
                    yield from self._unfinished(folder, own)
            if not self.dry_run:
                remove_empty_folders(folder, "")
        except HeldError as error:
            yield Found("unfinished export", folder.base_url, len(own), removed=False, reason=str(error))

    def _held(self, folder: ObjectStore) -> AbstractContextManager[object]:
        """Nobody else writes there meanwhile. Raises ``HeldError`` if somebody does."""
        if not self.dry_run:
            return hold_folder(folder)
        refuse_held(folder)
        return nullcontext()

    def _temporary(self, folder: ObjectStore, paths: list[str]) -> Iterator[Found]:
        paths = [path for path in paths if not path.startswith(CLAIMS)]
        if not self.dry_run:
            delete_all(folder, paths)
        for path in paths:
            yield Found("temporary file", folder.url_of(path), 1, removed=True)

    def _uploads(self, uploads: list[AbandonedUpload]) -> Iterator[Found]:
        for upload in uploads:
            if not self.dry_run:
                abort_upload(self.output, upload)
            yield Found("upload", self.output.url_of(upload.path), 1, removed=True)

    def _finished(self, folder: ObjectStore, name: str, own: list[str]) -> Iterator[Found]:
        if own:
            if not self.dry_run:
                finish(self.output, folder, name)
            yield Found("records of a run", folder.url_of(OWN_FOLDER), len(own), removed=True)

    def _unfinished(self, folder: ObjectStore, own: list[str]) -> Iterator[Found]:
        objects = [path for path in folder.paths("") if is_of_an_export(path)]
        records = [path for path in own if not path.startswith(CLAIMS)]
        number = len(objects) + len(records)
        if number and not self.unfinished:
            reason = "`framehaul run --resume` goes on with it, `framehaul clean --unfinished` removes it"
            yield Found("unfinished export", folder.base_url, number, removed=False, reason=reason)
            return
        if not self.dry_run:
            forget_run(folder)
            delete_all(folder, objects)
            remove_own_folder(folder)
        what = "unfinished export" if number else "records of a run"
        yield Found(what, folder.base_url, number or len(own), removed=True)

    def _old_files(self, folder: ObjectStore, written: Mapping[str, float]) -> Iterator[Found]:
        """Of nobody's claim: only age tells that they are of the dead."""
        for path, at in written.items():
            if time.time() - at > LEASE_S:
                if not self.dry_run:
                    delete_all(folder, [path])
                    remove_empty_folders(folder, path.rpartition("/")[0])
                yield Found("temporary file", folder.url_of(path), 1, removed=True)


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")
