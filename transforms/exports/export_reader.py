"""A finished export, opened for reading: its manifest, and its records as they are stored or in one piece.

Plain Python: a step of a pipeline, too, reads shards this way, and needs no more than the store and an entry of the
manifest for that (``shard_reader``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.joined_records import JoinedRecord, framed, joined_records
from framehaul.transforms.exports.manifest import MANIFEST_NAME, Manifest, ShardEntry, parse_manifest
from framehaul.transforms.exports.output_form import OutputForm
from framehaul.transforms.exports.shard_lines import ShardLines, shard_groups
from framehaul.transforms.exports.shard_reader import StoredRecord, measured_lines, records_of_shard
from framehaul.transforms.exports.single_records import SingleRecords
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.small_objects import read_if_there


@dataclass(frozen=True)
class StoredExport:
    """A finished export.

    Attributes:
        store: its folder.
        manifest: as far as this version knows it.
        content: the manifest as it is stored.
    """

    store: ObjectStore
    manifest: Manifest
    content: bytes = field(repr=False)

    @property
    def form(self) -> OutputForm:
        """Layout of its records in objects."""
        return self.manifest.form

    def groups(self) -> Iterator[list[ShardEntry]]:
        """Shards in which records may go on from one to the next; see ``shard_groups``. Raises ``StorageError``."""
        return shard_groups(self.manifest)

    def lines(self, shard: ShardEntry) -> ShardLines:
        """The lines of a shard, measured while they are read; see ``measured_lines``. Raises ``StorageError``."""
        return measured_lines(self.store, shard)

    def records(self, shard: ShardEntry) -> Iterator[StoredRecord]:
        """Records, or parts of them, that a shard holds; see ``records_of_shard``. Raises ``SourceError``, ``StorageError``."""
        return records_of_shard(self.store, shard)

    def joined(self, spool_folder: Path | None = None) -> Iterator[JoinedRecord]:
        """Every record in one piece; see ``joined_records``. Raises ``SourceError``, ``StorageError``."""
        return joined_records(self.store, self.manifest, spool_folder)

    def as_one_object(self, record_format: str, spool_folder: Path | None = None) -> Iterator[bytes]:
        """Every record in one piece, as the bytes of one object.

        Memory holds one line, or about a megabyte where the export is one object itself.

        Args:
            record_format: ``ndjson`` or ``json``.
            spool_folder: of temporary files, ``None`` for the system's.

        Raises:
            SourceError, StorageError: an object is missing or damaged, or a record not whole; then some of it has
                been given out.
        """
        if not self.form.is_single:
            return framed(self.joined(spool_folder), record_format)
        if len(self.manifest.shards) != 1:
            raise StorageError(
                f"{self.store.url_of(MANIFEST_NAME)} names {len(self.manifest.shards)} objects with records, "
                f"but an export of the format {self.form.file_format} has one"
            )
        return SingleRecords(self.store, self.manifest.shards[0]).reframed(record_format)


def open_export(store: ObjectStore) -> StoredExport:
    """The export in a folder.

    Raises:
        StorageError: there is no manifest, or it cannot be read, or is of a format that this version does not know.
    """
    if store.size(MANIFEST_NAME) is None:
        raise StorageError(
            f"{store.base_url} is no finished export: there is no {MANIFEST_NAME}. `framehaul history` lists the exports "
            "of the folder above; one whose run was stopped is finished by `framehaul run --resume` with its --export-id"
        )
    return _opened(store, store.read(MANIFEST_NAME))


def open_if_finished(store: ObjectStore) -> StoredExport | None:
    """The export in a folder, in one request; ``None`` where there is no manifest.

    Raises:
        StorageError: it cannot be read, or is of a format that this version does not know.
    """
    content = read_if_there(store, MANIFEST_NAME)
    return None if content is None else _opened(store, content)


def _opened(store: ObjectStore, content: bytes) -> StoredExport:
    return StoredExport(store, parse_manifest(content, store.url_of(MANIFEST_NAME)), content)
