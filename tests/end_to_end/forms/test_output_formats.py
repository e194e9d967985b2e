"""One object, one object for each asset, and the zip hold the records that shards hold, byte for byte."""

import functools
import gzip
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import zstandard

from end_to_end import small_budgets
from end_to_end.command import write_config
from end_to_end.exports import (
    Json,
    export_here,
    lines_of,
    manifest_of,
    order_of,
    settings,
    shard_hashes,
    shard_lines,
    write_lines,
)
from framehaul.pipelines.exports.frames import WantedFrames, print_frames
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports import export_reader
from framehaul.transforms.exports.shard_reader import measured_lines
from framehaul.transforms.storage.object_store import ObjectStore

PART = re.compile(rb',"part":\{[^{}]*\}\}\Z')
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda stored: stored,
    "gzip": gzip.decompress,
    "zstd": lambda stored: zstandard.ZstdDecompressor().decompress(stored),
}
SMALL: Json = {"shard_bytes": "40kB", "max_line_bytes": "8kB"}
FORMS = [
    ("frames", "ndjson", "none"),
    ("frames", "json", "gzip"),
    ("frames", "ndjson", "zstd"),
    ("tracks", "json", "none"),
]
PATTERNS = {"tasks": "tasks*", "stage_history": "stage-history*", "frames": "frames*"}

