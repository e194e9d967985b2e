"""Find out whether an export can be done here, before anything is read: on the stores themselves."""

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framehaul.transforms.errors import ExportError, StorageError
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions, scheme_of
from framehaul.transforms.storage.source_files import SourceReader

_CONTENT = b"framehaul writes, reads and deletes this to see whether it may\n"
_NAME = "probe"
PROBE_PREFIX = ".framehaul-check-"


@dataclass(frozen=True)
class Finding:
    """Outcome of one thing that was tried.

    Attributes:
        tried: for a person to read.
        problem: why it failed and what to do; ``None`` if it did not.
    """

    tried: str
    problem: str | None = None


def check_target(target: ObjectStore) -> Iterator[Finding]:
    """Write, write a second time on condition, read, list and delete one small object below ``target``.

    It has a folder of its own, so runs that begin at the same time do not meet.
    """
    folder = ObjectStore(target.url_of(f"{PROBE_PREFIX}{uuid.uuid4().hex[:12]}"), target.options)
    written = _try(f"write to {target.base_url}", lambda: _write(folder))
    yield written
    if written.problem is not None:
        return
    try:
        yield _check_condition(folder)
        yield _try(f"read in {target.base_url}", lambda: _read(folder))
        yield _try(f"list {target.base_url}", lambda: _list(folder))
    finally:
        deleted = _try(f"delete in {target.base_url}", lambda: _delete(folder))
    yield deleted


def refuse_unusable(target: ObjectStore) -> None:
    """Raise ``StorageError`` with the first thing that may not be done at ``target``."""
    problems = [finding.problem for finding in check_target(target) if finding.problem is not None]
    if problems:
        raise StorageError(problems[0])


def check_sources(tables: Mapping[str, Sequence[str]], options: StorageOptions) -> Iterator[Finding]:
    """List the files of every table and read the first byte of one."""
    for table, patterns in tables.items():
        if patterns:
            yield _try(f"read {table}: {', '.join(patterns)}", lambda: _read_first_byte(patterns, options))  # noqa: B023 - called at once


def _try(what: str, action: Callable[[], None]) -> Finding:
    try:
        action()
    except ExportError as error:
        return Finding(what, str(error))
    return Finding(what)


def _write(folder: ObjectStore) -> None:
    folder.write(_NAME, [_CONTENT])
    if folder.size(_NAME) != len(_CONTENT):
        raise StorageError(
            f"{folder.url_of(_NAME)} was stored, but then the store had no such object: it cannot be trusted"
        )


def _check_condition(folder: ObjectStore) -> Finding:
    """No problem where there is no such condition: the commit protocol does not rest on it."""
    tried = f"write on condition to {folder.base_url.rpartition('/')[0]}"
    try:
        refused = not folder.write_if_absent(_NAME, _CONTENT)
    except StorageError:
        refused = False
    return Finding(
        tried if refused else f"{tried}: this store overwrites; do not run one --export-id twice at a time"
    )


def _read(folder: ObjectStore) -> None:
    if folder.read(_NAME) != _CONTENT:
        raise StorageError(f"{folder.url_of(_NAME)} holds other bytes than were written")


def _list(folder: ObjectStore) -> None:
    if folder.paths("") != [_NAME]:
        raise StorageError(
            f"{folder.base_url} was listed without the object that had just been written there: "
            "the listing of this store is behind, so leftovers of a dead run could be missed"
        )


def _delete(folder: ObjectStore) -> None:
    folder.delete(_NAME)
    if scheme_of(folder.base_url) == "file":
        with contextlib.suppress(OSError):
            os.rmdir(Path(folder.base_url.removeprefix("file://")))
    if folder.size(_NAME) is not None:
        raise StorageError(f"{folder.url_of(_NAME)} was deleted, but is still there")


def _read_first_byte(patterns: Sequence[str], options: StorageOptions) -> None:
    files = list_files(patterns, options)
    largest = max(files, key=lambda file: file.size)
    if largest.size:
        SourceReader(largest.url, options).fetch(0, 1)
