"""The manifest: its bytes, and what a reader refuses.

The known answer is stored forever: programs out there read these names.
"""

import json

import msgspec
import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import (
    DeadLetters,
    LongAsset,
    Manifest,
    ShardEntry,
    SourceEntry,
    Tool,
    parse_manifest,
)

URL = "exports/all-1/manifest.json"

MANIFEST = Manifest(
    export_id="all-1",
    tool=Tool(name="framehaul", version="0.1.0"),
    started_at="2026-11-22T12:00:00.000Z",
    finished_at="2026-11-22T12:00:01.500Z",
    config={"output": {"url": "exports"}, "storage": {"s3": {"key": {"env": "NAME"}}}},
    source=[SourceEntry(table="tasks", url="tasks.ndjson", bytes=70, records=2)],
    counts={"tasksRead": 2, "records": 1},
    annotations_by_title={"": 1, "Mot\u00f6rhead": 2},
    shards=[
        ShardEntry(
            path="data/assets-00000-of-00001.ndjson.gz",
            records=1,
            size_bytes=60,
            sha256="ab" * 32,
            md5="1B2M2Y8AsgTpgAmY7PhCfg==",
            uncompressed_bytes=90,
            max_line_bytes=89,
            first_asset_id="a1",
            last_asset_id="a1",
            buckets=(0, 65536),
        )
    ],
    dead_letters=DeadLetters(count=1, path="dead-letters.ndjson", by_reason={"not_json": 1}),
)

TEXT = """\
{
  "formatVersion": 1,
  "exportId": "all-1",
  "tool": {
    "name": "framehaul",
    "version": "0.1.0"
  },
  "startedAt": "2026-11-22T12:00:00.000Z",
  "finishedAt": "2026-11-22T12:00:01.500Z",
  "mode": "full",
  "config": {
    "output": {
      "url": "exports"
    },
    "storage": {
      "s3": {
        "key": {
          "env": "NAME"
        }
      }
    }
  },
  "source": [
    {
      "table": "tasks",
      "url": "tasks.ndjson",
      "bytes": 70,
      "records": 2
    }
  ],
  "counts": {
    "tasksRead": 2,
    "records": 1
  },
  "annotationsByTitle": {
    "": 1,
    "Mot\u00f6rhead": 2
  },
  "shards": [
    {
      "path": "data/assets-00000-of-00001.ndjson.gz",
      "records": 1,
      "bytes": 60,
      "sha256": "abababababababababababababababababababababababababababababababab",
      "md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
      "uncompressedBytes": 90,
      "maxLineBytes": 89,
      "firstAssetId": "a1",
      "lastAssetId": "a1",
      "buckets": [
        0,
        65536
      ]
    }
  ],
  "longAssets": [],
  "deadLetters": {
    "count": 1,
    "path": "dead-letters.ndjson",
    "byReason": {
      "not_json": 1
    }
  }
}
"""


def test_known_bytes() -> None:
    assert MANIFEST.to_json() == TEXT.encode()


def test_what_is_written_is_what_is_read() -> None:
    assert parse_manifest(MANIFEST.to_json(), URL) == MANIFEST


@pytest.mark.parametrize(
    ("export", "expected"),
    [
        ({"video": {"layout": "tracks"}}, True),
        ({"video": {"layout": "frames"}}, False),
        ({"video": {}}, False),
        ({"video": None}, False),
        ([], False),
    ],
)
def test_the_config_says_whether_rows_of_videos_stand_in_entries(export: object, expected: bool) -> None:
    """Whatever stands there: it is that of another version, perhaps."""
    assert msgspec.structs.replace(MANIFEST, config={"export": export}).form.with_entries is expected
    assert not MANIFEST.form.with_entries


def test_an_empty_shard_and_a_long_asset_are_written_and_read_too() -> None:
    long_asset = LongAsset(
        asset_id="a1",
        task_id="t1",
        frames=90_000,
        parts=7,
        shards=["data/long-a1-00000-of-00002.ndjson", "data/long-a1-00001-of-00002.ndjson"],
        shard_pages=[(0, 49_999), (50_000, 89_999)],
    )
    document = json.loads(TEXT) | {"longAssets": [json.loads(long_asset_json(long_asset))]}
    document["shards"][0] |= {"records": 0, "firstAssetId": None, "lastAssetId": None, "buckets": None}
    manifest = parse_manifest(json.dumps(document).encode(), URL)
    assert manifest.long_assets == [long_asset]
    (shard,) = manifest.shards
    assert (shard.first_asset_id, shard.last_asset_id, shard.buckets) == (None, None, None)
    assert parse_manifest(manifest.to_json(), URL) == manifest


def long_asset_json(asset: LongAsset) -> str:
    names = ("assetId", "taskId", "frames", "parts", "shards", "shardPages")
    values = (asset.asset_id, asset.task_id, asset.frames, asset.parts, asset.shards, asset.shard_pages)
    return json.dumps(dict(zip(names, values, strict=True)))


def test_an_export_from_before_there_were_buckets_is_read() -> None:
    document = json.loads(TEXT)
    del document["shards"][0]["buckets"]
    assert parse_manifest(json.dumps(document).encode(), URL).shards[0].buckets is None


def test_keys_of_a_later_version_with_the_same_format_are_ignored() -> None:
    document = json.loads(TEXT) | {"producedOn": "somewhere"}
    assert parse_manifest(json.dumps(document).encode(), URL) == MANIFEST


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_format_that_is_not_known_is_refused_whatever_else_it_holds(version: int) -> None:
    for document in (json.loads(TEXT) | {"formatVersion": version}, {"formatVersion": version, "new": []}):
        with pytest.raises(StorageError) as caught:
            parse_manifest(json.dumps(document).encode(), URL)
        assert str(caught.value) == (
            f"{URL} has formatVersion {version}; this version of framehaul reads 1. Update framehaul"
        )


def test_a_manifest_that_is_cut_off_anywhere_is_refused() -> None:
    whole = MANIFEST.to_json()
    for length in range(len(whole) - 1):
        with pytest.raises(StorageError, match=r"exports/all-1/manifest\.json is not a whole manifest"):
            parse_manifest(whole[:length], URL)


@pytest.mark.parametrize("content", [b"[]", b"{}", b"null", b'{"formatVersion":"1"}', b"\xff", b"<html>"])
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(StorageError, match="is not a whole manifest"):
        parse_manifest(content, URL)


@pytest.mark.parametrize("key", sorted(set(json.loads(TEXT)) - {"mode", "longAssets"}))
def test_a_manifest_without_one_of_its_keys_is_refused(key: str) -> None:
    document = json.loads(TEXT)
    del document[key]
    with pytest.raises(StorageError, match="is not a whole manifest"):
        parse_manifest(json.dumps(document).encode(), URL)
