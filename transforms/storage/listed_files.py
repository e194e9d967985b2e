"""Lists of input files on any store, by a name, a pattern or a folder."""

import glob as globbing
import os
from collections.abc import Mapping, Sequence
from typing import Any

from framehaul.transforms.errors import NoFileError, SourceError
from framehaul.transforms.storage.connections import connect
from framehaul.transforms.storage.file_versions import version_of
from framehaul.transforms.storage.options import StorageOptions, scheme_of
from framehaul.transforms.storage.retries import run_with_retries
from framehaul.transforms.storage.source_files import SourceFile, translate_source_errors

_HIDDEN = ("_", ".")

Infos = Mapping[str, Mapping[str, Any]]
"""What a store says of each of some names."""


def list_files(patterns: Sequence[str], options: StorageOptions) -> list[SourceFile]:
    """List all files that match any of ``patterns``, each once, by URL.

    A file of exactly that name comes before a pattern. A folder is all files below it. Names that begin with ``_``
    or ``.`` are skipped in patterns and folders, as Spark and Hadoop do, unless the pattern has such a name itself.

    Raises:
        SourceError: a pattern matches nothing, or its store cannot be listed.
    """
    found: dict[str, SourceFile] = {}  # by what the store calls it: a file has several spellings
    for pattern in patterns:
        matches = _matches(pattern, options)
        if not matches:
            raise NoFileError(
                f"{pattern} matches no file; check the path{_hint(pattern)}, or leave the table out of `source:`"
            )
        for name, file in matches.items():
            found.setdefault(f"{scheme_of(pattern)}://{name}", file)
    return sorted(found.values())


def _hint(pattern: str) -> str:
    return " (a [ that is part of a name is written [[])" if "[" in pattern else ""


def _matches(pattern: str, options: StorageOptions) -> dict[str, SourceFile]:
    def list_matches() -> dict[str, SourceFile]:
        filesystem, path = connect(pattern, options)
        filesystem.invalidate_cache()
        found = _files_named(filesystem, path)
        if not found and globbing.has_magic(path):
            matched = filesystem.glob(path, detail=True)
            found = _visible_files(path, matched) or _files_below(filesystem, path, matched)
        _refuse_transcoded(found)
        return {
            name: SourceFile(_url_of(pattern, filesystem, path, name), size, version_of(name, info))
            for name, info in found.items()
            if (size := _file_size(name, info)) is not None
        }

    with translate_source_errors(pattern, options, "cannot be listed"):
        return run_with_retries(scheme_of(pattern), list_matches)


def _files_named(filesystem: Any, path: str) -> Infos:
    """The file of exactly this name, or all files in the folder of this name."""
    try:
        info = filesystem.info(path)
    except FileNotFoundError:
        return {}
    return _visible_files(path, {path: info}) or _files_below(filesystem, path, {path: info})


def _refuse_transcoded(infos: Infos) -> None:
    """Refuse objects that Google unpacks on their way: neither their size nor their ranges are those that it lists."""
    for name, info in infos.items():
        if info.get("contentEncoding") not in {None, "", "identity"}:
            raise SourceError(
                f"gs://{name} has Content-Encoding {info['contentEncoding']}, so the store unpacks it while it is read, "
                f"and no part of it can be asked for; clear that (gcloud storage objects update gs://{name} "
                "--clear-content-encoding): the format is told by the bytes"
            )


def _visible_files(path: str, infos: Infos) -> Infos:
    return {
        name: info
        for name, info in infos.items()
        if not _is_skipped(name, path) and _file_size(name, info) is not None
    }


def _files_below(filesystem: Any, path: str, infos: Infos) -> Infos:
    """All files in these folders."""
    found: dict[str, Mapping[str, Any]] = {}
    for folder, info in infos.items():
        if _file_size(folder, info) is None and not _is_skipped(folder, path):
            inside = filesystem.find(folder, detail=True)
            found |= _visible_files(path, inside)
    return found


def _is_skipped(name: str, path: str) -> bool:
    """Tell whether a step of a name is hidden, unless the path asks for that step."""
    asked = path.strip("/").split("/")
    hidden = {step[0] for step in asked if step[:1] in _HIDDEN and globbing.has_magic(step)}
    return any(
        step[:1] in _HIDDEN and step not in asked and step[0] not in hidden
        for step in name.strip("/").split("/")
        if step
    )


def _file_size(name: str, info: Mapping[str, Any]) -> int | None:
    """Size of a match of a pattern; ``None`` for a folder. A link on a disk counts as the file it leads to.

    Raises:
        SourceError: a link leads to nothing.
    """
    if info.get("islink"):
        try:
            return None if os.path.isdir(name) else os.stat(name).st_size
        except OSError as error:
            raise SourceError(f"{name} is a link that leads to nothing: {error}") from error
    return int(info["size"]) if info["type"] == "file" else None


def _url_of(pattern: str, filesystem: Any, path: str, name: str) -> str:
    """The URL of one match, written like its pattern: a relative path stays relative."""
    if name == path:
        return pattern
    scheme = scheme_of(pattern)
    if scheme not in {"file", "memory"}:  # a driver of two schemes would always say the same one
        return f"{scheme}://{name}"
    if scheme == "memory" or pattern.startswith("file://"):
        return str(filesystem.unstrip_protocol(name))
    return name if pattern.startswith("/") else os.path.relpath(name)
