"""Input files on any store: which there are, and their bytes."""

import glob as globbing
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import fsspec

from transforms.errors import ConfigError, SourceError
from transforms.storage.options import StorageOptions, scheme_of, store_failures

_STREAM_CHUNK = 256 << 10


@dataclass(frozen=True, order=True)
class SourceFile:
    """One input file.

    Attributes:
        url: as a person would write it; plain paths stay plain.
        size: stored size in bytes.
    """

    url: str
    size: int


def list_files(patterns: Sequence[str], options: StorageOptions) -> list[SourceFile]:
    """All files that match any of ``patterns``, each once, by URL.

    Raises:
        SourceError: a pattern matches nothing, or its store cannot be listed.
    """
    found: dict[str, SourceFile] = {}  # by what the store calls it: a file has several spellings
    for pattern in patterns:
        matches = _matches(pattern, options)
        if not matches:
            raise SourceError(
                f"{pattern} matches no file; check the path, or leave the table out of `source:`"
            )
        for name, file in matches.items():
            found.setdefault(f"{scheme_of(pattern)}://{name}", file)
    return sorted(found.values())


def _matches(pattern: str, options: StorageOptions) -> dict[str, SourceFile]:
    try:
        filesystem, path = fsspec.core.url_to_fs(pattern, **options.resolved(pattern))
        if not globbing.has_magic(path):
            return {path: SourceFile(pattern, filesystem.size(path))} if filesystem.isfile(path) else {}
        details = filesystem.glob(path, detail=True)
    except ConfigError:
        raise
    except store_failures(pattern) as error:
        raise SourceError(f"{pattern} cannot be listed: {error}") from error
    return {
        name: SourceFile(_url(pattern, filesystem, name), size)
        for name, info in details.items()
        if (size := _file_size(name, info)) is not None
    }


def _file_size(name: str, info: Mapping[str, Any]) -> int | None:
    """Size of what a glob has met; ``None`` for a folder. A link on a disk is what it leads to.

    Raises:
        SourceError: a link leads to nothing.
    """
    if info.get("islink"):
        try:
            return None if os.path.isdir(name) else os.stat(name).st_size
        except OSError as error:
            raise SourceError(f"{name} is a link that leads to nothing: {error}") from error
    return int(info["size"]) if info["type"] == "file" else None


def _url(pattern: str, filesystem: Any, name: str) -> str:
    """The URL of one match, written like its pattern: a relative path stays relative."""
    if scheme_of(pattern) != "file" or pattern.startswith("file://"):
        return str(filesystem.unstrip_protocol(name))
    return name if pattern.startswith("/") else os.path.relpath(name)


class SourceReader:
    """Bytes of one input file, read in order or by range.

    Every failure of the store becomes a ``SourceError`` that names the file.
    """

    def __init__(self, url: str, options: StorageOptions) -> None:
        self.url = url
        self._filesystem, self._path = fsspec.core.url_to_fs(url, **options.resolved(url))

    def fetch(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` up to, not including, ``end``.

        Raises:
            SourceError: the file is unreadable, or shorter than it was when it was listed.
        """
        try:
            content = bytes(self._filesystem.cat_file(self._path, start=start, end=end))
        except store_failures(self.url) as error:
            raise SourceError(f"{self.url} cannot be read at byte {start}: {error}") from error
        if len(content) != end - start:
            raise SourceError(
                f"{self.url} ended at byte {start + len(content)}, but was longer when the run began; "
                "do not change input while it is read"
            )
        return content

    def chunks(self) -> Iterator[bytes]:
        """The whole file in order, in pieces of up to 256 KiB."""
        with self.open() as stream:
            while chunk := self._read(stream):
                yield chunk

    def _read(self, stream: BinaryIO) -> bytes:
        try:
            return stream.read(_STREAM_CHUNK)
        except store_failures(self.url) as error:
            raise SourceError(f"{self.url} cannot be read: {error}") from error

    def open(self) -> BinaryIO:
        """A seekable stream, for readers that look up parts by themselves."""
        try:
            return cast(BinaryIO, self._filesystem.open(self._path, "rb"))
        except store_failures(self.url) as error:
            raise SourceError(f"{self.url} cannot be read: {error}") from error
