"""Objects of an export, stored whole or not at all; the package says by which protocol."""

import contextlib
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from framehaul.transforms.errors import ExportError, StorageError
from framehaul.transforms.storage.byte_streams import RepeatablePieces, gather, note_failure
from framehaul.transforms.storage.connections import connect
from framehaul.transforms.storage.failures import BrokenBodyError
from framehaul.transforms.storage.large_uploads import LIMITS, UploadLimits, upload_large
from framehaul.transforms.storage.local_files import write_file
from framehaul.transforms.storage.object_settings import ObjectSettings
from framehaul.transforms.storage.options import StorageOptions, scheme_of, store_failures
from framehaul.transforms.storage.remedies import explain
from framehaul.transforms.storage.retries import run_with_retries
from framehaul.transforms.storage.store_uploads import Upload, begin_upload
from framehaul.transforms.storage.stored_object import StoredObject, describe_object, mismatch_text
from framehaul.transforms.storage.whole_puts import put_whole

_PIECE = 1 << 20
_FETCH = 8 << 20

_T = TypeVar("_T")


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

    def write(self, path: str, content: Iterable[bytes], limits: UploadLimits = LIMITS) -> int:
        """Store one object whole, replacing an older one, and return its size in bytes.

        (``fs.open`` publishes a partial object when its body raises, ``makedirs`` can create a bucket: not used.)

        Raises:
            StorageError: with the URL, the reason and what to do about it.
        """
        if self._scheme == "file":
            return self._run_once("store", path, lambda: write_file(self._local(path), content))
        limit = limits.one_put_limit(self._scheme)
        if isinstance(content, RepeatablePieces) and content.size < limit:
            self._put(path, content.stream(), new=False)
            return content.size
        pieces = iter(content)
        begun = gather(pieces, limit)
        if (size := begun.tell()) < limit:
            self._put(path, begun, new=False)
            return size
        failed: list[BaseException] = []
        try:
            following = note_failure(itertools.chain([begun.getvalue()], pieces), failed)
            return self._run_once("store", path, lambda: self._upload(path, following, limits))
        except StorageError:
            if failed:
                raise failed[0] from None  # not the store's failure
            raise

    def write_new(self, path: str, content: bytes) -> None:
        """Store one object that is not there yet, and read it back.

        Raises:
            StorageError: there is another one, or this one could not be stored.
        """
        self.write_if_absent(path, content)
        if self.read(path) != content:  # what was there may be ours, of an attempt whose answer was lost
            raise StorageError(f"{self.url_of(path)} was written by another run at the same time")

    def write_if_absent(self, path: str, content: bytes) -> bool:
        """Store one object unless there is one; returns whether it was stored.

        A store may not know the condition and overwrite: see ``write_new``. Raises ``StorageError``.
        """
        with contextlib.suppress(FileExistsError):
            self._put(path, io.BytesIO(content), new=True)
            return True
        return False

    def _put(self, path: str, content: BinaryIO, *, new: bool) -> None:
        """Store one object in one request. Raises ``FileExistsError`` and ``StorageError``."""

        def put() -> None:
            if self._scheme == "file":
                write_file(self._local(path), [content.read()], new=new)
                return
            put_whole(self._scheme, self._locate(path), content, self._settings, new=new)

        self._run_with_retries("store", path, put, FileExistsError if new else None)

    def _upload(self, path: str, pieces: Iterable[bytes], limits: UploadLimits) -> int:
        filesystem, key = self._locate(path)

        def begin() -> Upload:
            return begin_upload(self._scheme, filesystem, key, self._settings)

        size = upload_large(self._scheme, begin, pieces, limits)
        found = self.look_up(path)
        if found is None or found.size != size:
            raise StorageError(mismatch_text(self.url_of(path), size, found))
        return size

    def read(self, path: str) -> bytes:
        """Read one object. Raises ``StorageError`` if there is no such object."""

        def read_whole() -> bytes:
            filesystem, key = self._locate(path)
            filesystem.invalidate_cache()
            size = int(filesystem.info(key)["size"])
            content = bytes(filesystem.cat_file(key))
            if len(content) != size:
                raise BrokenBodyError(f"{len(content)} bytes of {size} arrived")
            return content

        return self._run_with_retries("read", path, read_whole)

    def pieces(self, path: str) -> Iterator[bytes]:
        """Read one object in order, a megabyte at a time. Raises ``StorageError`` if there is no such object."""
        if self._scheme == "file":
            yield from self._local_pieces(path)
            return
        found = self.look_up(path)
        size = found.size if found else len(self.read(path))  # which says why
        for start in range(0, size, _FETCH):
            content = memoryview(self.fetch(path, start, min(start + _FETCH, size)))
            for place in range(0, len(content), _PIECE):
                yield bytes(content[place : place + _PIECE])

    def fetch(self, path: str, start: int, end: int) -> bytes:
        """Read the bytes from ``start`` up to, not including, ``end``, all of which there must be."""

        def read_range() -> bytes:
            filesystem, key = self._locate(path)
            content = bytes(filesystem.cat_file(key, start=start, end=end))
            if len(content) != end - start:
                raise BrokenBodyError(f"{len(content)} bytes of {end - start} arrived")
            return content

        return self._run_with_retries("read", path, read_range)

    def _local_pieces(self, path: str) -> Iterator[bytes]:
        with self._run_once("read", path, lambda: self._local(path).open("rb")) as stream:
            while piece := self._run_once("read", path, lambda: stream.read(_PIECE)):
                yield piece

    def size(self, path: str) -> int | None:
        """Stored size in bytes, or ``None`` if there is no such object."""
        return found.size if (found := self.look_up(path)) else None

    def look_up(self, path: str) -> StoredObject | None:
        """Ask the store about one object; ``None`` if there is no such object."""

        def find_info() -> StoredObject | None:
            filesystem, key = self._locate(path)
            filesystem.invalidate_cache()
            try:
                return describe_object(filesystem.info(key), etag_is_md5=self._settings.etag_is_md5)
            except FileNotFoundError:
                return None

        return self._run_with_retries("look up", path, find_info)

    def paths(self, folder: str) -> list[str]:
        """Paths of all objects below ``folder``, relative to the base URL, sorted."""
        return sorted(self.list_objects(folder))

    def list_objects(self, folder: str) -> dict[str, StoredObject]:
        """List all objects below ``folder``, by path relative to the base URL."""

        def find() -> dict[str, StoredObject]:
            filesystem, root = self._locate("")
            filesystem.invalidate_cache()
            found: Mapping[str, Any] = filesystem.find(self._locate(folder)[1], detail=True)
            below = root.rstrip("/") + "/"
            etag_is_md5 = self._settings.etag_is_md5
            return {  # of empty folders it knows, too
                str(name).removeprefix(below): describe_object(info, etag_is_md5=etag_is_md5)
                for name, info in found.items()
                if info["type"] == "file"
            }

        return self._run_with_retries("list", folder, find)

    def delete(self, path: str) -> None:
        """Delete one object. One by one: older MinIO refuses what fsspec sends to delete many."""
        self.ask("delete", path, lambda filesystem, key: filesystem.rm_file(key))

    def ask(self, verb: str, path: str, question: Callable[[Any, str], _T]) -> _T:
        """Ask the filesystem, by its own name for ``path``. Raises ``StorageError``: "could not <verb> <URL>"."""
        return self._run_with_retries(verb, path, lambda: question(*self._locate(path)))

    def url_of(self, path: str) -> str:
        return f"{self.base_url}/{path}" if path else self.base_url

    @property
    def _scheme(self) -> str:
        return scheme_of(self.base_url)

    @property
    def _settings(self) -> ObjectSettings:
        return self.options.object_settings(self.base_url)

    def _locate(self, path: str) -> tuple[Any, str]:
        bucket_owner = self.options.bucket_owner(self.base_url)
        return connect(self.url_of(path), self.options, bucket_owner=bucket_owner)

    def _local(self, path: str) -> Path:
        return Path(self._locate(path)[1])

    def _run_with_retries(
        self, verb: str, path: str, operation: Callable[[], _T], passed_on: type[Exception] | None = None
    ) -> _T:
        """Run an operation that may be repeated as a whole."""
        return self._run_once(verb, path, lambda: run_with_retries(self._scheme, operation), passed_on)

    def _run_once(
        self, verb: str, path: str, operation: Callable[[], _T], passed_on: type[Exception] | None = None
    ) -> _T:
        try:
            return operation()
        except ExportError:
            raise
        except store_failures(self.base_url) as error:
            if passed_on is not None and isinstance(error, passed_on):
                raise
            why = explain(error, self._scheme, self.options.bucket_owner(self.base_url))
            said = f"could not {verb} {self.url_of(path)}: {why}"
            # Without its cause, whose message may hold secrets.
            raise StorageError(self.options.redact(self.base_url, said)) from None
