"""Sections: bytes of an object that is put together from many, which any worker makes and one worker joins.

They wait in files beside the spilled blocks or, where workers share no disk, as
objects below the export. Each is encoded in the way in which it is needed:

* ``packed``, a fast zstd frame, where the object needs the bytes themselves: to
  write them plainly takes longer and needs four times the space;
* ``deflated``, raw deflate that ends on a byte, where it needs deflate: what
  follows can simply be appended, as pigz does it, so that the only step that
  cannot be shared among workers copies bytes (isal deflates 1.2 GB/s a core).
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
import zstandard
from isal import isal_zlib

from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore

PACKED, DEFLATED = "packed", "deflated"
FOLDER = ".pieces"
"""Folder of the objects in which sections wait; they are deleted when the export is done."""

_READ = 4 << 20
_RAW_DEFLATE = -15
_LEVEL = {PACKED: -3, DEFLATED: 2}


class EncodedSection(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Place of some encoded bytes.

    Attributes:
        path: of a file, or of an object of the store.
        start, end: range of bytes in it, the end not included.
        plain_bytes, crc: size and CRC-32 of the bytes before they were encoded.
    """

    path: str
    start: int
    end: int
    plain_bytes: int
    crc: int


Sections = Mapping[str, EncodedSection]
"""The same bytes in every encoding that is needed."""


@dataclass(frozen=True)
class SectionFiles:
    """Files in which sections wait.

    Attributes:
        spill_folder: a folder that all workers see, or ``None``.
        store: of the export; used where there is no such folder.
        encodings: in which each section is needed.
    """

    spill_folder: str | None
    store: ObjectStore
    encodings: tuple[str, ...]

    @contextlib.contextmanager
    def writer(self, name: str) -> Iterator[Callable[[Iterable[bytes]], Sections]]:
        """Open a function that writes one section; all go to one file for each encoding.

        Args:
            name: the same for the same bytes, so that a repeated attempt overwrites the first.

        Raises:
            StorageError: the disk is full.
        """
        with contextlib.ExitStack() as stack, self._translate_errors():
            files = [stack.enter_context(self._open_file(name, encoding)) for encoding in self.encodings]
            yield lambda pieces: _write_section(pieces, files)

    @contextlib.contextmanager
    def _open_file(self, name: str, encoding: str) -> Iterator["_EncodedFile"]:
        if self.spill_folder is not None:
            descriptor, path = tempfile.mkstemp(
                prefix="pieces-", suffix=f".{encoding}", dir=self.spill_folder
            )
            with os.fdopen(descriptor, "wb") as file:
                yield _EncodedFile(path, encoding, file)
            return
        path = f"{FOLDER}/{name}.{encoding}"
        with tempfile.TemporaryFile() as file:
            yield _EncodedFile(path, encoding, file)
            file.seek(0)
            self.store.write(path, iter(lambda: file.read(_READ), b""))

    def encoded_pieces(self, section: EncodedSection) -> Iterator[bytes]:
        """Read the encoded bytes, some megabytes at a time."""
        for start in range(section.start, section.end, _READ):
            end = min(start + _READ, section.end)
            if self.spill_folder is None:
                yield self.store.fetch(section.path, start, end)
            else:
                with self._translate_errors(), open(section.path, "rb") as file:
                    file.seek(start)
                    yield file.read(end - start)

    def plain_pieces(self, section: EncodedSection) -> Iterator[bytes]:
        """Unpack a section that is ``packed``, some megabytes at a time, however small it was packed."""
        source: Any = _Source(self.encoded_pieces(section))
        with zstandard.ZstdDecompressor().stream_reader(source) as reader:
            while piece := reader.read(_READ):
                yield piece

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            folder = self.spill_folder or tempfile.gettempdir()
            raise StorageError(
                f"could not write temporary data to {folder}: {error}; one object that is put together from many "
                "takes a quarter of its size there, TMPDIR says where"
            ) from error


class _Source:
    """Stream of pieces, for a decompressor to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        found, self._rest = self._rest[:size], self._rest[size:]
        return bytes(found)


@dataclass(frozen=True)
class _EncodedFile:
    path: str
    encoding: str
    file: BinaryIO

    def encoder(self) -> Any:
        if self.encoding == PACKED:
            return zstandard.ZstdCompressor(level=_LEVEL[PACKED]).compressobj()
        return isal_zlib.compressobj(level=_LEVEL[DEFLATED], wbits=_RAW_DEFLATE)

    def end(self, encoder: Any) -> bytes:
        """Last bytes of a section; another deflated section can follow from the next byte, without looking back."""
        rest = encoder.flush() if self.encoding == PACKED else encoder.flush(isal_zlib.Z_FULL_FLUSH)
        return bytes(rest)


def _write_section(pieces: Iterable[bytes], files: list[_EncodedFile]) -> Sections:
    encoders = [each.encoder() for each in files]
    starts = [each.file.tell() for each in files]
    size, crc = 0, 0
    for piece in pieces:
        size += len(piece)
        crc = isal_zlib.crc32(piece, crc)
        for each, encoder in zip(files, encoders, strict=True):
            each.file.write(encoder.compress(piece))
    for each, encoder in zip(files, encoders, strict=True):
        each.file.write(each.end(encoder))
    return {
        each.encoding: EncodedSection(each.path, start, each.file.tell(), size, crc)
        for each, start in zip(files, starts, strict=True)
    }
