"""Exports written by hand, laid out as transforms/README.md, "Export on the store", has it, one for every trouble."""

import base64
import gzip
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
import zstandard

from framehaul.transforms.cards.croissant import CROISSANT_NAME, render_croissant
from framehaul.transforms.cards.dataset_card import CARD_NAME, render_dataset_card
from framehaul.transforms.exports.manifest import DEAD_LETTERS_NAME, MANIFEST_NAME, ShardEntry
from judges.handmade_records import HandmadeRecords

Json = dict[str, Any]
Shards = dict[str, list[Json]]

_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda lines: lines,
    ".gz": lambda lines: gzip.compress(lines, mtime=0),
    ".zst": lambda lines: zstandard.ZstdCompressor().compress(lines),
}


def _uniform(source: HandmadeRecords) -> Shards:
    return _assets(source.uniform(40), count=3)


def _everything(source: HandmadeRecords) -> Shards:
    """Mixed records, and a long video in two shards of its own."""
    video = source.video(900, parts=4, frames=30)
    long = {
        f"long-{video[0]['assetId']}-0000{shard}-of-00002": video[shard * 2 : shard * 2 + 2]
        for shard in range(2)
    }
    return _assets(source.mixed(40), count=3) | long


def _nothing_annotated_first(source: HandmadeRecords) -> Shards:
    return _assets([*source.empty(10), *source.mixed(20)], count=3)


def _late_key(source: HandmadeRecords) -> Shards:
    """Forty shards of which only the last has a tool, a second type of answer and an optional key."""
    return _assets([*source.empty(39), *source.mixed(1)], count=40)


def _awkward(source: HandmadeRecords) -> Shards:
    """What transforms/README.md, "Record", allows and no annotator would think of."""
    deep: Any = "bottom"
    for _ in range(60):
        deep = {"deeper": [deep]}
    rows = [5, None, "row", ["list"], {"title": "Car", "TITLE": "car", "": 1}]
    annotated = {"objectId": "c1", "title": "any", "tool": "rank", "classifications": []}
    answers = [{"answer": answer, **annotated} for answer in (True, 7, 2.5, "text", ["a"], [["b"], 1], None)]
    return _assets(
        [
            source.record(1, externalId="0042", metadata={"a": 1, "A": 2, "": None, "deep": deep}),
            source.record(2, externalId="1e5", contextData={"nul": "\x00\x1f\u2028\u0301", "big": 2**64 - 1}),
            source.record(3, externalId="7", duration=1.5, attachments=["plain", 4, None, {"type": "TEXT"}]),
            source.record(4, externalId="8", classifications=answers, brushDataUrl=""),
            source.record(5, externalId="9", stageHistory=[{"stage": "Label", "tools": rows}]),
        ],
        count=1,
    )


EXPORTS: dict[str, tuple[Callable[[HandmadeRecords], Shards], str]] = {
    "uniform": (_uniform, ""),
    "everything": (_everything, ""),
    "nothing annotated first": (_nothing_annotated_first, ""),
    "late key": (_late_key, ""),
    "awkward": (_awkward, ""),
    "no records": (lambda _: {"assets-00000-of-00001": []}, ""),
    "gzip": (_everything, ".gz"),
    "zstd": (_everything, ".zst"),
}


def write_export(folder: Path, name: str) -> None:
    """Write one of ``EXPORTS`` into ``folder``, with all the files that lie beside the shards."""
    make, suffix = EXPORTS[name]
    (folder / "data").mkdir(parents=True)
    shards = make(HandmadeRecords(seed=7))
    entries = [_write_shard(folder, f"data/{shard}.ndjson{suffix}", shards[shard]) for shard in shards]
    records = [record for shard in shards.values() for record in shard]
    counts = {
        "records": len(records),
        "assets": len({record["assetId"] for record in records}),
        "annotations": sum(len(record["task"]["tools"]) for record in records),
    }
    export_id = "all-20261122T101500Z"
    (folder / CARD_NAME).write_bytes(render_dataset_card(export_id, entries, counts))
    (folder / CROISSANT_NAME).write_bytes(render_croissant(export_id, entries, "2026-11-22T10:15:00.000Z"))
    (folder / MANIFEST_NAME).write_bytes(orjson.dumps({"formatVersion": 1, "shards": [], "counts": counts}))
    (folder / DEAD_LETTERS_NAME).write_bytes(b'{"table":"tasks","reason":"not_json"}\n')


def lines_of(folder: Path) -> Iterable[bytes]:
    """The records of all shards, which the readers are measured against."""
    decompress: dict[str, Callable[[bytes], bytes]] = {
        ".ndjson": lambda stored: stored,
        ".json": lambda stored: stored[2:-3].replace(b",\n", b"\n"),
        ".gz": gzip.decompress,
        ".zst": lambda stored: zstandard.ZstdDecompressor().decompressobj().decompress(stored),
    }
    for path in sorted((folder / "data").iterdir()):
        yield from decompress[path.suffix](path.read_bytes()).splitlines()


def _assets(records: list[Json], count: int) -> Shards:
    bounds = [shard * len(records) // count for shard in range(count + 1)]
    return {
        f"assets-{shard:05d}-of-{count:05d}": records[bounds[shard] : bounds[shard + 1]]
        for shard in range(count)
    }


def _write_shard(folder: Path, path: str, records: list[Json]) -> ShardEntry:
    lines = [orjson.dumps(record) for record in records]
    content = b"".join(line + b"\n" for line in lines)
    stored = _COMPRESS[Path(path).suffix.removeprefix(".ndjson")](content)
    (folder / path).write_bytes(stored)
    return ShardEntry(
        path=path,
        records=len(records),
        size_bytes=len(stored),
        sha256=hashlib.sha256(stored).hexdigest(),
        md5=base64.b64encode(hashlib.md5(stored).digest()).decode(),
        uncompressed_bytes=len(content),
        max_line_bytes=max(map(len, lines), default=0),
        first_asset_id=records[0]["assetId"] if records else None,
        last_asset_id=records[-1]["assetId"] if records else None,
    )
