"""Records of finished shards, by which a later run of the export need not write them again.

A record is an object of its own, ``.framehaul/shards/<fingerprint>/<shard>.json``,
written when the shard is stored: workers on many machines write side by side, and no
store lets them add to one object. (Metadata of the shard itself would save
the request, but a disk has none, and Google, Azure and S3 each allow other names and
sizes; the shard's name is that of transforms/README.md, "Export on the store".)

Shards follow from the input and the settings alone, so a record is good for every
run with the same ``fingerprint``, as long as the shard is there and is what the
record says: its size, and its MD5 where the store knows it; where it does not (a
disk, an upload in parts, encryption with one's own keys), the shard is read once
and its SHA-256 compared. What a shard adds to the sums of the export is in the
record; all that is read is read and counted again.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.claims import OWN_FOLDER, Claim
from framehaul.transforms.storage.object_store import ObjectStore

SHARD_RECORDS = f"{OWN_FOLDER}/shards"
SHARD_FOLDER = "data"


class ShardRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A finished shard.

    Attributes:
        entry: its entry in the manifest.
        tally: figures that it adds to those of the export.
    """

    entry: ShardEntry
    tally: Tally


_RECORDS = msgspec.json.Decoder(ShardRecord)


@dataclass(frozen=True)
class FinishedShards:
    """The finished shards of an export that goes on.

    Attributes:
        claim: of this run on the folder of the export.
        fingerprint: of this run, see ``RunRecord``; records of others do not count.
        resumes: whether there may be shards of an earlier run.
    """

    claim: Claim
    fingerprint: str
    resumes: bool

    def find(
        self, path: str, buckets: tuple[int, int] | None = None, asset_id: str | None = None
    ) -> ShardRecord | None:
        """Find the record of a shard that need not be written again.

        Args:
            path: of the shard.
            buckets: range of buckets that it holds.
            asset_id: of the long asset that it is a shard of, if it is one.

        Raises:
            LostError: another run has taken this one for dead; so nothing may be written.
            StorageError: the store does not answer.
        """
        self.claim.check()
        if not self.resumes:
            return None
        record = self._read_record(path)
        if record is None:
            return None
        entry = record.entry
        is_the_one = entry.path == path and entry.buckets == buckets
        if asset_id is not None:
            is_the_one = is_the_one and entry.first_asset_id == entry.last_asset_id == asset_id
        return record if is_the_one and _is_stored(self._store, entry) else None

    def remember(self, entry: ShardEntry, tally: Tally) -> None:
        """Record that a shard is stored. Raises ``StorageError``."""
        record = ShardRecord(entry=entry, tally=tally)
        self._store.write(self._record_path(entry.path), [msgspec.json.encode(record)])

    def paths(self) -> list[str]:
        """Paths of the shards that have a record. Raises ``StorageError``."""
        records = self._store.paths(f"{SHARD_RECORDS}/{self.fingerprint}")
        return [f"{SHARD_FOLDER}/{path.rpartition('/')[2].removesuffix('.json')}" for path in records]

    def _read_record(self, shard: str) -> ShardRecord | None:
        """Read the record of a shard; ``None`` if there is none, or it is damaged."""
        path = self._record_path(shard)
        if self._store.look_up(path) is None:
            return None
        try:
            return _RECORDS.decode(self._store.read(path))
        except msgspec.MsgspecError:
            return None

    def _record_path(self, shard: str) -> str:
        return f"{SHARD_RECORDS}/{self.fingerprint}/{shard.rpartition('/')[2]}.json"

    @property
    def _store(self) -> ObjectStore:
        return self.claim.folder


def _is_stored(store: ObjectStore, entry: ShardEntry) -> bool:
    found = store.look_up(entry.path)
    if found is None or found.size != entry.size_bytes:
        return False
    if found.md5 == entry.md5:
        return True
    digest = hashlib.sha256()
    for piece in store.pieces(entry.path):
        digest.update(piece)
    return digest.hexdigest() == entry.sha256
