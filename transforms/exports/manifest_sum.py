"""The checksum of the manifest, which has the checksums of all else: ``manifest.json.sha256``, for ``sha256sum -c``.

It is stored before the manifest, so whoever sees a manifest finds it; without a manifest it
stands for nothing, and goes with the rest of an unfinished export. Two attempts, one of
them taken for dead, may have written it one after the other, while one manifest
stands; so at its end each makes it that of the manifest. Older versions wrote none.
"""

import contextlib
import hashlib

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import MANIFEST_NAME
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.small_objects import read_if_there

MANIFEST_SUM_NAME = f"{MANIFEST_NAME}.sha256"


def render_sum(manifest: bytes) -> bytes:
    """As ``sha256sum`` writes it: in hex, two spaces, and the name."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST_NAME}\n".encode()


def publish_manifest(folder: ObjectStore, manifest: bytes) -> None:
    """Store the checksum, and the manifest after it.

    Raises:
        StorageError: there is a manifest already, or one of them could not be stored.
    """
    folder.write(MANIFEST_SUM_NAME, [render_sum(manifest)])
    try:
        folder.write_new(MANIFEST_NAME, manifest)
    except StorageError:
        with contextlib.suppress(StorageError):
            _settle(folder, read_if_there(folder, MANIFEST_NAME))
        raise
    with contextlib.suppress(StorageError):  # it was stored before; the manifest is what counts
        _settle(folder, manifest)


def _settle(folder: ObjectStore, standing: bytes | None) -> None:
    """Make the checksum that of the manifest that stands."""
    if standing is not None and read_if_there(folder, MANIFEST_SUM_NAME) != render_sum(standing):
        folder.write(MANIFEST_SUM_NAME, [render_sum(standing)])


def sum_problem(folder: ObjectStore, manifest: bytes) -> str | None:
    """What is wrong with the checksum of that manifest, in plain words; ``None`` if it is right, or there is none.

    Raises:
        StorageError: it cannot be read.
    """
    said = read_if_there(folder, MANIFEST_SUM_NAME)
    found = render_sum(manifest)
    if said is None or said.split() == found.split():
        return None
    return (
        f"{MANIFEST_NAME} has the SHA-256 {found.split()[0].decode()}, {MANIFEST_SUM_NAME} says something else: "
        "one of them was changed after the run"
    )
