"""Folders in which a run spills, in the temporary folder of this machine.

A run holds a lock on ``owner.json`` in its folder, which the system takes from it
when it ends, however it ends: so a folder without that lock is of a dead run, and
no number of a process has to be believed. Its workers are forked from it and have
the lock too; they end with it.
"""

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from transforms.runs.processes import this_process

_PREFIX = "framehaul-"
_OWNER = "owner.json"
_ENDED = ".ended"  # nobody writes there any more
_BEING_MADE_S = 60.0  # an empty folder may be one that is only just being made


@contextmanager
def spill_folder() -> Iterator[str]:
    """A folder that only this user can read, gone when the run ends."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with open(folder / f"{_OWNER}.new", "wb", buffering=0, opener=_only_for_its_owner) as owner:
            owner.write(msgspec.json.encode(this_process()))
            fcntl.flock(owner, fcntl.LOCK_EX)
            os.rename(owner.name, folder / _OWNER)  # nobody sees it without its lock
            yield str(folder)
    finally:
        _remove(folder)


def move_temporary_folder(pipeline: Any, folder: str) -> None:
    """Let Beam's own temporary folder of a pipeline be in ``folder``: a killed run would leave it for ever."""
    os.rmdir(pipeline.local_tempdir)
    pipeline.local_tempdir = tempfile.mkdtemp(dir=folder)


def _only_for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove(folder: Path) -> None:
    """By another name first: a worker that is only just ending could else write a file that nobody owns."""
    ended = folder if folder.name.endswith(_ENDED) else folder.with_name(f"{folder.name}{_ENDED}")
    with suppress(OSError):
        folder.rename(ended)
        shutil.rmtree(ended)


def remove_dead_spill_folders(*, dry_run: bool = False) -> list[str]:
    """Delete the spill folders of this user's dead runs; returns what they are and were.

    One that cannot be deleted is left out.
    """
    removed: list[str] = []
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
        with suppress(OSError):  # it may go while we look
            if folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid():
                removed += _removed_if_dead(folder, dry_run=dry_run)
    return removed


def _removed_if_dead(folder: Path, *, dry_run: bool) -> Iterator[str]:
    try:
        owner = open(folder / _OWNER, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        yield from _removed_if_empty(folder, dry_run=dry_run)
        return
    with owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        size = sum(path.stat().st_size for path in folder.rglob("*"))
        if not dry_run:
            _remove(folder)
        yield f"{folder} ({size / 1e6:,.1f} MB, of process {_pid(owner.read())})"


def _removed_if_empty(folder: Path, *, dry_run: bool) -> Iterator[str]:
    """Of a run that was killed while it made its folder. What is in one without owner is of somebody else."""
    names = {path.name for path in folder.iterdir()}
    is_new = names <= {f"{_OWNER}.new"} and time.time() - folder.stat().st_mtime <= _BEING_MADE_S
    if folder.name.endswith(_ENDED) or (names <= {f"{_OWNER}.new"} and not is_new):
        if not dry_run:
            _remove(folder)
        yield f"{folder} ({'empty' if not names else 'of a run that ended'})"


def _pid(owner: bytes) -> int:
    with suppress(ValueError, KeyError):
        return int(json.loads(owner)["pid"])
    return 0
