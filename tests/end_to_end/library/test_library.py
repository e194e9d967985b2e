"""``import framehaul``: finished exports as objects, in whatever form they were written."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

import framehaul
from end_to_end.exports import Json, export_here, manifest_of, settings, tables_in
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.storage.object_store import ObjectStore
from reference.record_splitter import with_frames_only

FRAMES = 200
FORMS: dict[str, Json] = {
    "parts and long shards": {"shard_bytes": "60kB", "max_line_bytes": "8kB", "compression": "zstd"},
    "one object for each asset": {"split_by": "asset", "max_line_bytes": "8kB"},
    "one object of lines": {"format": "ndjson"},
    "one compressed array": {"format": "json", "compression": "gzip"},
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=20, videos=1, frames=FRAMES, objects=3, seed=4)
    return tables_in(folder)


@pytest.fixture(scope="module")
def exports(tables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exports")
    return {
        name: export_here(settings(tables, folder, output=output), name.replace(" ", "-"))
        for name, output in FORMS.items()
    }


@pytest.fixture(scope="module")
def in_parts(exports: dict[str, Path]) -> Path:
    return exports["parts and long shards"]


@pytest.fixture(scope="module")
def joined(in_parts: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Its records as ``framehaul join`` writes them."""
    out = tmp_path_factory.mktemp("joined") / "records.ndjson"
    join_export(ObjectStore(str(in_parts)), "ndjson", out)
    return [orjson.loads(line) for line in out.read_bytes().splitlines()]


@pytest.fixture
def damaged(in_parts: Path, tmp_path: Path) -> tuple[Path, str]:
    """A copy of the export in which one byte of a shard is another one, and the path of that shard."""
    export = Path(shutil.copytree(in_parts, tmp_path / "x"))
    shard = manifest_of(export)["shards"][0]["path"]
    content = bytearray((export / shard).read_bytes())
    content[len(content) // 2] ^= 1
    (export / shard).write_bytes(content)
    return export, shard


def by_task(records: Iterator[Json]) -> list[Json]:
    return sorted(records, key=lambda record: record["task"]["taskId"])


@pytest.mark.parametrize("form", FORMS)
def test_records_are_whole_and_the_same_in_every_form(
    form: str, exports: dict[str, Path], joined: list[Json]
) -> None:
    expected = [{key: value for key, value in record.items() if key != "part"} for record in joined]
    assert by_task(framehaul.open(exports[form]).records()) == by_task(iter(expected))
    assert len(expected) == 21


def test_the_manifest_has_the_keys_of_its_file(in_parts: Path) -> None:
    export, written = framehaul.open(f"{in_parts}/"), manifest_of(in_parts)
    assert export.url == str(in_parts)
    assert export.manifest.export_id == written["exportId"]
    assert export.manifest.counts == written["counts"]
    assert [shard.size_bytes for shard in export.manifest.shards] == [
        shard["bytes"] for shard in written["shards"]
    ]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (70, 90), (FRAMES - 1, FRAMES - 1)])
def test_frames_of_a_long_video(first: int, last: int, in_parts: Path, joined: list[Json]) -> None:
    assert len(manifest_of(in_parts)["longAssets"]) == 1
    (video,) = [record for record in joined if record["part"]["lastPage"] is not None]
    found = framehaul.open(in_parts).frames(video["assetId"], first, last)
    assert found == [with_frames_only(video, first, last)]


@pytest.mark.parametrize(("first", "last"), [(5, 4), (-1, 3)])
def test_what_is_no_range_of_frames_is_refused(first: int, last: int, in_parts: Path) -> None:
    with pytest.raises(framehaul.ConfigError, match=f"first is {first} and last is {last}"):
        framehaul.open(in_parts).frames("a", first, last)


def test_frames_of_an_asset_that_is_not_there_are_refused(in_parts: Path) -> None:
    with pytest.raises(framehaul.StorageError, match="holds no asset nobody"):
        framehaul.open(in_parts).frames("nobody", 0, 3)


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_export_is_verified(form: str, exports: dict[str, Path]) -> None:
    assert framehaul.open(exports[form]).verify() == framehaul.Verification(problems=())


def test_verify_names_a_damaged_shard(damaged: tuple[Path, str]) -> None:
    export, shard = damaged
    found = framehaul.open(export).verify()
    assert not found.is_whole
    assert all(problem.startswith(shard) for problem in found.problems)


def test_records_of_a_damaged_export_end_in_an_error(damaged: tuple[Path, str]) -> None:
    with pytest.raises((framehaul.StorageError, framehaul.SourceError), match=damaged[1]):
        list(framehaul.open(damaged[0]).records())


