"""Records cut into parts, and exports of such parts, written without the code that exports them.

It works on objects, not on bytes, and asks nobody where to cut: a test says so.
"""

import copy
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from framehaul.transforms.exports.manifest import DeadLetters, LongAsset, Manifest, Tool
from framehaul.transforms.shards.shard import write_shard
from framehaul.transforms.storage.object_store import ObjectStore

Json = dict[str, Any]
LISTS = ("tools", "classifications", "relations")


def row(page: int | None, object_id: str = "o1", title: str = "Car") -> Json:
    frame = {} if page is None else {"page": page, "interpolationStopped": False}
    shape = {"x": 1.5, "y": 2, "width": 30, "height": 40.25}
    return {"schemaId": "s1", "objectId": object_id, "title": title, "bounding-box": shape} | frame


def video(asset_id: str | None, task_id: str, frames: int, objects: int = 1) -> Json:
    """A whole record with rows on every frame, in the answer and in one of its two stage-history entries."""
    rows = [row(page, f"o{number}") for page in range(frames) for number in range(objects)]
    answers = [
        {"schemaId": "c1", "answer": '"quoted", \u00e9'},
        {"schemaId": "c2", "page": 1, "answer": ["x"]},
    ]
    answer = {
        "tools": [row(None), *rows],
        "classifications": answers,
        "relations": [{"from": "o0", "to": "o1"}],
    }
    done = {"stage": "Label", "stageId": "st1", "duration": 5, "completedAt": "2026-01-01T00:00:00.000Z"}
    nothing = {"tools": [], "classifications": [], "relations": []}
    return {
        "asset": "https://example.com/a.mp4",
        "assetId": asset_id,
        "externalId": "a.mp4",
        "metadata": {"frameTotal": frames, "part": {"index": 7}},
        "batches": ["b1"],
        "task": {"taskId": task_id, "type": "Default", "stage": "Complete"}
        | answer
        | {
            "brushDataUrl": "https://example.com/b",
            "stageHistory": [done | nothing, done | copy.deepcopy(answer)],
        },
        "part": {"index": 0, "count": 1, "firstPage": 0, "lastPage": frames - 1},
    }


def image(asset_id: str | None, task_id: str, tools: int = 1) -> Json:
    """A whole record without frames."""
    answer = {"tools": [row(None)] * tools, "classifications": [], "relations": []}
    return {
        "asset": "https://example.com/a.png",
        "assetId": asset_id,
        "externalId": None,
        "metadata": {},
        "batches": [],
        "task": {"taskId": task_id, "type": "Default"} | answer,
        "part": {"index": 0, "count": 1, "firstPage": None, "lastPage": None},
    }


def lists_of(record: Json) -> list[list[Any]]:
    """All lists of rows, in the order in which parts share them."""
    task = record["task"]
    return [payload[name] for payload in (task, *task.get("stageHistory", [])) for name in LISTS]


def frame_of(row: Any) -> int | None:
    page = row.get("page") if isinstance(row, dict) else None
    return page if isinstance(page, int) else None


def split(
    record: Json, new_parts: Sequence[int] = (), shared: Mapping[int, Sequence[int]] | None = None
) -> list[Json]:
    """The parts of a record.

    Args:
        record: whole, with its ``part``.
        new_parts: frames at which a part begins, besides frame 0.
        shared: frames that several parts share, alone: the rows (counted over
            all lists) at which the next of these parts begins. Of a record
            without frames all rows are those of frame 0.
    """
    last_page = record["part"]["lastPage"]
    end = 1 if last_page is None else last_page + 1
    shared = shared or {}
    begins = {0, *new_parts, *shared, *(page + 1 for page in shared)}
    bounds = [*sorted(page for page in begins if page < end), end]
    ranges = [
        (first, after - 1, rows)
        for first, after in itertools.pairwise(bounds)
        for rows in itertools.pairwise([0, *sorted(shared.get(first, ())), 1 << 30])
    ]
    parts = [_restricted(record, *wanted, is_video=last_page is not None) for wanted in ranges]
    for index, (part, (first, last, _)) in enumerate(zip(parts, ranges, strict=True)):
        pages = (
            {"firstPage": None, "lastPage": None}
            if last_page is None
            else {"firstPage": first, "lastPage": last}
        )
        part["part"] = {"index": index, "count": len(parts), **pages}
    return parts


def _restricted(record: Json, first: int, last: int, rows: tuple[int, int], *, is_video: bool) -> Json:
    part = copy.deepcopy(record)
    seen = 0
    for content in lists_of(part):
        kept = []
        for row in content:
            page = (frame_of(row) or 0) if is_video else 0
            if first <= page <= last:
                if rows[0] <= seen < rows[1]:
                    kept.append(row)
                seen += 1
        content[:] = kept
    return part


def with_frames_only(record: Json, first: int, last: int) -> Json:
    """A whole record without the rows of other frames."""
    part = copy.deepcopy(record)
    for content in lists_of(part):
        content[:] = [row for row in content if frame_of(row) is None or first <= row["page"] <= last]
    part["part"] = {"index": 0, "count": 1, "firstPage": first, "lastPage": last}
    return part


def key_of(record: Json) -> str:
    return record["assetId"] or record["task"]["taskId"]  # type: ignore[no-any-return]


def store_export(
    store: ObjectStore,
    shards: Mapping[str, Sequence[Json]],
    *,
    long_assets: Sequence[LongAsset] = (),
    buckets: Mapping[str, tuple[int, int]] | None = None,
) -> Manifest:
    """An export whose shards hold these lines. The suffix of a path says how it is compressed."""
    entries = []
    for path, lines in shards.items():
        compression = {"gz": "gzip", "zst": "zstd"}.get(path.rpartition(".")[2], "none")
        ids = (min(map(key_of, lines)), max(map(key_of, lines))) if lines else None
        entry = write_shard(store, path, [orjson.dumps(line) for line in lines], compression, ids)
        entries.append(msgspec.structs.replace(entry, buckets=(buckets or {}).get(path)))
    lines = [line for some in shards.values() for line in some]
    manifest = Manifest(
        export_id="x",
        tool=Tool(name="framehaul", version="0"),
        started_at="2026-11-22T12:00:00.000Z",
        finished_at="2026-11-22T12:00:01.000Z",
        config={},
        source=[],
        counts=dict(_counts(lines)),
        annotations_by_title=_titles(lines),
        shards=entries,
        long_assets=list(long_assets),
        dead_letters=DeadLetters(),
    )
    store.write("manifest.json", [manifest.to_json()])
    return manifest


def _counts(lines: Sequence[Json]) -> Iterator[tuple[str, int]]:
    first_parts = [line for line in lines if line["part"]["index"] == 0]
    entries = sum(len(line["task"].get("stageHistory", [])) for line in first_parts)
    yield from (("tasksRead", len(first_parts)), ("tasksExported", len(first_parts)))
    yield from (("stageHistoryRead", entries), ("stageHistoryExported", entries))
    yield from (("records", len(lines)), ("assets", len({key_of(line) for line in lines})))
    yield "annotations", sum(len(line["task"]["tools"]) for line in lines)


def _titles(lines: Sequence[Json]) -> dict[str, int]:
    rows = [tool for line in lines for tool in line["task"]["tools"]]
    return dict(Counter(tool.get("title", "") for tool in rows if isinstance(tool, dict)))
