"""The place through which blocks travel during one run, gone when it ends."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from framehaul.pipelines.telemetry.progress import log
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.exchange.blocks import Exchange
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions, scheme_of


@contextmanager
def exchange_through(
    way: str, own_folder: str, budget_bytes: int, options: StorageOptions, export_id: str
) -> Iterator[Exchange]:
    """How blocks travel in one run.

    Args:
        way: ``local``, ``inline``, or the URL of a folder that all workers see.
        own_folder: of this run, on this machine.
    """
    if way == "inline":
        yield Exchange(None, budget_bytes)
    elif way == "local":
        yield Exchange(own_folder, budget_bytes)
    elif scheme_of(way) == "file":
        with _folder_in(Path(way.removeprefix("file://")).absolute()) as folder:
            yield Exchange(folder, budget_bytes)
    else:
        store = ObjectStore(f"{way.rstrip('/')}/framehaul-{export_id}-{uuid4().hex[:8]}", options)
        try:
            yield Exchange(None, budget_bytes, store)
        finally:
            _remove_all(store)


@contextmanager
def _folder_in(parent: Path) -> Iterator[str]:
    """Raises ``ConfigError`` if it cannot be made there."""
    try:
        folder = tempfile.mkdtemp(prefix="framehaul-", dir=parent)
    except OSError as error:
        raise ConfigError(
            f"runner.exchange: nothing can be written to {parent}: {error}; give a folder that is there"
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_all(store: ObjectStore) -> None:
    """What went wrong before, or that all went well, matters more than what is left here."""
    try:
        for path in store.paths(""):
            store.delete(path)
    except StorageError as error:
        log("exchange_left_behind", folder=store.base_url, reason=str(error))
