"""Legacy records and issues in every format: the same records as in shards, and as the references have them."""

import functools
import gzip
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
import zstandard

from end_to_end import small_budgets
from end_to_end.command import assert_refused, framehaul, run_command, write_config
from end_to_end.comparison import as_text, set_aside, texts_set_aside
from end_to_end.exports import EVERYTHING, Json, export_here, lines_of, manifest_of, shard_hashes, write_lines
from end_to_end.unfinished_exports import export_without_manifest, resume_here
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.run_report import summary
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.counts import Progress
from framehaul.transforms.exports.manifest import parse_manifest
from framehaul.transforms.runs.progress_board import BOARD
from framehaul.transforms.storage.object_store import ObjectStore
from reference.export import ReferenceExport
from reference.issue_export import reference_issue_export
from reference.legacy_export import legacy_order, reference_legacy_export

PART = re.compile(rb',"part":\{[^{}]*\}\}\Z')
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda stored: stored,
    "gzip": gzip.decompress,
    "zstd": lambda stored: zstandard.ZstdDecompressor().decompress(stored),
}
KINDS: dict[str, Json] = {"legacy": {**EVERYTHING, "generation": "legacy"}, "issue": {"type": "issue"}}
REFERENCES = {"legacy": reference_legacy_export, "issue": reference_issue_export}
SHARD_BYTES = {"legacy": "40kB", "issue": "10kB"}
TABLES = {"legacy": ["tasks", "frames"], "issue": ["issues"]}
SINGLE = [("ndjson", "none"), ("ndjson", "zstd"), ("json", "none"), ("json", "gzip")]
ORDER: dict[str, Callable[[Json], Any]] = {"legacy": legacy_order, "issue": itemgetter("_id")}

