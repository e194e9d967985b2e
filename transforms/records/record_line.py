"""A line of a shard on its way to it."""

import msgspec


class RecordLine(msgspec.Struct, array_like=True, gc=False):
    """One line of a shard, on its way to it.

    Attributes:
        bucket: what its shard is cut by.
        asset_key, task_id, part: what it is sorted by.
        line: without line end; empty for a record that is in shards of its own, of which only its asset is told.
        parts: of the record, in its first line; 0 in others.
        stage_entries, frames_records: how many are in the record, likewise.
    """

    bucket: int
    asset_key: str
    task_id: str
    part: int
    line: bytes
    parts: int
    stage_entries: int
    frames_records: int
