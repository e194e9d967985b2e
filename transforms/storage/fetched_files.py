"""Fetch objects of a store to files of this machine: in pieces, resumed after an interruption, and checked.

Bytes that have arrived wait beside the file's place, under a hidden name that a later
attempt finds again. A file has its own name only once it is complete and right.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from framehaul.transforms.errors import FetchStoppedError, StorageError
from framehaul.transforms.storage.local_files import move_into_place
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.remedies import explain

_FETCH = 8 << 20
_READ = 1 << 20


@dataclass(frozen=True)
class WantedObject:
    """Description of an object as it must arrive.

    Attributes:
        path: relative to the folder that it is in, and where it is put below the target.
        size: in bytes.
        sha256: in hex, of whoever wrote it; ``None`` if nobody has said.
        md5: in base64, of the store; ``None`` if it does not tell. A store may tell something else that looks the same.
    """

    path: str
    size: int
    sha256: str | None = None
    md5: str | None = None


def is_there(file: Path, wanted: WantedObject) -> bool:
    """Tell whether ``file`` holds that object.

    Without a checksum the size decides: a file gets its name only when it is whole.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        if not file.is_file() or file.stat().st_size != wanted.size:
            return False
        if wanted.sha256 is None and wanted.md5 is None:
            return True
        digest = _Digest()
        _add_file(digest, file)
    except OSError as error:
        raise _disk_error("read", file, error) from None
    return digest.fits(wanted)


def fetch_file(
    store: ObjectStore,
    wanted: WantedObject,
    file: Path,
    tell: Callable[[int], None],
    stopped: Event,
) -> None:
    """Fetch an object to ``file``, going on from where an earlier attempt has ended.

    Args:
        tell: is called with the number of bytes that have arrived since the last call; it is negative when
            bytes are thrown away.
        stopped: ends this between two pieces, with ``FetchStoppedError``; what has arrived stays.

    Raises:
        StorageError: of the store or the disk, or two attempts have brought other bytes than are wanted.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if wanted.sha256 is None or (part.exists() and part.stat().st_size > wanted.size):
            part.unlink(missing_ok=True)
        first = _fetch_rest(store, wanted, part, tell, stopped)
        if not first.fits(wanted):
            tell(-wanted.size)
            part.unlink()
            second = _fetch_rest(store, wanted, part, tell, stopped)
            if not second.fits(wanted) and (wanted.sha256 or second != first):
                part.unlink()
                raise StorageError(_damage_text(store, wanted, second))
        move_into_place(part, file)
    except OSError as error:
        raise _disk_error("write", file, error) from None


def _fetch_rest(
    store: ObjectStore, wanted: WantedObject, part: Path, tell: Callable[[int], None], stopped: Event
) -> "_Digest":
    digest = _Digest()
    with suppress(FileNotFoundError):
        _add_file(digest, part)
    tell(digest.size)
    with part.open("ab") as stream:
        while digest.size < wanted.size:
            if stopped.is_set():
                raise FetchStoppedError(f"stopped before {store.url_of(wanted.path)} was complete")
            end = min(digest.size + _FETCH, wanted.size)
            piece = store.fetch(wanted.path, digest.size, end)
            stream.write(piece)
            digest.update(piece)
            tell(len(piece))
    return digest


class _Digest:
    """SHA-256 and MD5 of what has been read so far."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, piece: bytes) -> None:
        self.size += len(piece)
        self._sha256.update(piece)
        self._md5.update(piece)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def fits(self, wanted: WantedObject) -> bool:
        """Compare with the checksum of whoever wrote the object, or else with that of the store."""
        if self.size != wanted.size:
            return False
        if wanted.sha256 is not None:
            return self.sha256 == wanted.sha256
        return wanted.md5 is None or base64.b64encode(self._md5.digest()).decode() == wanted.md5

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, _Digest) and self.sha256 == other.sha256

    __hash__ = None  # type: ignore[assignment] # it changes


def _add_file(digest: _Digest, file: Path) -> None:
    with file.open("rb") as stream:
        while piece := stream.read(_READ):
            digest.update(piece)


def _damage_text(store: ObjectStore, wanted: WantedObject, found: _Digest) -> str:
    said = f"SHA-256 {wanted.sha256}" if wanted.sha256 else f"MD5 {wanted.md5}"
    return (
        f"{store.url_of(wanted.path)} is damaged: it should have {said}, but what arrives has SHA-256 {found.sha256}; "
        "framehaul verify says what else is wrong with this export"
    )


def _disk_error(verb: str, file: Path, error: OSError) -> StorageError:
    return StorageError(f"could not {verb} {os.fspath(file)}: {explain(error, 'file')}")
