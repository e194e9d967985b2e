"""Records of one shard, read by whoever has its entry: the manifest, or a worker that got no more than that.

Here, and nowhere else, it is decided how the lines of an object become records.
"""

import sys
from collections.abc import Iterator

import msgspec

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.exports.output_form import form_of_path
from framehaul.transforms.exports.record_parts import PartHead, part_of
from framehaul.transforms.exports.shard_lines import ShardLines
from framehaul.transforms.exports.single_records import MOST_HELD, SingleRecords
from framehaul.transforms.storage.object_store import ObjectStore


class StoredRecord(msgspec.Struct, frozen=True, gc=False):
    """A record, or a part of one, as it is stored.

    Attributes:
        url: of the object that holds it.
        number: among the records of that object, from 1.
        line: JSON, without line end.
        part: ``None`` in an export that is one object, all of whose records are in one piece.
    """

    url: str
    number: int
    line: bytes
    part: PartHead | None

    def located(self, error: Exception) -> StorageError:
        """The error that says what is wrong with the record, and where it stands."""
        return StorageError(f"{self.url}, line {self.number}: {error}")


def measured_lines(store: ObjectStore, shard: ShardEntry, most_held: int = MOST_HELD) -> ShardLines:
    """The lines of a shard, to be read once; then they tell what differs from its entry.

    Args:
        most_held: bytes of a record; a longer one is left out, which only the export of one object can hold.

    Raises:
        StorageError: the entry's path is that of no shard.
    """
    if form_of_path(shard.path).is_single:
        return SingleRecords(store, shard, most_held)
    return ShardLines(store, shard)


def records_of_shard(store: ObjectStore, shard: ShardEntry) -> Iterator[StoredRecord]:
    """Every record of a shard, or what it holds of one, in order.

    Memory holds about a megabyte, or one line if that is longer; a line of an export that is one object is a whole
    record of any size. Records are given out before the end is seen: only who has come to the end without an error
    knows that they are what was written.

    Raises:
        SourceError, StorageError: the shard is missing, cannot be read, or is not what its entry says.
    """
    lines = measured_lines(store, shard, most_held=sys.maxsize)
    if problem := lines.size_problem():
        raise StorageError(f"{store.base_url} is not whole: {problem}")
    url, number = store.url_of(shard.path), 0
    for some in lines:
        for line in some:
            number += 1
            yield _record(url, number, line, has_part=not lines.form.is_single)
    for problem in lines.problems():
        raise StorageError(f"{store.base_url} is not whole: {problem}")


def _record(url: str, number: int, line: bytes, *, has_part: bool) -> StoredRecord:
    record = StoredRecord(url, number, line, None)
    if not has_part:
        return record
    try:
        return StoredRecord(url, number, line, part_of(line))
    except (StorageError, msgspec.MsgspecError) as error:
        raise record.located(error) from error
