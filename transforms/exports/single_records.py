"""The records of an export that is one object, read as a stream, whatever the size of object and records."""

from collections.abc import Iterable, Iterator

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.exports.output_form import FRAMINGS, Framing
from framehaul.transforms.exports.shard_lines import ShardLines
from framehaul.transforms.storage.object_store import ObjectStore

MOST_HELD = 64 << 20
"""Bytes of a record that is looked into; of a longer one only its length is."""


class SingleRecords(ShardLines):
    """All records of one object, measured while they are read; the longest are left out."""

    def __init__(self, store: ObjectStore, shard: ShardEntry, most_held: int = MOST_HELD) -> None:
        super().__init__(store, shard)
        self._is_array = self.form.record_format == "json"
        self._most_held = most_held

    def __iter__(self) -> Iterator[list[bytes]]:
        """Records that are not too long, in lists that hold about a megabyte.

        Raises:
            SourceError: the object cannot be decompressed.
            StorageError: it cannot be read.
        """
        for lines in _bounded_lines(self._counted(), self._most_held):
            yield [line for line, length in lines if self._is_record(line, length) and line]

    def _counted(self) -> Iterator[bytes]:
        for chunk in self.content():
            self._bytes += len(chunk)
            yield chunk

    def _is_record(self, line: bytes, length: int) -> bool:
        if self._is_array and line in {b"[", b"]", b"[]"}:
            return False
        self._records += 1
        self._longest = max(self._longest, length)
        self.left_out += not line
        return True

    def reframed(self, target_format: str) -> Iterator[bytes]:
        """The records as ``ndjson`` or ``json``, without holding any.

        Raises:
            SourceError, StorageError: as above, or the object is not what the manifest says; then some of it has
                been given out.
        """
        if problem := self.size_problem():
            raise StorageError(f"{self._store.base_url} is not whole: {problem}")
        source = FRAMINGS[self.form.record_format]
        yield from reframed(self.content(), source, FRAMINGS[target_format])
        for problem in self.checksum_problems():
            raise StorageError(f"{self._store.base_url} is not whole: {problem}")


def _bounded_lines(chunks: Iterable[bytes], most: int) -> Iterator[list[tuple[bytes, int]]]:
    """Lines with their lengths, neither line end nor comma after a record included; too long ones are empty."""
    held: list[bytes] = []
    length = 0
    last = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        length += len(first)
        held = [*held, first] if length <= most else []
        last = first[-1:] or last
        if not others:
            continue
        done = [
            _line(b"".join(held), length, last),
            *(_line(line, len(line), line[-1:]) for line in others[:-1]),
        ]
        yield done
        held, length, last = [others[-1]], len(others[-1]), others[-1][-1:]
    if length:
        yield [_line(b"".join(held), length, last)]


def _line(line: bytes, length: int, last: bytes) -> tuple[bytes, int]:
    has_comma = last == b","
    return line[: len(line) - has_comma], length - has_comma


def reframed(chunks: Iterable[bytes], source: Framing, target: Framing) -> Iterator[bytes]:
    """The records of one object as those of another.

    The only line ends are those between records, since JSON writes them as ``\\n`` in a text.
    """
    if source == target:
        yield from chunks
        return
    kept = max(map(len, source))
    rest, begun = b"", False
    for chunk in chunks:
        rest += chunk
        if len(rest) <= kept:
            continue
        if not begun:
            rest, begun = rest.removeprefix(source.head), True
            yield target.head
        end = len(rest) - kept
        end -= rest[:end].endswith(b",")  # it may be half of a separator
        yield rest[:end].replace(source.separator, target.separator)
        rest = rest[end:]
    if begun:
        yield rest.removesuffix(source.tail).replace(source.separator, target.separator) + target.tail
    elif rest == source.empty:
        yield target.empty
    else:
        raise StorageError("holds no records in the way in which framehaul writes them")
