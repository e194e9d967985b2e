"""Input files on any store, and their bytes."""

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
from framehaul.transforms.storage.remedies import explain
from framehaul.transforms.storage.retries import run_with_retries

_PIECE = 256 << 10
_READ_AHEAD = 8 << 20  # one request to a store takes as long as some megabytes


@dataclass(frozen=True, order=True)
class SourceFile:
    """One input file.

    Attributes:
        url: as a person would write it; plain paths stay plain.
        size: stored size in bytes.
        version: a text that changes when the file is written again, see ``version_of``.
    """

    url: str
    size: int
    version: str = field(default="", compare=False)


@contextlib.contextmanager
def translate_source_errors(url: str, options: StorageOptions, what: str) -> Iterator[None]:
    """Turn an error of a store into a ``SourceError`` that names the file, and what to do."""
    try:
        yield
    except ExportError:
        raise
    except store_failures(url) as error:
        said = f"{url} {what}: {explain(error, scheme_of(url))}"
        # Without its cause, whose message may hold secrets.
        raise SourceError(options.redact(url, said)) from None


class SourceReader:
    """Bytes of one input file, read in order or by range.

    Every failure of the store becomes a ``SourceError`` that names the file.
    """

    def __init__(self, url: str, options: StorageOptions) -> None:
        self.url = url
        self._options = options
        self._scheme = scheme_of(url)

    def fetch(self, start: int, end: int) -> bytes:
        """Read the bytes from ``start`` up to, not including, ``end``.

        Raises:
            SourceError: the file is unreadable, or shorter than it was when it was listed.
        """

        def read_range() -> bytes:
            filesystem, path = connect(self.url, self._options)
            content = bytes(filesystem.cat_file(path, start=start, end=end))
            if len(content) != end - start:
                self._refuse_shorter(filesystem, path, start + len(content), end)
            return content

        with translate_source_errors(self.url, self._options, f"cannot be read at byte {start}"):
            return run_with_retries(self._scheme, read_range)

    def _refuse_shorter(self, filesystem: Any, path: str, ended: int, end: int) -> None:
        """Raise ``BrokenBodyError`` if only the answer was too short, and else ``SourceError``."""
        filesystem.invalidate_cache()
        if int(filesystem.info(path)["size"]) >= end:
            raise BrokenBodyError(f"only the bytes up to {ended} arrived")
        raise SourceError(
            f"{self.url} ended at byte {ended}, but was longer when the run began; "
            "do not change input while it is read"
        )

    def version(self) -> str:
        """What is another one when the file was written again, as ``SourceFile.version`` is; asked for anew."""

        def look_up() -> str:
            filesystem, path = connect(self.url, self._options)
            filesystem.invalidate_cache()
            return version_of(path, filesystem.info(path))

        with translate_source_errors(self.url, self._options, "cannot be looked up"):
            return run_with_retries(self._scheme, look_up)

    def pieces(self) -> Iterator[bytes]:
        """Read the whole file in order, in pieces of up to 256 KiB."""
        with self.open() as stream:
            while piece := self._read_piece(stream):
                yield piece

    def _read_piece(self, stream: BinaryIO) -> bytes:
        with translate_source_errors(self.url, self._options, "cannot be read"):
            return stream.read(_PIECE)

    def open(self) -> BinaryIO:
        """Open a seekable stream, for readers that find their own way in a file."""

        def open_stream() -> BinaryIO:
            filesystem, path = connect(self.url, self._options)
            if self._scheme == "file":
                return cast(BinaryIO, filesystem.open(path, "rb"))
            filesystem.invalidate_cache()
            size = int(filesystem.info(path)["size"])
            return cast(BinaryIO, io.BufferedReader(RangedStream(self.fetch, size), _READ_AHEAD))

        with translate_source_errors(self.url, self._options, "cannot be read"):
            return run_with_retries(self._scheme, open_stream)
