"""Re-read an export and compare it with its manifest, in bounded memory."""

import base64
import hashlib
import re
from collections.abc import Iterator

import msgspec

from transforms.counts import Count
from transforms.errors import AccountingError, SourceError
from transforms.formats.compression import SUFFIXES, decompressed
from transforms.formats.lines import lines_of
from transforms.formats.manifest import DEAD_LETTERS_NAME, MANIFEST_NAME, Manifest, ShardEntry, parse_manifest
from transforms.records.tally import Tally, check_accounting
from transforms.storage.object_store import ObjectStore


class _Tool(msgspec.Struct):
    title: str | None = None


class _Task(msgspec.Struct, rename="camel"):
    task_id: str
    tools: list[_Tool]
    stage_history: list[msgspec.Raw] = []


class _Part(msgspec.Struct):
    index: int


class _Record(msgspec.Struct, rename="camel"):
    """What is counted of a line."""

    asset_id: str | None
    task: _Task
    part: _Part


# A manifest may come from anywhere: what it names lies below its own folder.
_SHARD_PATH = re.compile(r"data/[^/]+\.ndjson(\.gz|\.zst)?")
_RECORD = msgspec.json.Decoder(_Record)


def verify_export(store: ObjectStore) -> list[str]:
    """Everything that is wrong with the export in ``store``, in plain words; empty if it is whole.

    Raises:
        StorageError: there is no manifest, or it cannot be read.
    """
    manifest = parse_manifest(store.read(MANIFEST_NAME), store.url_of(MANIFEST_NAME))
    tally = Tally()
    problems = [problem for shard in manifest.shards for problem in _shard_problems(store, shard, tally)]
    named = {shard.path for shard in manifest.shards}
    problems += [f"{path} is not in the manifest" for path in store.paths("data") if path not in named]
    problems += _dead_letter_problems(store, manifest)
    if not problems:  # counts of damaged shards would only say the same again
        problems += _count_problems(manifest, tally)
    return problems


def _shard_problems(store: ObjectStore, shard: ShardEntry, tally: Tally) -> Iterator[str]:
    if not _SHARD_PATH.fullmatch(shard.path):
        yield f"{shard.path} is no path of a shard"
        return
    size = store.size(shard.path)
    if size is None:
        yield f"{shard.path} is missing"
        return
    if size != shard.size_bytes:
        yield f"{shard.path} has {size} bytes, the manifest says {shard.size_bytes}"
    content = _ReadShard(store, shard)
    try:
        assets = {_count(line, tally) for lines in content.lines() for line in lines}
    except (SourceError, msgspec.MsgspecError) as error:
        yield f"{shard.path} cannot be read: {error}"
        return
    tally.count(Count.ASSETS, len(assets))  # an asset is in one shard
    yield from content.problems()
    for name, found, said in (
        ("firstAssetId", min(assets, default=None), shard.first_asset_id),
        ("lastAssetId", max(assets, default=None), shard.last_asset_id),
    ):
        if found != said:
            yield f"{shard.path}: {name} is {found}, the manifest says {said}"


class _ReadShard:
    """One shard, measured while its lines are read."""

    def __init__(self, store: ObjectStore, shard: ShardEntry) -> None:
        self._store = store
        self._shard = shard
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._records = 0
        self._bytes = 0
        self._longest = 0

    def lines(self) -> Iterator[list[bytes]]:
        compression = next(
            name for name, suffix in SUFFIXES.items() if self._shard.path.endswith(f".ndjson{suffix}")
        )
        for lines in lines_of(decompressed(self._chunks(), compression, self._shard.path)):
            self._records += len(lines)
            self._bytes += sum(map(len, lines)) + len(lines)
            self._longest = max(self._longest, *map(len, lines))
            yield lines

    def _chunks(self) -> Iterator[bytes]:
        for chunk in self._store.chunks(self._shard.path):
            self._sha256.update(chunk)
            self._md5.update(chunk)
            yield chunk

    def problems(self) -> Iterator[str]:
        shard = self._shard
        for name, found, said in (
            ("sha256", self._sha256.hexdigest(), shard.sha256),
            ("md5", base64.b64encode(self._md5.digest()).decode(), shard.md5),
            ("number of lines", self._records, shard.records),
            ("uncompressed size", self._bytes, shard.uncompressed_bytes),
            ("longest line", self._longest, shard.max_line_bytes),
        ):
            if found != said:
                yield f"{shard.path}: {name} is {found}, the manifest says {said}"


def _count(line: bytes, tally: Tally) -> str:
    """Count one line, and tell which asset it is of."""
    record = _RECORD.decode(line)
    tally.count(Count.RECORDS)
    tally.count(Count.ANNOTATIONS, len(record.task.tools))
    for tool in record.task.tools:
        title = tool.title or ""
        tally.titles[title] = tally.titles.get(title, 0) + 1
    if record.part.index == 0:
        tally.count(Count.TASKS_EXPORTED)
        tally.count(Count.STAGE_HISTORY_EXPORTED, len(record.task.stage_history))
    return record.asset_id or record.task.task_id


def _dead_letter_problems(store: ObjectStore, manifest: Manifest) -> Iterator[str]:
    said = manifest.dead_letters
    if said.path is None:
        if store.size(DEAD_LETTERS_NAME) is not None:
            yield f"{DEAD_LETTERS_NAME} is not in the manifest"
        return
    if store.size(said.path) is None:
        yield f"{said.path} is missing"
        return
    found = sum(chunk.count(b"\n") for chunk in store.chunks(said.path))
    if found != said.count:
        yield f"{said.path} has {found} lines, the manifest says {said.count}"


def _count_problems(manifest: Manifest, tally: Tally) -> Iterator[str]:
    for name, found in sorted(tally.counts.items()):
        if found != manifest.counts.get(name, 0):
            yield f"counts.{name} is {manifest.counts.get(name, 0)}, but the shards hold {found}"
    if tally.titles != manifest.annotations_by_title:
        yield "annotationsByTitle is not what the shards hold"
    said = Tally(counts=manifest.counts, reasons=manifest.dead_letters.by_reason)
    try:
        check_accounting(
            said, records=tally.counts.get(Count.RECORDS, 0), dead_letters=manifest.dead_letters.count
        )
    except AccountingError as error:
        yield str(error)
