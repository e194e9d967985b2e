"""Lines of records on their way to a shard."""

from collections.abc import Iterator, Sequence

import msgspec

from framehaul.transforms.records.buckets import bucket_of


class RecordLine(msgspec.Struct, array_like=True, gc=False):
    """A line of a record on its way to a shard.

    Attributes:
        bucket: decides which shard it is in.
        asset_key, task_id, part: decide, in this order, its place in the shard.
        line: without line end; empty for a record that is in shards of its own, of which only its asset is told.
        parts: of the record, in its first line; 0 in others.
        members: how many records of each table of its kind the record is made of, likewise; else empty.
    """

    bucket: int
    asset_key: str
    task_id: str
    part: int
    line: bytes
    parts: int
    members: tuple[int, ...]


class RecordPlace(msgspec.Struct, frozen=True):
    """The place of a record among others, and the number of source records that it is made of.

    Attributes:
        asset_key, task_id: decide its place, in this order.
        members: how many records of each table of its kind it is made of.
    """

    asset_key: str
    task_id: str
    members: tuple[int, ...]

    def lines(self, parts: Sequence[bytes]) -> Iterator[RecordLine]:
        """The parts of the record, in order, as lines of its shard."""
        place = (bucket_of(self.asset_key), self.asset_key, self.task_id)
        for part, line in enumerate(parts):
            yield RecordLine(*place, part, line, *((0, ()) if part else (len(parts), self.members)))

    def line_elsewhere(self) -> RecordLine:
        """The empty line that stands for a record with shards of its own."""
        return RecordLine(bucket_of(self.asset_key), self.asset_key, self.task_id, 0, b"", 0, ())
