"""Objects of an export, stored whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import fsspec

from transforms.errors import ExportError, StorageError
from transforms.storage.options import StorageOptions, scheme_of, store_failures

_CHUNK = 1 << 20


@dataclass(frozen=True)
class ObjectStore:
    """Objects under one base URL.

    It pickles as its two fields, so it can travel to workers inside a step;
    connections are opened where they are used.

    Attributes:
        base_url: e.g. ``s3://bucket/exports/2026-11-22``, no slash at the end.
        options: endpoints and names of secrets, see ``StorageOptions``.
    """

    base_url: str
    options: StorageOptions = field(default_factory=StorageOptions, repr=False)

    def write(self, path: str, parts: Iterable[bytes]) -> int:
        """Store one object, replacing an older one, and return its size in bytes.

        A reader sees the old object or the new one, never a part: one put on an
        object store; on a local disk a temporary file in the same folder, fsync
        and rename. (``fs.open(url, "wb")`` publishes a partial object when its
        body raises, and ``makedirs`` can create a bucket; neither is used.)

        Raises:
            StorageError: with the URL and the reason.
        """
        if scheme_of(self.base_url) == "file":
            with self._errors("store", path):
                return _write_file(Path(self._locate(path)[1]), parts)
        content = b"".join(parts)
        with self._errors("store", path):
            filesystem, key = self._locate(path)
            filesystem.pipe_file(key, content)
        return len(content)

    def read(self, path: str) -> bytes:
        """Raises ``StorageError`` if there is no such object."""
        with self._errors("read", path):
            filesystem, key = self._locate(path)
            return bytes(filesystem.cat_file(key))

    def chunks(self, path: str) -> Iterator[bytes]:
        """One object in order, a megabyte at a time. Raises ``StorageError`` if there is no such object."""
        with self._errors("read", path):
            filesystem, key = self._locate(path)
            stream = filesystem.open(key, "rb")
        with stream:
            while chunk := self._next_chunk(stream, path):
                yield chunk

    def _next_chunk(self, stream: BinaryIO, path: str) -> bytes:
        with self._errors("read", path):
            return stream.read(_CHUNK)

    def size(self, path: str) -> int | None:
        """Stored size in bytes, or ``None`` if there is no such object."""
        with self._errors("look up", path):
            filesystem, key = self._locate(path)
            filesystem.invalidate_cache()
            try:
                return int(filesystem.info(key)["size"])
            except FileNotFoundError:
                return None

    def paths(self, folder: str) -> list[str]:
        """Paths of all objects below ``folder``, relative to the base URL, sorted."""
        with self._errors("list", folder):
            filesystem, root = self._locate("")
            filesystem.invalidate_cache()
            found = filesystem.find(self._locate(folder)[1])
            return sorted(str(name).removeprefix(root.rstrip("/") + "/") for name in found)

    def delete(self, path: str) -> None:
        """Delete one object. One by one: older MinIO refuses what fsspec sends to delete many."""
        with self._errors("delete", path):
            filesystem, key = self._locate(path)
            filesystem.rm_file(key)

    def url_of(self, path: str) -> str:
        return f"{self.base_url}/{path}" if path else self.base_url

    def _locate(self, path: str) -> tuple[Any, str]:
        url = self.url_of(path)
        filesystem, key = fsspec.core.url_to_fs(url, **self.options.resolved(url))
        return filesystem, str(key)

    @contextlib.contextmanager
    def _errors(self, verb: str, path: str) -> Iterator[None]:
        try:
            yield
        except ExportError:
            raise
        except store_failures(self.base_url) as error:
            raise StorageError(f"could not {verb} {self.url_of(path)}: {error}") from error


def confirm_size(store: ObjectStore, path: str, size: int) -> None:
    """Raises ``StorageError`` if the store does not have an object as it was written."""
    found = store.size(path)
    if found != size:
        raise StorageError(
            f"{store.url_of(path)} was stored with {size} bytes, but the store "
            f"{'has no such object' if found is None else f'says {found} bytes'}; no manifest is written"
        )


def _write_file(target: Path, parts: Iterable[bytes]) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            size = sum(_written(file, part) for part in parts)
            os.fsync(descriptor)
            os.fchmod(descriptor, 0o666 & ~_UMASK)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return size


def _written(file: Any, part: bytes) -> int:
    """A raw file may take less than it is given, for example when the disk is nearly full."""
    rest = memoryview(part)
    while rest:
        rest = rest[file.write(rest) :]
    return len(part)


def _sync_folder(folder: Path) -> None:
    """Makes the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _current_umask()
