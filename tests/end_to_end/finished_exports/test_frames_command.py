"""``framehaul frames``: the wanted rows and no others, from the shards that hold them and no others."""

import copy
import itertools
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from end_to_end.command import COMMAND, framehaul
from end_to_end.exports import Json, manifest_of
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.exports.manifest import LongAsset
from framehaul.transforms.records.buckets import BUCKETS, bucket_of
from framehaul.transforms.storage.object_store import ObjectStore
from reference.record_splitter import image, key_of, split, store_export, video, with_frames_only

SUFFIXES = ["", ".gz", ".zst"]
LONG = video("m-long", "t-long", frames=40, objects=2)
SHORT = [video("b1", "t1", frames=10), video("b1", "t2", frames=10, objects=3), video(None, "c1", frames=4)]
OTHERS = [image("a1", "t5"), *(video(f"other-{number}", "t", frames=3) for number in range(10))]
SHARD_PAGES = [(0, 12), (13, 29), (30, 39)]


def long_shards(suffix: str = "") -> list[str]:
    return [f"data/long-m-long-{number:05d}-of-00003.ndjson{suffix}" for number in range(3)]


def store(folder: Path, suffix: str = "") -> Path:
    """Three shards by bucket, with split records in them, and three of a long asset."""
    ordinary = sorted([*SHORT, *OTHERS], key=lambda record: (key_of(record), record["task"]["taskId"]))
    bounds = [0, BUCKETS // 3, 2 * BUCKETS // 3, BUCKETS]
    paths = [f"data/assets-{number:05d}-of-00003.ndjson{suffix}" for number in range(3)]
    buckets = dict(zip(paths, itertools.pairwise(bounds), strict=True))
    shards = {
        path: [
            part
            for record in ordinary
            if first <= bucket_of(key_of(record)) < end
            for part in split(record, [2], {3: [1, 2]})
        ]
        for path, (first, end) in buckets.items()
    }
    parts = split(LONG, [5, 13, 14, 30])
    shards |= dict(zip(long_shards(suffix), (parts[:2], parts[2:4], parts[4:]), strict=True))
    long_asset = LongAsset(
        asset_id="m-long",
        task_id="t-long",
        frames=40,
        parts=5,
        shards=long_shards(suffix),
        shard_pages=SHARD_PAGES,
    )
    store_export(ObjectStore(str(folder / "x")), shards, long_assets=[long_asset], buckets=buckets)
    return folder / "x"


@pytest.fixture(params=SUFFIXES)
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return store(tmp_path, request.param)


@pytest.fixture
def plain_parts(tmp_path: Path) -> Path:
    return store(tmp_path)


def frames(export: Path, asset: str, first: int, last: int, *more: str) -> subprocess.CompletedProcess[str]:
    return framehaul("frames", export, "--asset", asset, "--from", first, "--to", last, *more)


def lines(*records: Json) -> str:
    return "".join(orjson.dumps(record).decode() + "\n" for record in records)


@pytest.mark.parametrize(
    ("first", "last"), [(0, 39), (0, 0), (5, 5), (12, 13), (13, 13), (14, 29), (17, 20), (29, 30), (39, 39)]
)
def test_frames_of_a_long_asset(plain_parts: Path, first: int, last: int) -> None:
    finished = frames(plain_parts, "m-long", first, last)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == lines(with_frames_only(LONG, first, last))


@pytest.mark.parametrize(("first", "last"), [(0, 9), (0, 1), (1, 2), (2, 2), (3, 3), (3, 4), (5, 9)])
def test_frames_of_any_asset_one_record_a_task(parts: Path, first: int, last: int) -> None:
    expected = [with_frames_only(record, first, last) for record in SHORT[:2]]
    assert frames(parts, "b1", first, last).stdout == lines(*expected)
    assert frames(parts, "b1", first, last, "--task", "t2").stdout == lines(expected[1])


def test_frames_of_a_task_without_an_asset_id(plain_parts: Path) -> None:
    assert frames(plain_parts, "c1", 1, 2).stdout == lines(with_frames_only(SHORT[2], 1, 2))


def test_frames_after_the_end_of_the_video_are_left_out(plain_parts: Path) -> None:
    """And ``part`` says so."""
    assert frames(plain_parts, "m-long", 35, 1000).stdout == lines(with_frames_only(LONG, 35, 39))
    assert frames(plain_parts, "b1", 0, 1000, "--task", "t1").stdout == lines(SHORT[0])


def keep_only(export: Path, *paths: str) -> None:
    for path in (export / "data").iterdir():
        if f"data/{path.name}" not in paths:
            path.unlink()


@pytest.mark.parametrize(
    ("first", "last", "needed"), [(35, 39, [0, 2]), (13, 29, [0, 1]), (3, 7, [0]), (12, 13, [0, 1])]
)
def test_only_the_shards_with_these_frames_are_read(
    plain_parts: Path, first: int, last: int, needed: list[int]
) -> None:
    """And the first one of the asset, for the rows without a frame."""
    keep_only(plain_parts, *(long_shards()[number] for number in needed))
    finished = frames(plain_parts, "m-long", first, last, "--task", "t-long")
    assert finished.stdout == lines(with_frames_only(LONG, first, last))


def test_a_short_task_of_a_long_asset_is_found_among_all_others(tmp_path: Path) -> None:
    short = video("m-long", "t-short", frames=40)
    path, bucket = "data/assets-00000-of-00001.ndjson", bucket_of("m-long")
    parts = split(LONG, [20])
    long_asset = LongAsset(
        asset_id="m-long",
        task_id="t-long",
        frames=40,
        parts=2,
        shards=long_shards()[:2],
        shard_pages=[(0, 19), (20, 39)],
    )
    shards = {path: split(short)} | {long_shards()[number]: [parts[number]] for number in range(2)}
    export = ObjectStore(str(tmp_path / "x"))
    store_export(export, shards, long_assets=[long_asset], buckets={path: (bucket, bucket + 1)})
    found = [with_frames_only(record, 3, 4) for record in (short, LONG)]
    assert frames(tmp_path / "x", "m-long", 3, 4).stdout == lines(*found)
    assert frames(tmp_path / "x", "m-long", 3, 4, "--task", "t-short").stdout == lines(found[0])
    assert framehaul("join", tmp_path / "x").stdout == lines(short, LONG)
    assert verify_export(export) == []


def test_the_shard_of_any_other_asset_is_found_by_its_bucket(plain_parts: Path) -> None:
    for asset, record in (("b1", SHORT[0]), ("c1", SHORT[2])):
        export = shutil.copytree(plain_parts, plain_parts.parent / asset)
        keep_only(export, f"data/assets-{bucket_of(asset) * 3 // BUCKETS:05d}-of-00003.ndjson")
        task = record["task"]["taskId"]
        assert frames(export, asset, 1, 3, "--task", task).stdout == lines(with_frames_only(record, 1, 3))


def test_an_export_from_before_there_were_buckets_is_searched_by_its_asset_ids(plain_parts: Path) -> None:
    manifest = manifest_of(plain_parts)
    for shard in manifest["shards"]:
        del shard["buckets"]
    del manifest["longAssets"][0]["shardPages"]
    (plain_parts / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert frames(plain_parts, "c1", 1, 2).stdout == lines(with_frames_only(SHORT[2], 1, 2))
    assert frames(plain_parts, "m-long", 14, 31).stdout == lines(with_frames_only(LONG, 14, 31))
    assert frames(plain_parts, "zzz", 1, 2).returncode == 1


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_two_tasks_of_a_long_asset_share_its_shards(tmp_path: Path, suffix: str) -> None:
    other = copy.deepcopy(LONG)
    other["task"] |= {"taskId": "t-more"}
    ours, theirs = split(LONG, [20]), split(other, [10])
    paths = long_shards(suffix)
    shards = dict(zip(paths, ([ours[0]], [ours[1], theirs[0]], [theirs[1]]), strict=True))
    long_assets = [
        LongAsset(asset_id="m-long", task_id=task, frames=40, parts=2, shards=listed, shard_pages=pages)
        for task, listed, pages in (
            ("t-long", paths[:2], [(0, 19), (20, 39)]),
            ("t-more", paths[1:], [(0, 9), (10, 39)]),
        )
    ]
    export = tmp_path / "x"
    store_export(ObjectStore(str(export)), shards, long_assets=long_assets)
    both = [with_frames_only(record, 8, 30) for record in (LONG, other)]
    assert frames(export, "m-long", 8, 30).stdout == lines(*both)
    assert frames(export, "m-long", 8, 30, "--task", "t-more").stdout == lines(both[1])
    assert framehaul("join", export).stdout == lines(LONG, other)


def assert_fails(export: Path, asset: str, first: int, last: int, *more: str, code: int = 1) -> str:
    """Nothing is printed before all is known to be right."""
    finished = frames(export, asset, first, last, *more)
    assert (finished.returncode, finished.stdout) == (code, "")
    assert "Traceback" not in finished.stderr
    assert "bug" not in finished.stderr
    return finished.stderr


def test_what_the_export_does_not_hold_is_named(plain_parts: Path) -> None:
    url = str(plain_parts)
    assert assert_fails(plain_parts, "nobody", 0, 1) == f"error: {url} holds no asset nobody\n"
    no_task = f"error: {url} holds no task t9 of asset"
    assert assert_fails(plain_parts, "b1", 0, 1, "--task", "t9") == f"{no_task} b1\n"
    assert assert_fails(plain_parts, "m-long", 0, 1, "--task", "t9") == f"{no_task} m-long\n"
    assert "asset a1 is no video, so it has no frames" in assert_fails(plain_parts, "a1", 0, 1)
    late = assert_fails(plain_parts, "m-long", 40, 41)
    assert "asset m-long has 40 frames, counted from 0, and so no frame 40" in late
    assert "asset b1 has 10 frames" in assert_fails(plain_parts, "b1", 10, 10)


@pytest.mark.parametrize(("first", "last"), [("5", "4"), ("-1", "4"), ("x", "4")])
def test_impossible_frames_exit_with_2(plain_parts: Path, first: str, last: str) -> None:
    finished = framehaul("frames", plain_parts, "--asset", "b1", "--from", first, "--to", last)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "Traceback" not in finished.stderr


def test_a_damaged_shard_is_named(parts: Path) -> None:
    path = manifest_of(parts)["shards"][4]["path"]
    content = bytearray((parts / path).read_bytes())
    content[len(content) // 2] ^= 1
    (parts / path).write_bytes(content)
    assert path in assert_fails(parts, "m-long", 15, 16)
    (parts / path).write_bytes(content[:-10])
    assert f"{path} has {len(content) - 10} bytes" in assert_fails(parts, "m-long", 15, 16)
    (parts / path).unlink()
    assert f"{path} is missing" in assert_fails(parts, "m-long", 15, 16)
    assert frames(parts, "m-long", 30, 31).returncode == 0, "nobody asked for that shard"


def test_frames_that_are_missing_are_named(tmp_path: Path) -> None:
    export = tmp_path / "x"
    path = "data/assets-00000-of-00001.ndjson"
    parts = split(LONG, [5, 13, 14, 30])
    wanted = {
        "line 3: is part 3 of 5, where part 2 of 5 was to come": [*parts[:2], *parts[3:]],
        "line 1: is part 1 of 5, where part 0 of 5 was to come": parts[1:],
        "the frames 14 to 20 are missing": parts[:3],
        "line 2: is part 3 of 5, where part 1 of 5 was to come": [parts[0], *parts[3:]],
    }
    for message, lines_there in wanted.items():
        store_export(ObjectStore(str(export)), {path: lines_there})
        assert message in assert_fails(export, "m-long", 6, 20)
        (export / "manifest.json").unlink()


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    record = video("a", "t", frames=2000, objects=3)
    store_export(ObjectStore(str(tmp_path / "x")), {"data/assets-00000-of-00001.ndjson": split(record)})
    command = [COMMAND, "frames", tmp_path / "x", "--asset", "a", "--from", "0", "--to", "1999"]
    printing = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert printing.stdout is not None
    assert printing.stdout.read(10) == orjson.dumps(record)[:10]
    printing.stdout.close()
    assert printing.wait(timeout=60) == 0
    assert printing.stderr is not None
    assert printing.stderr.read() == b""
    printing.stderr.close()
