"""A record that is put together from its parts, in memory that does not grow with it."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.record_parts import PartHead, TakenApart, end_of
from framehaul.transforms.exports.track_places import Place, TrackPlaces
from framehaul.transforms.video.track_entries import ENTRY_END, gathered

_IN_MEMORY = 4 << 20
_PIECE = 1 << 20


class RecordSpool:
    """One record. Its rows wait in a temporary file until the last part has come.

    A part holds rows of all lists, the record one list after the other. All
    rows go to one file, in the order in which they come, and of each list only
    the places of its rows are kept in memory: a record may have thousands of
    stage-history entries, but a process only so many open files. The entries
    of a track that several parts have become one.

    Args:
        first: the first part; the others have the same bytes around their lists.
        folder: of the temporary file, ``None`` for the system's. The file has
            no name, so a process that is killed leaves nothing behind.
    """

    def __init__(self, first: TakenApart, folder: Path | None) -> None:
        self._around = first.around
        self._folder = folder
        self._places: list[list[Place]] = [[] for _ in first.lists]
        self._tracks = [TrackPlaces() for _ in first.lists]
        self._size = 0
        with self._errors():
            self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by close()
                _IN_MEMORY, dir=None if folder is None else str(folder)
            )
        self.add(first)

    def add(self, part: TakenApart) -> None:
        """Keep the rows of the next part.

        Raises:
            StorageError: it is not of the same record, its rows are in no order, or the temporary file cannot be
                written.
        """
        if part.around != self._around:
            raise StorageError("differs from the part before it in more than its rows")
        with self._errors():
            for number, rows in enumerate(part.lists):
                if part.has_entries(number):
                    found = gathered(rows)
                    self._add_rows(self._places[number], found.loose)
                    for entry in found.entries:
                        start, self._size = self._size, self._size + self._file.write(entry.rows)
                        self._tracks[number].add(entry.owner, (start, self._size))
                else:
                    self._add_rows(self._places[number], rows)

    def _add_rows(self, places: list[Place], rows: memoryview) -> None:
        if not rows:
            return
        start = self._size
        self._size += self._file.write(b"," if places else b"") + self._file.write(rows)
        if places and places[-1][1] == start:
            start = places.pop()[0]
        places.append((start, self._size))

    def pieces(self, part: PartHead) -> Iterator[bytes]:
        """The record with all rows that were added, as one line without line end."""
        yield self._around[0]
        for places, tracks, around in zip(self._places, self._tracks, self._around[1:], strict=True):
            for place in places:
                yield from self._read(place)
            yield from self._entries(tracks, b"," if places else b"")
            yield around
        yield end_of(part)

    def _entries(self, tracks: TrackPlaces, separator: bytes) -> Iterator[bytes]:
        for owner, places in tracks.tracks():
            yield separator + owner.head()
            separator = b""
            for place in places:
                yield separator
                yield from self._read(place)
                separator = b","
            yield ENTRY_END

    def _read(self, place: Place) -> Iterator[bytes]:
        start, end = place
        while start < end:
            with self._errors():
                self._file.seek(start)
                piece = self._file.read(min(_PIECE, end - start))
            if not piece:
                raise StorageError("a temporary file ended too early")
            start += len(piece)
            yield piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            folder = self._folder or f"{tempfile.gettempdir()} (TMPDIR says where)"
            raise StorageError(
                f"could not write a temporary file in {folder}: {error.strerror}; "
                "it needs as much space as the longest record"
            ) from error
