"""A stored shard and its entry, against another computation of every figure in it."""

import base64
import gzip
import hashlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import StorageError
from framehaul.transforms.shards.shard import long_shard_path, shard_path, write_shard
from framehaul.transforms.storage.object_store import ObjectStore

QUICK = settings(max_examples=60, deadline=None)

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=12)


def decompressed(stored: bytes, compression: str) -> bytes:
    if compression == "gzip":
        return gzip.decompress(stored)
    if compression == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(stored)
    return stored


def written(folder: Path, lines: list[bytes], compression: str) -> tuple[dict[str, object], bytes]:
    """What the entry says, and what is stored."""
    path = shard_path(0, 1, compression)
    entry = write_shard(ObjectStore(str(folder)), path, lines, compression, ("a1", "a9"))
    said = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return said, (folder / path).read_bytes()


def expected(stored: bytes, lines: list[bytes], compression: str) -> dict[str, object]:
    return {
        "path": shard_path(0, 1, compression),
        "records": len(lines),
        "size_bytes": len(stored),
        "sha256": hashlib.sha256(stored).hexdigest(),
        "md5": base64.b64encode(hashlib.md5(stored).digest()).decode(),
        "uncompressed_bytes": sum(len(line) + 1 for line in lines),
        "max_line_bytes": max(map(len, lines), default=0),
        "first_asset_id": "a1",
        "last_asset_id": "a9",
        "buckets": None,
    }


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@QUICK
@given(lines=LINES)
def test_the_entry_says_what_is_stored(
    tmp_path_factory: pytest.TempPathFactory, compression: str, lines: list[bytes]
) -> None:
    said, stored = written(tmp_path_factory.mktemp("shard"), lines, compression)
    assert decompressed(stored, compression) == b"".join(line + b"\n" for line in lines)
    assert said == expected(stored, lines, compression)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("line", [b"x" * 1000, b"x" * (1 << 20), b"x" * ((1 << 20) - 1), b"x" * (3 << 20)])
def test_shards_of_several_megabytes_are_whole(tmp_path: Path, compression: str, line: bytes) -> None:
    lines = [b"first", *[line] * ((4 << 20) // len(line)), b"last"]
    said, stored = written(tmp_path, lines, compression)
    assert decompressed(stored, compression) == b"".join(line + b"\n" for line in lines)
    assert said == expected(stored, lines, compression)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_the_same_lines_are_the_same_bytes(tmp_path: Path, compression: str) -> None:
    lines = [b'{"taskId":"t%d"}' % number for number in range(100_000)]
    assert written(tmp_path / "once", lines, compression) == written(tmp_path / "again", lines, compression)


def test_an_empty_shard_has_no_assets(tmp_path: Path) -> None:
    entry = write_shard(ObjectStore(str(tmp_path)), "data/x.ndjson", [], "none", None)
    assert (entry.records, entry.size_bytes, entry.max_line_bytes) == (0, 0, 0)
    assert (entry.first_asset_id, entry.last_asset_id) == (None, None)
    assert (tmp_path / "data/x.ndjson").read_bytes() == b""


def test_a_shard_that_cannot_be_stored_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageError, match=r"could not store .*/data/x\.ndjson"):
        write_shard(ObjectStore(str(tmp_path)), "data/x.ndjson", [b"{}"], "none", None)


@pytest.mark.parametrize(
    ("index", "shards", "compression", "path"),
    [
        (0, 1, "none", "data/assets-00000-of-00001.ndjson"),
        (3, 12, "gzip", "data/assets-00003-of-00012.ndjson.gz"),
        (65535, 65536, "zstd", "data/assets-65535-of-65536.ndjson.zst"),
    ],
)
def test_known_names(index: int, shards: int, compression: str, path: str) -> None:
    # Stored forever, as the names of objects.
    assert shard_path(index, shards, compression) == path


@pytest.mark.parametrize(
    ("asset_id", "index", "shards", "compression", "path"),
    [
        ("65f0aa11", 0, 1, "none", "data/long-65f0aa11-00000-of-00001.ndjson"),
        ("clips/a b%.mp4", 3, 12, "gzip", "data/long-clips~2fa~20b~25~2emp4-00003-of-00012.ndjson.gz"),
        ("..", 0, 7, "zstd", "data/long-~2e~2e-00000-of-00007.ndjson.zst"),
        (
            "v\u00e4\U0001f3a5",
            99_999,
            100_000,
            "none",
            "data/long-v~c3~a4~f0~9f~8e~a5-99999-of-100000.ndjson",
        ),
    ],
)
def test_known_names_of_long_assets(
    asset_id: str, index: int, shards: int, compression: str, path: str
) -> None:
    # Stored forever too: the manifest names them, and an export that is resumed keeps what it finds.
    assert long_shard_path(asset_id, index, shards, compression) == path


def test_a_shard_says_which_buckets_are_in_it(tmp_path: Path) -> None:
    entry = write_shard(ObjectStore(str(tmp_path)), "data/x.ndjson", [b"{}"], "none", ("a", "a"), (7, 65536))
    assert entry.buckets == (7, 65536)
