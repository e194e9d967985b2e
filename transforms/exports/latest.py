"""Pointers to the newest good export: ``latest.json`` to that of all projects, ``latest/<project>.json`` to those of one.

Both hold ``{exportId, manifest}``, the manifest's path from the folder of all exports. Before there were pointers of
projects, every export was named by ``latest.json``. Programs may still look there for exports of one project, so a
``latest.json`` that names an export of a project goes on to name the newest one of it, until there is an export of all
projects.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

import msgspec
import orjson

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.export_reader import open_if_finished
from framehaul.transforms.exports.manifest import LATEST_NAME, MANIFEST_NAME, Manifest
from framehaul.transforms.exports.verdict import verdict_of
from framehaul.transforms.storage.object_names import safe_name
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.small_objects import read_if_there

LATEST_FOLDER = "latest"
"""Beside the exports, so none of them is called like that."""

_OF_A_PROJECT = re.compile(rf"{LATEST_FOLDER}/[^/.][^/]*\.json")
_NOT_A_MANIFEST = {MANIFEST_NAME: f"~{ord(MANIFEST_NAME[0]):02x}{MANIFEST_NAME[1:]}"}


class _Pointer(msgspec.Struct):
    manifest: str


def project_of(manifest: Manifest) -> str | None:
    """The project that an export is of; ``None`` where it is of all."""
    export = manifest.config.get("export")
    project = export.get("project") if isinstance(export, Mapping) else None
    return project if isinstance(project, str) else None


def pointer_to(project: str | None) -> str:
    """The object that names the newest good export of a project, or of all.

    >>> pointer_to(None), pointer_to("65f0aa11"), pointer_to("a/b"), pointer_to("manifest")
    ('latest.json', 'latest/65f0aa11.json', 'latest/a~2fb.json', 'latest/~6danifest.json')
    """
    if project is None:
        return LATEST_NAME
    name = f"{safe_name(project)}.json"
    return f"{LATEST_FOLDER}/{_NOT_A_MANIFEST.get(name, name)}"


def pointers_to_projects(output: ObjectStore) -> list[str]:
    """All that there are. Raises ``StorageError``."""
    return [path for path in output.paths(LATEST_FOLDER) if _OF_A_PROJECT.fullmatch(path)]


def named_by(output: ObjectStore, pointer: str) -> str | None:
    """The folder of the export that a pointer names; ``None`` where there is no such pointer.

    Raises:
        StorageError: it cannot be read, or names no export.
    """
    content = read_if_there(output, pointer)
    try:
        return None if content is None else _folder_in(content)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{output.url_of(pointer)} does not name an export: {error}") from error


def _folder_in(pointer: bytes) -> str:
    return msgspec.json.decode(pointer, type=_Pointer).manifest.rpartition("/")[0]


def name_as_latest(
    output: ObjectStore, export_id: str, manifest: Manifest, *, if_newer: bool = False
) -> None:
    """Let the pointers name an export whose manifest is stored, if it counts as good.

    Args:
        output: folder of all exports.
        export_id: name of its folder.
        if_newer: only those that name none, or one that was finished before.

    Raises:
        StorageError: a pointer cannot be written, or an export that is named cannot be read.
    """
    if not verdict_of(manifest).is_good:
        return
    latest = {"exportId": export_id, "manifest": f"{export_id}/{MANIFEST_NAME}"}
    for pointer in _pointers(output, manifest):
        named = _named(output, pointer) if if_newer else None
        if named is None or named.finished_at < manifest.finished_at:
            output.write(pointer, [orjson.dumps(latest)])


def _pointers(output: ObjectStore, manifest: Manifest) -> Iterator[str]:
    project = project_of(manifest)
    yield pointer_to(project)
    if project is not None:
        named = None
        with suppress(StorageError):  # an export that is damaged is no reason to fail another one
            named = _named(output, LATEST_NAME)
        if named is not None and project_of(named) == project:
            yield LATEST_NAME


def _named(output: ObjectStore, pointer: str) -> Manifest | None:
    """The manifest that a pointer names; ``None`` where it names nothing that is there. Raises ``StorageError``."""
    try:
        folder = _folder_in(read_if_there(output, pointer) or b"")
    except msgspec.MsgspecError:
        return None
    export = open_if_finished(ObjectStore(output.url_of(folder), output.options))
    return None if export is None else export.manifest
