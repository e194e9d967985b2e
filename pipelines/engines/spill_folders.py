"""Folders in which a run spills, in the temporary folder of this machine.

A run holds a lock on ``owner.json`` in its folder, which the system takes from it
when it ends, however it ends: so a folder without that lock is of a dead run, and
no number of a process has to be believed. Its workers are forked from it and have
the lock too; they end with it. (The file names the process, for people who look.)
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.runs.processes import this_process

_PREFIX = "framehaul-"
_OWNER = "owner.json"
_ENDED = ".ended"  # nobody writes there any more
_BEING_MADE_S = 60.0  # an empty folder may be one that is only just being made


@dataclass(frozen=True)
class SpillFolder:
    """A spill folder and how many files it has."""

    path: Path
    files: int


def _temporary_folder() -> Path:
    """Where temporary files belong.

    Raises:
        ConfigError: not where ``TMPDIR`` says. Python would take another folder without a word, and records of
            people come to lie on a disk that is not meant for them.
    """
    wanted, found = os.environ.get("TMPDIR"), os.path.abspath(tempfile.gettempdir())
    if wanted and os.path.abspath(wanted) != found:
        raise ConfigError(
            f"TMPDIR is {wanted}, where no file can be written: make that folder, or name another"
        )
    return Path(found)


@contextmanager
def spill_folder() -> Iterator[str]:
    """A folder that only this user can read, gone when the run ends."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_temporary_folder()))
    try:
        with open(folder / f"{_OWNER}.new", "wb", buffering=0, opener=_only_for_its_owner) as owner:
            owner.write(msgspec.json.encode(this_process()))
            fcntl.flock(owner, fcntl.LOCK_EX)
            os.rename(owner.name, folder / _OWNER)  # nobody sees it without its lock
            yield str(folder)
    finally:
        with suppress(OSError):
            _remove(folder)


def _only_for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove(folder: Path) -> None:
    """Under another name: a worker that is only just ending could else leave a file that nobody owns."""
    ended = folder if folder.suffix == _ENDED else folder.with_name(f"{folder.name}{_ENDED}")
    folder.rename(ended)
    shutil.rmtree(ended)


def remove_dead_spill_folders(*, dry_run: bool = False) -> list[SpillFolder]:
    """Delete the spill folders of this user's dead runs; returns what they were.

    One that cannot be deleted is left out.
    """
    removed: list[SpillFolder] = []
    for path in sorted(_temporary_folder().glob(f"{_PREFIX}*")):
        with suppress(OSError):  # it may go while we look
            if path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.getuid():
                removed += _removed_if_dead(path, dry_run=dry_run)
    return removed


def _removed_if_dead(path: Path, *, dry_run: bool) -> Iterator[SpillFolder]:
    try:
        owner = open(path / _OWNER, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        if path.suffix == _ENDED or _was_never_used(path):
            yield _removed(path, dry_run=dry_run)
        return
    with owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        yield _removed(path, dry_run=dry_run)


def _was_never_used(path: Path) -> bool:
    """Its run was killed while it made its folder. What is in another one without owner is of somebody else."""
    names = {file.name for file in path.iterdir()}
    return names <= {f"{_OWNER}.new"} and time.time() - path.stat().st_mtime > _BEING_MADE_S


def _removed(path: Path, *, dry_run: bool) -> SpillFolder:
    files = sum(1 for file in path.rglob("*") if file.is_file())
    if not dry_run:
        _remove(path)
    return SpillFolder(path, files)


def keep_beam_in(folder: str, pipeline: Any) -> None:
    """Beam makes a temporary folder for every pipeline, which nobody could tell from that of a living one."""
    with suppress(OSError):
        os.rmdir(pipeline.local_tempdir)
        pipeline.local_tempdir = os.path.join(folder, "beam")
        os.mkdir(pipeline.local_tempdir)
