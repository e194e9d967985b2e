"""``framehaul download``: an export of any store as files of this machine."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from framehaul.pipelines.exports.export_objects import objects_of
from framehaul.pipelines.exports.transfer_progress import Transfer, transfer_shown
from framehaul.pipelines.terminal import say
from framehaul.transforms.errors import ConfigError, FetchStoppedError, StorageError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.manifest import MANIFEST_NAME
from framehaul.transforms.exports.manifest_sum import MANIFEST_SUM_NAME, render_sum, sum_problem
from framehaul.transforms.storage.fetched_files import WantedObject, fetch_file, is_there
from framehaul.transforms.storage.local_files import write_file
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.remedies import explain

_AT_ONCE = 4  # objects, each with a piece of 8 MiB


def download_export(store: ObjectStore, target: Path) -> None:
    """Fetch every object of an export into ``target``, the manifest last.

    What is there already and right is kept, what has arrived in part is gone on
    with. Memory holds a piece of each object that is under way.

    Raises:
        ConfigError: ``target`` cannot be the folder of this export.
        StorageError: of the store or the disk; a later call goes on from there.
    """
    export = open_export(store)
    if (problem := sum_problem(store, export.content)) is not None:
        raise StorageError(f"{store.base_url} is not whole: {problem}")
    objects = objects_of(store, export.manifest)
    with _held(target):
        _refuse_others(target, export.content, objects)
        missing = _missing(target, objects)
        _refuse_full_disk(target, missing)
        if missing:
            (target / MANIFEST_NAME).unlink(missing_ok=True)
            with transfer_shown(len(missing), sum(wanted.size for wanted in missing)) as transfer:
                _fetch_all(store, target, missing, transfer)
        if any(wanted.path == MANIFEST_SUM_NAME for wanted in objects):
            # What is there may be of another export: it has the same size.
            write_file(target / MANIFEST_SUM_NAME, [render_sum(export.content)])
        else:
            (target / MANIFEST_SUM_NAME).unlink(missing_ok=True)
        write_file(target / MANIFEST_NAME, [export.content])
    size = sum(wanted.size for wanted in missing)
    say(
        f"{target} holds {export.manifest.export_id}: {len(missing):,} objects fetched, {size / 1e6:,.1f} MB, "
        f"{len(objects) - len(missing):,} were there"
    )


@contextmanager
def _held(target: Path) -> Iterator[None]:
    """One download at a time in a folder. Raises ``ConfigError``, ``StorageError``."""
    if "://" in str(target) or ":/" in str(target):  # a path has one slash where the URL had two
        raise ConfigError(f"DIR is {target}; it must be a folder on this machine")
    try:
        target.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"could not open {target}: {explain(error, 'file')}") from None
    try:
        _lock(descriptor, target)
        yield
    except OSError as error:
        raise StorageError(f"could not write to {target}: {explain(error, 'file')}") from None
    finally:
        os.close(descriptor)


def _lock(descriptor: int, target: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StorageError(
            f"another download is writing to {target}; wait for it, or name another folder"
        ) from None


def _refuse_others(target: Path, manifest: bytes, objects: Sequence[WantedObject]) -> None:
    """Two exports in one folder would be read as one."""
    there = target / MANIFEST_NAME
    if there.exists() and there.read_bytes() != manifest:
        raise StorageError(f"{target} holds another export; name another folder")
    wanted = {Path(wanted.path).name for wanted in objects if wanted.path.startswith("data/")}
    data = target / "data"
    found = {entry.name for entry in data.iterdir()} if data.is_dir() else set()
    for name in sorted(found - wanted):
        if not name.startswith("."):
            raise StorageError(
                f"{target} holds data/{name}, which is not of this export; name another folder"
            )


def _missing(target: Path, objects: Sequence[WantedObject]) -> list[WantedObject]:
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="check") as pool:
        found = pool.map(lambda wanted: is_there(target / wanted.path, wanted), objects)
        return [wanted for wanted, there in zip(objects, found, strict=True) if not there]


def _refuse_full_disk(target: Path, missing: Sequence[WantedObject]) -> None:
    """Rather now than after hours. What has arrived in part is on the disk already."""
    needed = sum(wanted.size for wanted in missing)
    arrived = sum(part.stat().st_size for part in target.rglob(".*.part"))
    if needed - arrived > (free := shutil.disk_usage(target).free):
        raise StorageError(
            f"{target} has {free / 1e6:,.1f} MB free, but {(needed - arrived) / 1e6:,.1f} MB are needed; free some space"
        )


def _fetch_all(store: ObjectStore, target: Path, missing: Sequence[WantedObject], transfer: Transfer) -> None:
    stopped = Event()

    def fetch(wanted: WantedObject) -> None:
        fetch_file(store, wanted, target / wanted.path, transfer.add_bytes, stopped)
        transfer.add_object()

    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="download")
    futures = [pool.submit(fetch, wanted) for wanted in missing]
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
    except BaseException:  # a person does not wait for a store that does not answer
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    stopped.set()
    pool.shutdown(cancel_futures=True)
    errors = [error for future in futures if not future.cancelled() and (error := future.exception())]
    # One that only was stopped says nothing of why.
    for error in sorted(errors, key=lambda error: isinstance(error, FetchStoppedError)):
        raise error
