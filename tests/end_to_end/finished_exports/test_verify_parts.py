"""``framehaul verify`` and parts: records that are not whole and long assets that are not as listed are found."""

import copy
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from end_to_end.exports import Json, manifest_of
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.exports.manifest import LongAsset
from framehaul.transforms.records.buckets import BUCKETS, bucket_of
from framehaul.transforms.storage.object_store import ObjectStore
from reference.record_splitter import image, split, store_export, video

PATH = "data/assets-00000-of-00001.ndjson"
LONG_PATHS = [f"data/long-m-{number:05d}-of-00002.ndjson" for number in range(2)]
LONG_ASSET = LongAsset(
    asset_id="m", task_id="t", frames=40, parts=4, shards=LONG_PATHS, shard_pages=[(0, 12), (13, 39)]
)


def problems_of(export: Path) -> list[str]:
    return verify_export(ObjectStore(str(export)))


def store(folder: Path, lines: list[Json], buckets: tuple[int, int] = (0, BUCKETS)) -> Path:
    parts = split(video("m", "t", frames=40), [5, 13, 30])
    shards = {PATH: lines, LONG_PATHS[0]: parts[:2], LONG_PATHS[1]: parts[2:]}
    store_export(ObjectStore(str(folder / "x")), shards, long_assets=[LONG_ASSET], buckets={PATH: buckets})
    return folder / "x"


def three_records() -> list[list[Json]]:
    video_parts = split(video("b", "t", frames=8), [2, 4], {6: [1, 2]})
    return [split(image("a", "t", tools=5), shared={0: [2, 4]}), video_parts, split(image("c", "t"))]


def test_an_export_with_parts_and_a_long_asset_is_whole(tmp_path: Path) -> None:
    assert problems_of(store(tmp_path, [part for record in three_records() for part in record])) == []


Change = Callable[[list[Json]], object]
WRONG_PARTS: dict[str, tuple[Change, list[str]]] = {
    "first missing": (lambda parts: parts.pop(0), ["line 4: is part 1 of 7, where part 0 of 7 was to come"]),
    "one missing": (lambda parts: parts.pop(2), ["line 6: is part 3 of 7, where part 2 of 7 was to come"]),
    "last missing": (
        lambda parts: parts.pop(),
        ["line 10: the parts of task t after part 5 of 7 are missing"],
    ),
    "frames missing": (
        lambda parts: parts[1]["part"].update(firstPage=3),
        [
            "line 5: begins with frame 3, where frame 2 was to come",
            "line 5: it holds a row of frame 2, but has",
        ],
    ),
    "end missing": (
        lambda parts: parts[-1]["part"].update(lastPage=8),
        ["line 10: it ends with frame 8, but metadata.frameTotal is 8"],
    ),
    "row of another frame": (
        lambda parts: parts[1]["task"]["stageHistory"][1]["tools"][0].update(page=5),
        ["line 5: it holds a row of frame 5, but has the frames 2 to 3"],
    ),
    "entry missing": (
        lambda parts: parts[1]["task"]["stageHistory"].pop(),
        ["line 5: it has 1 stage-history entries, the part before it 2", "line 6: it has 2 stage-history"],
    ),
    "record twice": (
        lambda parts: parts.extend(copy.deepcopy(parts)),
        ["line 11: task t comes after task t; records are sorted by asset and task"],
    ),
}


@pytest.mark.parametrize("case", WRONG_PARTS)
def test_a_record_that_is_not_whole_is_found(tmp_path: Path, case: str) -> None:
    change, messages = WRONG_PARTS[case]
    first, parts, last = three_records()
    change(parts)
    problems = problems_of(store(tmp_path, [*first, *parts, *last]))
    assert len(problems) == len(messages)
    for problem, message in zip(problems, messages, strict=True):
        assert problem.startswith(f"{PATH}: {message}")


def test_parts_missing_at_the_end_of_a_shard_are_found(tmp_path: Path) -> None:
    first, parts, _ = three_records()
    problems = problems_of(store(tmp_path, [*first, *parts[:-1]]))
    assert problems == [f"{PATH}: the parts of task t after part 5 of 7 are missing"]


def test_records_in_another_order_are_found(tmp_path: Path) -> None:
    lines = [image("a", "t2"), image("a", "t1"), image(None, "b")]
    (problem,) = problems_of(store(tmp_path, lines))
    assert problem == f"{PATH}: line 2: task t1 comes after task t2; records are sorted by asset and task"


def test_an_asset_in_the_wrong_shard_is_found(tmp_path: Path) -> None:
    """``framehaul frames`` would not find it."""
    bucket = bucket_of("a")
    (problem,) = problems_of(store(tmp_path, [image("a", "t")], (bucket + 1, BUCKETS)))
    assert problem.startswith(f"{PATH}: line 1: asset a is not in the buckets {bucket + 1} to {BUCKETS}")


def test_a_line_that_is_no_record_is_found(tmp_path: Path) -> None:
    record = image("a", "t")
    record["task"]["tools"] = [5]
    (problem,) = problems_of(store(tmp_path, [record]))
    assert problem.startswith(f"{PATH} cannot be read: line 1: Expected `object`, got `int`")


WRONG_LONG_ASSETS: dict[str, tuple[Json, str]] = {
    "parts": ({"parts": 5}, "longAssets: parts of task t is 4, the manifest says 5"),
    "frames": ({"frames": 41}, "longAssets: frames of task t is 40, the manifest says 41"),
    "pages": ({"shardPages": [[0, 13], [14, 39]]}, "longAssets: shardPages of task t is [(0, 12), (13, 39)]"),
    "no pages": ({"shardPages": []}, "longAssets: shardPages of task t is [(0, 12), (13, 39)]"),
    "order": ({"shards": LONG_PATHS[::-1]}, f"{LONG_PATHS[1]}: line 1: is part 2 of 4, where part 0 of 4"),
    "task": ({"taskId": "u"}, "longAssets: parts of task u is 0, the manifest says 4"),
    "asset": ({"assetId": "n"}, f"{LONG_PATHS[0]}: line 1: asset m is in a shard of the long asset n"),
    "shard": ({"shards": [*LONG_PATHS, "data/long-m-00002.ndjson"]}, "the manifest names data/long-m-00002"),
    "shard not listed": (
        {"shards": LONG_PATHS[:1]},
        f"{LONG_PATHS[0]}: the parts of task t after part 1 of 4",
    ),
}


@pytest.mark.parametrize("case", WRONG_LONG_ASSETS)
def test_a_long_asset_that_is_not_as_listed_is_found(tmp_path: Path, case: str) -> None:
    change, message = WRONG_LONG_ASSETS[case]
    export = store(tmp_path, [image("a", "t")])
    manifest = manifest_of(export)
    manifest["longAssets"][0] |= change
    (export / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert problems_of(export)[0].startswith(message)


def test_a_wrong_count_of_an_export_with_parts_is_found(tmp_path: Path) -> None:
    export = store(tmp_path, [part for record in three_records() for part in record])
    for name in ("records", "assets", "tasksExported", "stageHistoryExported", "annotations"):
        manifest = manifest_of(export)
        manifest["counts"][name] += 1
        changed = export.parent / name
        changed.mkdir()
        (changed / "data").symlink_to(export / "data")
        (changed / "manifest.json").write_bytes(orjson.dumps(manifest))
        problems = problems_of(changed)
        assert problems
        assert all(name in problem for problem in problems)
