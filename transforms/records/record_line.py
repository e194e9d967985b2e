"""A line of a shard on its way to it."""

from collections.abc import Iterator, Sequence

import msgspec

from framehaul.transforms.records.buckets import bucket_of


class RecordLine(msgspec.Struct, array_like=True, gc=False):
    """One line of a shard, on its way to it.

    Attributes:
        bucket: what its shard is cut by.
        asset_key, task_id, part: what it is sorted by.
        line: without line end; empty for a record that is in shards of its own, of which only its asset is told.
        parts: of the record, in its first line; 0 in others.
        stage_entries, frames_records: how many are in the record, likewise.
        sources: tasks (or issues) that the record is made of, likewise.
    """

    bucket: int
    asset_key: str
    task_id: str
    part: int
    line: bytes
    parts: int
    stage_entries: int
    frames_records: int
    sources: int = 1


class RecordPlace(msgspec.Struct, frozen=True):
    """Where a record stands, and what it is made of.

    Attributes:
        asset_key, task_id: what it is sorted by.
        sources: tasks (or issues) that it is made of.
    """

    asset_key: str
    task_id: str
    stage_entries: int = 0
    frames_records: int = 0
    sources: int = 1

    def lines(self, parts: Sequence[bytes]) -> Iterator[RecordLine]:
        """The parts of the record, in order, as lines of its shard."""
        place = (bucket_of(self.asset_key), self.asset_key, self.task_id)
        figures = (len(parts), self.stage_entries, self.frames_records, self.sources)
        for part, line in enumerate(parts):
            yield RecordLine(*place, part, line, *((0, 0, 0, 0) if part else figures))

    def elsewhere(self) -> RecordLine:
        """The line that stands for a record which is in shards of its own."""
        return RecordLine(bucket_of(self.asset_key), self.asset_key, self.task_id, 0, b"", 0, 0, 0, 0)
