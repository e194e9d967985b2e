"""Record of a run: input, settings and programs, kept in its folder so that a later run can see what has changed."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import msgspec
import orjson

from framehaul.transforms.errors import StorageError
from framehaul.transforms.runs.claims import OWN_FOLDER
from framehaul.transforms.storage.object_store import ObjectStore

RUN_RECORD = f"{OWN_FOLDER}/run.json"

# Settings that decide the bytes of shards, or that go with an object: one that is kept has those of its own run.
# How stores are reached, how many workers there are and what is told to whom may change; which tables are read
# is seen from the files.
_SHAPING = re.compile(r"export\..*|output\.(?!url$).*|storage\.[a-z0-9]+\.(encryption|tags)\..*")
# Compressed bytes depend on these too.
_PROGRAMS = ("framehaul", "zstandard", "isal")


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    """One input file; see ``SourceFile``."""

    table: str
    url: str
    bytes: int
    version: str


class RunRecord(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Everything that decides the shards of an export.

    Attributes:
        export_id, started_at: of the run that wrote this.
        programs: versions, by name.
        settings: those that shape the export, by their full names.
        files: the input.
    """

    export_id: str
    started_at: str
    programs: dict[str, str]
    settings: dict[str, Any]
    files: list[InputFile]

    @property
    def fingerprint(self) -> str:
        """Digest that is the same for two runs that write the same shards."""
        content = msgspec.to_builtins((self.programs, self.settings, self.files))
        return hashlib.blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


_RECORDS = msgspec.json.Decoder(RunRecord)


def run_record(
    export_id: str, started_at: str, config: Mapping[str, Any], files: list[InputFile]
) -> RunRecord:
    """Make the record of a run that is about to begin; ``config`` is the resolved one, without secrets."""
    settings = {
        name: value
        for section, content in config.items()
        for name, value in _flatten(section, content)
        if _SHAPING.fullmatch(name)
    }
    return RunRecord(
        export_id=export_id,
        started_at=started_at,
        programs={name: version(name) for name in _PROGRAMS},
        settings=settings,
        files=sorted(files, key=lambda file: (file.table, file.url)),
    )


def _flatten(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{name}.{key}", inner)
    else:
        yield name, value


def read_run_record(folder: ObjectStore) -> RunRecord | None:
    """Read the record of the unfinished run in a folder; ``None`` if there was none, or it had not begun.

    Raises:
        StorageError: it cannot be read.
    """
    if folder.look_up(RUN_RECORD) is None:
        return None
    try:
        return _RECORDS.decode(folder.read(RUN_RECORD))
    except msgspec.MsgspecError as error:
        raise StorageError(
            f"{folder.url_of(RUN_RECORD)} is damaged or of another version of framehaul: {error}; "
            "run without --resume to begin anew"
        ) from error


def changes(before: RunRecord, now: RunRecord) -> list[str]:
    """Say in plain words what has changed between two runs; empty if their shards are the same."""
    return [
        *_value_changes(before.programs, now.programs),
        *_value_changes(before.settings, now.settings),
        *_file_changes(before.files, now.files),
    ]


def _value_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield f"{name} was {_as_text(before.get(name))}, is {_as_text(now.get(name))}"


def _file_changes(before: list[InputFile], now: list[InputFile]) -> Iterator[str]:
    then = {(file.table, file.url): file for file in before}
    for file in now:
        earlier = then.pop((file.table, file.url), None)
        if earlier is None:
            yield f"{file.url} ({file.table}) is new"
        elif earlier.bytes != file.bytes:
            yield f"{file.url} ({file.table}) had {earlier.bytes:,} bytes, has {file.bytes:,}"
        elif earlier.version != file.version:
            yield f"{file.url} ({file.table}) was written again: {earlier.version}, now {file.version}"
    for file in then.values():
        yield f"{file.url} ({file.table}) is gone"


def _as_text(value: Any) -> str:
    return orjson.dumps(value).decode()
