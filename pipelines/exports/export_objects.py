"""Objects of an export, each with how it can be checked."""

from collections.abc import Collection, Iterator, Mapping

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import MANIFEST_NAME, ArchiveEntry, Manifest, ShardEntry
from framehaul.transforms.storage.fetched_files import WantedObject
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.stored_object import StoredObject


def objects_of(store: ObjectStore, manifest: Manifest) -> list[WantedObject]:
    """All objects of an export but its manifest, by path.

    What the manifest describes is checked by its SHA-256. What goes with it (the
    README, the description for Croissant, dead letters, …) is whatever lies beside
    the manifest; hidden names are not of the export.

    Raises:
        StorageError: an object is missing or has another size, or a path leads out of the folder.
    """
    listed = store.list_objects("")
    entries: list[ShardEntry | ArchiveEntry] = [*manifest.shards]
    if manifest.zip is not None:
        entries.append(manifest.zip)
    described = {
        entry.path: WantedObject(entry.path, entry.size_bytes, entry.sha256, entry.md5) for entry in entries
    }
    for wanted in described.values():
        _check_path(wanted.path)
        _check_stored(store, wanted, listed)
    if (path := manifest.dead_letters.path) is not None and path not in listed:
        raise StorageError(f"{store.base_url} is not whole: {path} is missing")
    return sorted(
        [*described.values(), *_companions(listed, {MANIFEST_NAME, *described})],
        key=lambda wanted: wanted.path,
    )


def _companions(listed: Mapping[str, StoredObject], described: Collection[str]) -> Iterator[WantedObject]:
    for path, found in listed.items():
        if path not in described and not path.startswith(("data/", ".")) and "/." not in path:
            _check_path(path)
            yield WantedObject(path, found.size, None, found.md5)


def _check_stored(store: ObjectStore, shard: WantedObject, listed: Mapping[str, StoredObject]) -> None:
    found = listed.get(shard.path) or store.look_up(shard.path)  # a listing may be behind
    if found is None:
        raise StorageError(f"{store.base_url} is not whole: {shard.path} is missing")
    if found.size != shard.size:
        raise StorageError(
            f"{store.base_url} is not whole: {shard.path} has {found.size} bytes, the manifest says {shard.size}"
        )


def _check_path(path: str) -> None:
    """A manifest may come from anywhere: what it names lies below its own folder."""
    steps = path.split("/")
    if any(step in {"", ".", ".."} for step in steps) or "\\" in path or not path.isprintable():
        raise StorageError(f"the manifest names {path!r}, which is no path inside of the export")
