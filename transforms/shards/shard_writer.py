"""Write shards and remember them, or keep those of an earlier run of the export."""

from collections.abc import Sequence
from dataclasses import dataclass

from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.shard_records import FinishedShards, ShardRecord
from framehaul.transforms.shards.shard import write_shard
from framehaul.transforms.storage.object_store import ObjectStore


@dataclass(frozen=True)
class ShardWriter:
    """Stores shards in the folder of an export.

    Attributes:
        store: the folder.
        compression: ``none``, ``gzip`` or ``zstd``.
        finished: shards that need not be written again; ``None`` to remember none.
    """

    store: ObjectStore
    compression: str
    finished: FinishedShards | None = None

    def find_kept(
        self, path: str, buckets: tuple[int, int] | None = None, asset_id: str | None = None
    ) -> ShardRecord | None:
        """Find the record of a shard that need not be written again, see ``FinishedShards.find``."""
        return self.finished.find(path, buckets, asset_id) if self.finished is not None else None

    def write(
        self,
        path: str,
        lines: Sequence[bytes],
        asset_ids: tuple[str, str] | None,
        tally: Tally,
        buckets: tuple[int, int] | None = None,
    ) -> ShardEntry:
        """Store a shard, and remember it with the figures that it adds to the export's. Raises ``StorageError``."""
        entry = write_shard(self.store, path, lines, self.compression, asset_ids, buckets)
        if self.finished is not None:
            self.finished.remember(entry, tally)
        return entry
