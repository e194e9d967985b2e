"""Bytes of input files on any store."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from framehaul.transforms.errors import ExportError, SourceError
from framehaul.transforms.storage.connections import connect
from framehaul.transforms.storage.failures import BrokenBodyError
from framehaul.transforms.storage.file_versions import version_of
from framehaul.transforms.storage.options import StorageOptions, scheme_of, store_failures
from framehaul.transforms.storage.ranged_stream import RangedStream
from framehaul.transforms.storage.remedies import explained
from framehaul.transforms.storage.retries import persistently

_STREAM_CHUNK = 256 << 10
_READ_AHEAD = 8 << 20  # one request to a store takes as long as some megabytes


@dataclass(frozen=True, order=True)
class SourceFile:
    """One input file.

    Attributes:
        url: as a person would write it; plain paths stay plain.
        size: stored size in bytes.
        version: what is another one when the file was written again: see ``version_of``.
    """

    url: str
    size: int
    version: str = field(default="", compare=False)


@contextlib.contextmanager
def source_failures(url: str, options: StorageOptions, what: str) -> Iterator[None]:
    """Turn what a store raises into an error that names the file, and what to do."""
    try:
        yield
    except ExportError:
        raise
    except store_failures(url) as error:
        said = f"{url} {what}: {explained(error, scheme_of(url))}"
        # Without its cause, whose message is not fit to be shown.
        raise SourceError(options.shown(url, said)) from None


class SourceReader:
    """Bytes of one input file, read in order or by range.

    Every failure of the store becomes a ``SourceError`` that names the file.
    """

    def __init__(self, url: str, options: StorageOptions) -> None:
        self.url = url
        self._options = options
        self._scheme = scheme_of(url)

    def fetch(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` up to, not including, ``end``.

        Raises:
            SourceError: the file is unreadable, or shorter than it was when it was listed.
        """

        def ranged() -> bytes:
            filesystem, path = connect(self.url, self._options)
            content = bytes(filesystem.cat_file(path, start=start, end=end))
            if len(content) != end - start:
                self._refuse_shorter(filesystem, path, start + len(content), end)
            return content

        with source_failures(self.url, self._options, f"cannot be read at byte {start}"):
            return persistently(self._scheme, ranged)

    def _refuse_shorter(self, filesystem: Any, path: str, ended: int, end: int) -> None:
        """Raises ``BrokenBodyError`` if only the answer was too short, and else ``SourceError``."""
        filesystem.invalidate_cache()
        if int(filesystem.info(path)["size"]) >= end:
            raise BrokenBodyError(f"only the bytes up to {ended} arrived")
        raise SourceError(
            f"{self.url} ended at byte {ended}, but was longer when the run began; "
            "do not change input while it is read"
        )

    def version(self) -> str:
        """What is another one when the file was written again, as ``SourceFile.version`` is; asked for anew."""

        def told() -> str:
            filesystem, path = connect(self.url, self._options)
            filesystem.invalidate_cache()
            return version_of(path, filesystem.info(path))

        with source_failures(self.url, self._options, "cannot be looked up"):
            return persistently(self._scheme, told)

    def chunks(self) -> Iterator[bytes]:
        """The whole file in order, in pieces of up to 256 KiB."""
        with self.open() as stream:
            while chunk := self._read(stream):
                yield chunk

    def _read(self, stream: BinaryIO) -> bytes:
        with source_failures(self.url, self._options, "cannot be read"):
            return stream.read(_STREAM_CHUNK)

    def open(self) -> BinaryIO:
        """A seekable stream, for readers that look up parts by themselves."""

        def opened() -> BinaryIO:
            filesystem, path = connect(self.url, self._options)
            if self._scheme == "file":
                return cast(BinaryIO, filesystem.open(path, "rb"))
            filesystem.invalidate_cache()
            size = int(filesystem.info(path)["size"])
            return cast(BinaryIO, io.BufferedReader(RangedStream(self.fetch, size), _READ_AHEAD))

        with source_failures(self.url, self._options, "cannot be read"):
            return persistently(self._scheme, opened)
