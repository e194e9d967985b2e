"""Folders in which a run spills, in the temporary folder of this machine.

A run holds a lock on ``owner.json`` in its folder, which the system takes from it
when it ends, however it ends: so a folder without that lock is of a dead run, and
no number of a process has to be believed. Its workers are forked from it and have
the lock too; they end with it. (The file names the process, for people who look.)

What is deleted is told by its content, never by its name alone: ``owner.json`` says that the folder is one of ours,
and it is the last file of the folder to go. A folder without it is somebody else's, whatever it is called.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.runs.processes import Process, this_process

_PREFIX = "framehaul-"
_OWNER = "owner.json"
_LONGEST_OWNER = 1 << 16
_ENDED = ".ended"  # nobody writes there any more


_MARK = "spill folder of framehaul"


class _Owner(msgspec.Struct, frozen=True, rename="camel"):
    """Content of ``owner.json``."""

    mark: str
    process: Process


_OWNERS = msgspec.json.Decoder(_Owner)


@dataclass(frozen=True)
class SpillFolder:
    """A spill folder, and the number of its files."""

    path: Path
    files: int


def _temporary_folder() -> Path:
    """Folder for temporary files.

    Raises:
        ConfigError: ``TMPDIR`` names no folder that can be written. Python would take another folder without a
            word, and personal data would come to lie on a disk that is not meant for them.
    """
    wanted, found = os.environ.get("TMPDIR"), os.path.abspath(tempfile.gettempdir())
    if wanted and os.path.abspath(wanted) != found:
        raise ConfigError(
            f"TMPDIR is {wanted}, where no file can be written: make that folder, or name another"
        )
    return Path(found)


@contextmanager
def make_spill_folder() -> Iterator[str]:
    """Make a folder that only this user can read, and remove it when the context ends."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_temporary_folder()))
    try:
        with open(folder / f"{_OWNER}.new", "wb", buffering=0, opener=_open_private) as owner:
            owner.write(msgspec.json.encode(_Owner(_MARK, this_process())))
            fcntl.flock(owner, fcntl.LOCK_EX)
            os.rename(owner.name, folder / _OWNER)  # nobody sees it without its lock
            yield str(folder)
    finally:
        with suppress(OSError):
            _remove(folder)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove(folder: Path) -> None:
    """Remove a folder under another name, so that a worker that is just ending cannot write to it any more."""
    ended = folder if folder.suffix == _ENDED else folder.with_name(f"{folder.name}{_ENDED}")
    folder.rename(ended)
    for inner in ended.iterdir():
        if inner.is_dir() and not inner.is_symlink():
            shutil.rmtree(inner)
        elif inner.name != _OWNER:
            inner.unlink()
    (ended / _OWNER).unlink(missing_ok=True)  # the last: as long as it is there, somebody else can go on
    ended.rmdir()


def remove_dead_spill_folders(*, dry_run: bool = False) -> list[SpillFolder]:
    """Delete the spill folders of this user's dead runs; returns what they were.

    One that cannot be deleted is left out.
    """
    removed: list[SpillFolder] = []
    for path in sorted(_temporary_folder().glob(f"{_PREFIX}*")):
        with suppress(OSError):  # it may go while we look
            if path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.getuid():
                removed += _remove_if_dead(path, dry_run=dry_run)
    return removed


def _remove_if_dead(path: Path, *, dry_run: bool) -> Iterator[SpillFolder]:
    """Remove the folder of a dead run. An empty one is left: no more remains of a run that was killed at its start."""
    try:
        owner = open(path / _OWNER, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        return
    with owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if _is_ours(owner.read(_LONGEST_OWNER)):
            yield _describe_and_remove(path, dry_run=dry_run)


def _is_ours(content: bytes) -> bool:
    try:
        return _OWNERS.decode(content).mark == _MARK
    except msgspec.MsgspecError:
        return False


def _describe_and_remove(path: Path, *, dry_run: bool) -> SpillFolder:
    files = sum(1 for file in path.rglob("*") if file.is_file())
    if not dry_run:
        _remove(path)
    return SpillFolder(path, files)


def move_beam_folder(folder: str, pipeline: Any) -> None:
    """Move the temporary folder that Beam makes for a pipeline into ``folder``, with which it is removed.

    By itself nobody could tell whether its run still lives.
    """
    with suppress(OSError):
        os.rmdir(pipeline.local_tempdir)
        pipeline.local_tempdir = os.path.join(folder, "beam")
        os.mkdir(pipeline.local_tempdir)