Export = Callable[..., Path]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared assets, videos that become some lines or shards of their own, a long issue, and broken lines."""
    folder = tmp_path_factory.mktemp("tables")
    sizes = {"tasks": 40, "videos": 2, "frames": 90, "objects": 3, "issues": 60}
    write_sample(folder, **sizes, seed=4, frames_table=True, legacy=True)
    (video, *_) = [
        line for path in folder.glob("tasks*") for line in path.open("rb") if b"frameTotal" in line
    ]
    second = orjson.dumps({**orjson.loads(video), "taskId": "second of a video"})
    wide = {"assetId": "w", "stage": "Complete", "status": "x" * 9000}
    six = [orjson.dumps({**wide, "taskId": f"w{number}"}) for number in range(6)]
    said = [{"_id": f"c{number}", "content": "x" * 300, "createdAt": number} for number in range(40)]
    long = {"_id": "long", "comments": said, "asset": "a", "labelTask": "t1"}
    write_lines(folder / "tasks-more.ndjson", [b"{", second, *six])
    write_lines(folder / "issues-more.ndjson", [b"{", orjson.dumps(long)])
    return folder


def config_for(kind: str, tables: Path, output: Path, form: Json, **sections: Json) -> Json:
    return {
        "export": KINDS[kind],
        "source": {name: f"{tables}/{name}*" for name in TABLES[kind]},
        "output": {"url": str(output), "shard_bytes": SHARD_BYTES[kind], "max_line_bytes": "8kB", **form},
        "limits": {"max_dead_letters": 100},
        **sections,
    }


@pytest.fixture(scope="module")
def export(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """``export(kind, **output)``: the folder of an export, made once."""
    folder = tmp_path_factory.mktemp("exports")

    @functools.cache
    def made(kind: str, **output: object) -> Path:
        name = "-".join([kind, *map(str, output.values())])
        return export_here(config_for(kind, tables, folder, output), name)

    return made


@pytest.fixture(scope="module")
def reference(tables: Path) -> Callable[[str], ReferenceExport]:
    @functools.cache
    def made(kind: str) -> ReferenceExport:
        content: dict[str, Any] = {
            name: {path.name: path.read_bytes() for path in sorted(tables.glob(f"{name}*"))}
            for name in TABLES[kind]
        }
        return REFERENCES[kind](content, KINDS[kind])

    return made


def in_order(records: list[Json], kind: str) -> list[str]:
    """As text, without ``part``."""
    whole = [{name: value for name, value in record.items() if name != "part"} for record in records]
    return as_text(sorted(whole, key=ORDER[kind]))


def archived(export: Path, kind: str) -> list[bytes]:
    """The records in the zip, whose name says what they are."""
    (path,) = export.glob("*.zip")
    assert re.fullmatch(rf"all-{'issue' if kind == 'issue' else 'task'}-export-[-_\d]+_GMT\.zip", path.name)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        (name,) = archive.namelist()
        return records_in(archive.read(name), name.rpartition(".")[2])


def records_in(content: bytes, file_format: str) -> list[bytes]:
    if file_format == "ndjson":
        return content.splitlines()
    assert isinstance(json.loads(content), list)
    return content.removeprefix(b"[\n").removesuffix(b"\n]\n").split(b",\n")


def joined(export: Path, folder: Path) -> list[bytes]:
    join_export(ObjectStore(str(export)), "ndjson", folder / "joined.ndjson")
    return [PART.sub(b"}", line) for line in (folder / "joined.ndjson").read_bytes().splitlines()]


def assert_told(export: Path, kind: str, layout: str) -> None:
    """What is said of an export in its card, for Croissant, by show, and at the end of a run."""
    manifest = manifest_of(export)
    counts = manifest["counts"]
    of_what = "issues" if kind == "issue" else f"{counts['assets']} assets"
    contents = f"{counts['records']:,} records of {of_what}"
    card = (export / "README.md").read_text()
    assert contents in card
    names = [
        feature["name"] for feature in yaml.safe_load(card.split("---\n")[1])["dataset_info"]["features"]
    ]
    assert ("tasks" in names, "comments" in names) == (kind == "legacy", kind == "issue")
    sets = json.loads((export / "croissant.json").read_bytes())["recordSet"]
    assert {each["name"] for each in sets} <= {"issues" if kind == "issue" else "assets"}
    if sets and not manifest["shards"][0]["path"].endswith(".zst"):
        name = sets[0]["name"]
        assert f'records("{name}")' in card
    found = parse_manifest((export / "manifest.json").read_bytes(), "")
    first, *tables, _, _ = summary(found, check_config(manifest["config"], "its own"), 1.0).splitlines()
    of_assets = "" if kind == "issue" else f" of {counts['assets']} assets"
    assert f": {counts['records']} records{of_assets} in {layout}, " in first
    assert any(line.strip().startswith("issues" if kind == "issue" else "tasks") for line in tables)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("file_format", "compression"), SINGLE)
def test_one_object_holds_what_shards_and_the_reference_hold(  # noqa: PLR0913, PLR0917 - one fixture each
    kind: str, file_format: str, compression: str, export: Export, reference: Any, tmp_path: Path
) -> None:
    split = export(kind, zip=True)
    has_zip = compression == "none"
    one = export(kind, format=file_format, compression=compression, zip=has_zip)
    manifest = manifest_of(one)
    (entry,) = manifest["shards"]
    content = DECOMPRESS[compression]((one / entry["path"]).read_bytes())
    records = records_in(content, file_format)
    # Without limits of lines nothing is too long, so there may be more than in shards.
    assert in_order([orjson.loads(record) for record in records], kind) == in_order(
        reference(kind).records, kind
    )
    assert set(joined(split, tmp_path)) <= set(records)
    assert sorted(joined(one, tmp_path)) == sorted(records)
    assert archived(one, kind) == records if has_zip else "zip" not in manifest
    counts = {**reference(kind).counts, "records": len(records)}
    assert {name: number for name, number in manifest["counts"].items() if number} == {
        name: number for name, number in counts.items() if number
    }
    assert sorted(set_aside(one)) == sorted(reference(kind).dead_letters)
    assert texts_set_aside(one) == reference(kind).texts
    assert (entry["records"], entry["maxLineBytes"]) == (len(records), max(map(len, records)))
    assert manifest["longAssets"] == []
    assert verify_export(ObjectStore(str(one))) == []
    assert_told(one, kind, f"1 {file_format} object")


@pytest.mark.parametrize("kind", KINDS)
def test_the_zip_beside_shards_holds_each_record_in_one_piece(
    kind: str, export: Export, tmp_path: Path
) -> None:
    split = export(kind, zip=True)
    assert len(lines_of(split)) > len(archived(split, kind))
    assert bool(manifest_of(split)["longAssets"]) == (kind == "legacy")
    assert sorted(archived(split, kind)) == sorted(joined(split, tmp_path))
    assert verify_export(ObjectStore(str(split))) == []
    assert_told(split, kind, f"{len(manifest_of(split)['shards'])} shards")


def test_each_asset_of_a_legacy_export_has_one_object(export: Export, tmp_path: Path) -> None:
    split = export("legacy", zip=True)
    assets = export("legacy", split_by="asset", zip=True, compression="zstd")
    assert sorted(lines_of(assets)) == sorted(lines_of(split))
    assert sorted(archived(assets, "legacy")) == sorted(archived(split, "legacy"))
    assert manifest_of(assets)["counts"] == manifest_of(split)["counts"]
    assert len(manifest_of(assets)["shards"]) == manifest_of(split)["counts"]["assets"]
    for entry in manifest_of(assets)["shards"]:
        assert entry["firstAssetId"] == entry["lastAssetId"]
    assert sorted(joined(assets, tmp_path)) == sorted(joined(split, tmp_path))
    assert verify_export(ObjectStore(str(assets))) == []


def test_an_export_of_issues_by_asset_exits_with_2(tmp_path: Path) -> None:
    asked = {"export": KINDS["issue"], "output": {"split_by": "asset"}}
    finished = run_command(tmp_path, {"issues": "i.ndjson"}, **asked)
    assert_refused(finished, 2, "not every issue tells the id of its asset", "leave split_by out")


def test_an_asset_whose_tasks_fill_a_line_is_set_aside_in_shards_and_whole_in_one_object(
    export: Export,
) -> None:
    reasons = manifest_of(export("legacy", zip=True))["deadLetters"]["byReason"]
    assert reasons == {"not_json": 1, "line_too_long": 6}
    one = export("legacy", format="json", compression="none", zip=True)
    assert manifest_of(one)["deadLetters"]["byReason"] == {"not_json": 1}


@pytest.mark.parametrize("kind", KINDS)
def test_workers_do_not_change_the_bytes_of_one_object(
    kind: str, tables: Path, export: Export, tmp_path: Path
) -> None:
    form = {"format": "json", "compression": "none", "zip": True}
    expected = export(kind, **form)
    path = write_config(tmp_path / "x.yaml", config_for(kind, tables, tmp_path, form, runner={"workers": 2}))
    subprocess.run([sys.executable, small_budgets.__file__, str(path), "x", "TINY"], check=True, timeout=120)
    assert shard_hashes(tmp_path / "x") == shard_hashes(expected)
    assert archived(tmp_path / "x", kind) == archived(expected, kind)
    assert manifest_of(tmp_path / "x")["counts"] == manifest_of(expected)["counts"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_goes_on_keeps_the_shards_and_their_figures(
    kind: str, tables: Path, export: Export, tmp_path: Path
) -> None:
    config = config_for(kind, tables, tmp_path, {})
    whole = export(kind, zip=True)
    begun = export_without_manifest(config)
    lost = min((begun / "data").iterdir())
    lost.unlink()
    resume_here(config)
    kept = len(shard_hashes(whole)) - 1
    assert BOARD.totals()[Progress.SHARDS_KEPT] == kept > 1
    found, expected = manifest_of(begun), manifest_of(whole)
    for name in ("counts", "annotationsByTitle", "shards", "longAssets", "deadLetters"):
        assert found[name] == expected[name]
    assert verify_export(ObjectStore(str(begun))) == []


@pytest.mark.parametrize(("kind", "form"), [("legacy", "json"), ("issue", "json"), ("issue", "ndjson")])
def test_frames_of_other_kinds_are_refused_for_what_they_are(kind: str, form: str, export: Export) -> None:
    one = export(kind, format=form, compression="none", zip=True)
    finished = framehaul("frames", one, "--asset", "a", "--from", "0", "--to", "1")
    assert_refused(finished, 1, f"records of kind {kind}", "generation v3")