def test_an_export_in_memory_is_read_like_any_other(tables: dict[str, str], joined: list[Json]) -> None:
    run(check_config(settings(tables, "memory://library/exports"), "the config"), "x")
    export = framehaul.open("memory://library/exports/x")
    assert export.verify().is_whole
    assert len(list(export.records())) == len(joined)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(framehaul.StorageError, match="is no finished export"):
        framehaul.open(tmp_path)


def test_an_export_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"formatVersion": 2}')
    with pytest.raises(framehaul.StorageError, match="formatVersion 2"):
        framehaul.open(tmp_path)


def test_a_secret_is_refused_where_it_could_be_shown_and_not_shown() -> None:
    """Neither in a URL nor in an option."""
    with pytest.raises(framehaul.ConfigError, match="a URL holds no credentials") as refusal:
        framehaul.open("s3://key:hunter2@bucket/exports/x")
    assert "hunter2" not in str(refusal.value)
    with pytest.raises(framehaul.ConfigError, match=r"storage\.s3: secret may hold a secret") as refusal:
        framehaul.open("s3://bucket/exports/x", storage={"s3": {"secret": "hunter2"}})
    assert "hunter2" not in str(refusal.value)


def test_an_unknown_store_is_refused() -> None:
    with pytest.raises(framehaul.ConfigError, match="no such store; known are file, s3"):
        framehaul.open("exports/x", storage={"s4": {}})


def test_every_promised_name_is_there_and_no_other() -> None:
    assert {name for name in framehaul.__all__ if not getattr(framehaul, name)} == set()
    assert set(framehaul.__all__) <= set(dir(framehaul))
    errors = [name for name in framehaul.__all__ if name.endswith("Error")]
    assert all(issubclass(getattr(framehaul, name), framehaul.ExportError) for name in errors)
    with pytest.raises(AttributeError, match="'framehaul' has no attribute 'opne'"):
        framehaul.opne  # noqa: B018


IMPORT = """
import sys
before = set(sys.modules)
import framehaul
print(*sorted(set(sys.modules) - before))
export = framehaul.open(sys.argv[1])
asset = export.manifest.long_assets[0].asset_id
assert export.verify().is_whole and list(export.records()) and export.frames(asset, 0, 5)
print("apache_beam" in sys.modules)
"""


def test_importing_it_imports_nothing_else_and_reading_never_beam(in_parts: Path) -> None:
    command = [sys.executable, "-c", IMPORT, str(in_parts)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    assert finished.stdout.splitlines() == ["framehaul", "False"]


PROGRAM = """
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import framehaul

export = framehaul.open("exports/x", storage={"s3": {"anon": True}})
assert_type(export, framehaul.Export)
assert_type(framehaul.open(Path("exports/x")), framehaul.Export)
assert_type(export.manifest, framehaul.Manifest)
assert_type(export.manifest.counts, dict[str, int])
assert_type(export.records(), Iterator[dict[str, Any]])
assert_type(export.frames("a1", first=0, last=24), list[dict[str, Any]])
assert_type(export.verify(), framehaul.Verification)
assert_type(export.verify().problems, tuple[str, ...])
try:
    assert_type(framehaul.run("export.yaml"), framehaul.Export)
    assert_type(framehaul.run({"source": {"tasks": ["tasks.ndjson"]}}), framehaul.Export)
except framehaul.LimitError as error:
    assert_type(error.url, str)
"""
MISTAKES = """
import framehaul

framehaul.opne("exports/x")
framehaul.open(3)
framehaul.open("exports/x").frames("a1", 0)
framehaul.run(["export.yaml"])
"""


def test_a_type_checker_knows_what_is_promised(tmp_path: Path) -> None:
    """As strict as it can be, from a program that has only installed the package."""
    assert _type_errors(tmp_path, PROGRAM) == []
    assert _type_errors(tmp_path, MISTAKES) == [
        'Module has no attribute "opne"',
        'Argument 1 to "open" has incompatible type "int"; expected "str | PathLike[str]"',
        'Missing positional argument "last" in call to "frames" of "Export"',
        'Argument 1 to "run" has incompatible type "list[str]"; '
        'expected "str | PathLike[str] | Mapping[str, Any] | ExportConfig"',
    ]


def _type_errors(folder: Path, program: str) -> list[str]:
    (folder / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    options = ["--hide-error-codes", "--hide-error-context", "program.py"]
    finished = subprocess.run([*command, *options], check=False, capture_output=True, text=True, cwd=folder)
    assert finished.returncode < 2, finished.stderr
    return [line.partition(" error: ")[2] for line in finished.stdout.splitlines()]
