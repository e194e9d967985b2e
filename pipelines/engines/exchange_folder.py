"""Exchange of one run: the folder through which its blocks travel, removed when the run ends."""

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
def open_exchange(
    way: str, own_folder: str, budget_bytes: int, options: StorageOptions, export_id: str
) -> Iterator[Exchange]:
    """Open the way by which blocks travel in one run.

    Args:
        way: ``local``, ``inline``, or the URL of a folder that all workers see.
        own_folder: of this run, on this machine.
    """
    if way == "inline":
        yield Exchange(None, budget_bytes)
    elif way == "local":
        yield Exchange(own_folder, budget_bytes)
    elif scheme_of(way) == "file":
        with _make_folder(Path(way.removeprefix("file://")).absolute()) as folder:
            yield Exchange(folder, budget_bytes)
    else:
        store = ObjectStore(f"{way.rstrip('/')}/framehaul-{export_id}-{uuid4().hex[:8]}", options)
        try:
            yield Exchange(None, budget_bytes, store)
        finally:
            _remove_all(store)


@contextmanager
def _make_folder(parent: Path) -> Iterator[str]:
    """Make a folder that is removed when the context ends. Raises ``ConfigError`` if it cannot be made."""
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
    """Delete all objects, and only log a failure: whatever came of the run matters more than what is left here."""
    try:
        for path in store.paths(""):
            store.delete(path)
    except StorageError as error:
        log("exchange_left_behind", folder=store.base_url, reason=str(error))
