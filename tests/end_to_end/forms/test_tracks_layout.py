"""The layout ``tracks``, from the config to the commands that read an export."""

from pathlib import Path

import orjson
import pytest

from end_to_end.command import framehaul
from end_to_end.exports import Json, export_here, lines_of, manifest_of, settings, tables_in
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.exports.manifest import MANIFEST_NAME, parse_manifest
from framehaul.transforms.storage.object_store import ObjectStore
from reference.track_layout import gathered_by_track, with_frames_only

SMALL = {"shard_bytes": 60_000, "max_line_bytes": 8_000}
FRAMES = 120


@pytest.fixture(scope="module", params=[False, True], ids=["rows in tasks", "rows in a table"])
def exports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One sample in both layouts: that of rows whole, that of entries in small parts and shards."""
    folder = tmp_path_factory.mktemp("tracks")
    paths = write_sample(
        folder,
        tasks=5,
        videos=2,
        frames=FRAMES,
        objects=6,
        seed=1,
        table_format="ndjson",
        frames_table=request.param,
    )
    source: Json = tables_in(folder)
    if any(path.name.startswith("frames") for path in paths):
        source["frames"] = f"{folder}/frames*"
    rows = settings(source, folder / "rows", output={"max_line_bytes": "16MiB"})
    entries = settings(source, folder / "entries", output=SMALL, export={"video": {"layout": "tracks"}})
    return export_here(rows), export_here(entries)


def joined(export: Path) -> list[bytes]:
    """The records as ``framehaul join`` writes them, by task."""
    out = export.parent / "joined.ndjson"
    join_export(ObjectStore(str(export)), "ndjson", out)
    return sorted(out.read_bytes().splitlines(), key=lambda line: orjson.loads(line)["task"]["taskId"])


def test_joined_records_are_those_of_the_other_layout_gathered_by_object(exports: tuple[Path, Path]) -> None:
    rows, entries = exports
    assert len(manifest_of(entries)["longAssets"]) == 2
    assert len(lines_of(entries)) > 20
    assert max(map(len, lines_of(entries))) <= SMALL["max_line_bytes"]
    assert joined(entries) == [orjson.dumps(gathered_by_track(orjson.loads(line))) for line in joined(rows)]


def test_figures_are_those_of_the_other_layout(exports: tuple[Path, Path]) -> None:
    rows, entries = map(manifest_of, exports)
    assert entries["counts"] == {**rows["counts"], "records": entries["counts"]["records"]}
    assert entries["annotationsByTitle"] == rows["annotationsByTitle"]


def test_the_export_says_which_layout_it_has(exports: tuple[Path, Path]) -> None:
    rows, entries = exports
    assert manifest_of(entries)["config"]["export"]["video"]["layout"] == "tracks"
    assert "This layout (`tracks`) is Framehaul's own" in (entries / "README.md").read_text()
    assert "tracks" not in (rows / "README.md").read_text()


@pytest.mark.parametrize(("first", "last"), [(0, 0), (17, 40), (FRAMES - 1, FRAMES + 9), (0, FRAMES)])
def test_frames_of_an_object_are_in_its_entry(exports: tuple[Path, Path], first: int, last: int) -> None:
    _, entries = exports
    (asset, *_) = manifest_of(entries)["longAssets"]
    (whole,) = [
        record for record in map(orjson.loads, joined(entries)) if record["task"]["taskId"] == asset["taskId"]
    ]
    finished = framehaul("frames", entries, "--asset", asset["assetId"], "--from", first, "--to", last)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert orjson.loads(finished.stdout) == with_frames_only(whole, first, min(last, FRAMES - 1))


def test_such_an_export_is_whole(exports: tuple[Path, Path]) -> None:
    for export in exports:
        assert verify_export(ObjectStore(str(export))) == []


def test_a_row_of_another_frame_inside_an_entry_is_found(exports: tuple[Path, Path]) -> None:
    _, entries = exports
    store = ObjectStore(str(entries))
    manifest = parse_manifest(store.read(MANIFEST_NAME), "the manifest")
    (asset, *_) = manifest.long_assets
    # Frames with two digits, so that the size stays as it was.
    path = next(
        path for path, pages in zip(asset.shards, asset.shard_pages, strict=True) if pages and pages[0] > 9
    )
    before = store.read(path)
    lines = [orjson.loads(line) for line in before.splitlines()]
    lines[0]["task"]["tools"][-1]["frames"][0]["page"] = 99
    store.write(path, [b"".join(orjson.dumps(line) + b"\n" for line in lines)])
    problems = verify_export(store)
    store.write(path, [before])
    assert problems[0].startswith(f"{path}: line 1: it holds a row of frame 99, but has the frames ")