Export = Callable[..., Path]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Images, videos that become some lines, and some that become shards; each with stage history."""
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder / "images", tasks=40, videos=2, frames=12, objects=1, seed=3)
    write_sample(folder / "videos", tasks=0, videos=2, frames=90, objects=3, seed=4, frames_table=True)
    return {name: f"{folder}/*/{pattern}" for name, pattern in PATTERNS.items()}


@pytest.fixture(scope="module")
def export(tables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Export:
    """``export(layout, **output)``: the folder of an export of all tables, made once."""
    folder = tmp_path_factory.mktemp("exports")

    @functools.cache
    def made(layout: str, **output: object) -> Path:
        sections = {"export": {"video": {"layout": layout}}, "output": {**SMALL, **output}}
        return export_here(settings(tables, folder, **sections), f"{layout}-{len(list(folder.iterdir()))}")

    return made


def in_shards(export: Export, layout: str) -> Path:
    return export(layout, zip=True)


@functools.cache
def whole_records(split: Path) -> list[bytes]:
    """Every record of an export in shards in one piece and without part, as ``join`` gives it."""
    out = split.parent.parent / f"{split.name}.ndjson"
    join_export(ObjectStore(str(split)), "ndjson", out)
    return [PART.sub(b"}", line) for line in out.read_bytes().splitlines()]


def archived(export: Path) -> tuple[str, bytes]:
    """Name and content of the first file of the zip."""
    (path,) = export.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        (name,) = archive.namelist()
        return name, archive.read(name)


@pytest.mark.parametrize("layout", ["frames", "tracks"])
def test_the_zip_of_shards_holds_every_record_in_one_piece(export: Export, layout: str) -> None:
    split = in_shards(export, layout)
    manifest = manifest_of(split)
    assert len(manifest["longAssets"]) >= 2
    assert manifest["counts"]["records"] > manifest["counts"]["tasksExported"] + 4
    name, content = archived(split)
    assert name == "data.ndjson"
    assert content.endswith(b"\n")
    assert sorted(content.splitlines()) == sorted(whole_records(split))
    assert verify_export(ObjectStore(str(split))) == []


@pytest.mark.parametrize(("layout", "file_format", "compression"), FORMS)
def test_one_object_holds_every_record_in_one_piece(
    export: Export, layout: str, file_format: str, compression: str
) -> None:
    records = whole_records(in_shards(export, layout))
    one = export(layout, format=file_format, compression=compression, zip=True)
    (entry,) = manifest_of(one)["shards"]
    assert [f"data/{path.name}" for path in (one / "data").iterdir()] == [entry["path"]]
    content = DECOMPRESS[compression]((one / entry["path"]).read_bytes())
    assert (entry["records"], entry["uncompressedBytes"]) == (len(records), len(content))
    assert entry["maxLineBytes"] == max(map(len, records))
    if file_format == "json":
        assert len(json.loads(content)) == len(records)
        content_lines = content.removeprefix(b"[\n").removesuffix(b"\n]\n").split(b",\n")
    else:
        content_lines = content.splitlines()
    assert sorted(content_lines) == sorted(records)
    assert archived(one) == (f"data.{file_format}", content)
    assert verify_export(ObjectStore(str(one))) == []
    assert manifest_of(one)["longAssets"] == []


@pytest.mark.parametrize("most_held", [100, 5000])
@pytest.mark.parametrize("file_format", ["ndjson", "json"])
def test_an_export_is_whole_though_its_records_are_too_long_to_be_looked_into(
    export: Export, file_format: str, most_held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        export_reader, "measured_lines", functools.partial(measured_lines, most_held=most_held)
    )
    one = export("frames", format=file_format, compression="none", zip=True)
    assert verify_export(ObjectStore(str(one))) == []
    damaged = shutil.copytree(one, tmp_path / "damaged")
    (entry,) = manifest_of(one)["shards"]
    content = (damaged / entry["path"]).read_bytes()
    (damaged / entry["path"]).write_bytes(content.replace(b"taskId", b"taskIx", 1))
    assert verify_export(ObjectStore(str(damaged))) != []


@pytest.mark.parametrize("output_format", ["ndjson", "json"])
def test_join_hands_on_the_records_of_one_object(export: Export, output_format: str, tmp_path: Path) -> None:
    lines = export("frames", format="ndjson", compression="none", zip=True)
    array = export("frames", format="json", compression="gzip", zip=True)
    expected = archived(lines if output_format == "ndjson" else array)[1]
    for one in (lines, array):
        join_export(ObjectStore(str(one)), output_format, tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == expected


def test_frames_says_that_it_reads_shards(export: Export) -> None:
    one = export("frames", format="json", compression="gzip", zip=True)
    with pytest.raises(StorageError, match="is one json object"):
        print_frames(ObjectStore(str(one)), WantedFrames("a", 0, 1))


@pytest.mark.parametrize(("file_format", "nothing"), [("json", b"[]\n"), ("ndjson", b"")])
def test_an_export_of_nothing_is_an_empty_object(file_format: str, nothing: bytes, tmp_path: Path) -> None:
    tasks = write_lines(tmp_path / "tasks.ndjson", [])
    output = {"format": file_format, "zip": True}
    one = export_here(settings({"tasks": str(tasks)}, tmp_path / "exports", output=output))
    assert (one / "data" / f"assets.{file_format}").read_bytes() == nothing
    assert archived(one) == (f"data.{file_format}", nothing)
    assert verify_export(ObjectStore(str(one))) == []
    join_export(ObjectStore(str(one)), "json", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"[]\n"


def test_each_asset_has_one_object_with_all_its_lines(export: Export) -> None:
    split = in_shards(export, "frames")
    assets = export("frames", split_by="asset", compression="gzip", zip=True)
    manifest = manifest_of(assets)
    assert len(manifest["shards"]) == manifest["counts"]["assets"]
    assert sorted(lines_of(assets)) == sorted(lines_of(split))
    for entry in manifest["shards"]:
        of_asset = [orjson.loads(line) for line in shard_lines(assets / entry["path"])]
        assert {order_of(record)[0] for record in of_asset} == {entry["firstAssetId"]}
        places = [(*order_of(record), record["part"]["index"]) for record in of_asset]
        assert places == sorted(places)
    assert archived(assets) == archived(split)
    assert verify_export(ObjectStore(str(assets))) == []
    assert sorted(whole_records(assets)) == sorted(whole_records(split))


def test_frames_reads_the_object_of_one_asset(
    export: Export, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    split = in_shards(export, "frames")
    assets = export("frames", split_by="asset", compression="gzip", zip=True)
    long = manifest_of(split)["longAssets"][0]
    printed = []
    for one in (split, assets):
        print_frames(ObjectStore(str(one)), WantedFrames(long["assetId"], 5, 40))
        printed.append(capfdbinary.readouterr().out)
    assert printed[0] == printed[1] != b""


def reversed_tables(tables: dict[str, str], folder: Path) -> dict[str, str]:
    """The same records in one file a table, the last one first."""
    for name, pattern in tables.items():
        paths = sorted(Path("/").glob(pattern.removeprefix("/")))
        lines = [line for path in paths for line in path.read_bytes().splitlines()]
        write_lines(folder / f"{name}.ndjson", lines[::-1])
    return {name: str(folder / f"{name}.ndjson") for name in tables}


def test_workers_and_order_do_not_change_the_bytes_of_one_object(
    export: Export, tables: dict[str, str], tmp_path: Path
) -> None:
    expected = export("frames", format="json", compression="gzip", zip=True)
    output = {**SMALL, "format": "json", "compression": "gzip", "zip": True}
    config = settings(reversed_tables(tables, tmp_path), tmp_path, output=output, runner={"workers": 3})
    path = write_config(tmp_path / "export.yaml", config)
    command = [sys.executable, small_budgets.__file__, str(path), "x", "TINY"]
    subprocess.run(command, check=True, timeout=120)
    assert shard_hashes(tmp_path / "x") == shard_hashes(expected)
    assert archived(tmp_path / "x") == archived(expected)
    sizes = [manifest_of(one)["zip"]["bytes"] for one in (tmp_path / "x", expected)]
    assert sizes[0] == sizes[1]


def test_pieces_that_wait_on_the_store_give_the_same_bytes_and_are_deleted(
    export: Export, tables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = export("frames", split_by="asset", compression="gzip", zip=True)
    for name, size in small_budgets.BUDGETS["TINY"].items():
        monkeypatch.setattr(name, size)
    output = {**SMALL, "split_by": "asset", "compression": "gzip", "zip": True}
    found = export_here(
        settings(
            reversed_tables(tables, tmp_path),
            tmp_path / "exports",
            output=output,
            runner={"exchange": "inline"},
        )
    )
    assert shard_hashes(found) == shard_hashes(expected)
    assert archived(found) == archived(expected)
    assert [path for path in found.rglob("*") if ".pieces" in path.parts and path.is_file()] == []
