"""``framehaul verify`` finds what is wrong with one object, with objects of assets and with the zip."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from end_to_end.exports import Json, export_here, manifest_of, replace_manifest, settings, tables_in
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.storage.object_store import ObjectStore


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    write_sample(folder, tasks=20, videos=1, frames=30, objects=2, seed=2)
    output = {"format": "json", "zip": True, "shard_bytes": "20kB"}
    return export_here(settings(tables_in(folder), folder / "exports", output=output))


@pytest.fixture
def export(whole: Path, tmp_path: Path) -> Path:
    """A copy that the test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "x"))


def problems_of(export: Path) -> list[str]:
    return verify_export(ObjectStore(str(export)))


def archive_of(export: Path) -> Path:
    return export / manifest_of(export)["zip"]["path"]


def change_a_letter(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"title":"', b'"title":"X', 1)[: len(content)])


def test_a_whole_export_has_no_problems(export: Path) -> None:
    assert problems_of(export) == []


def test_a_changed_object_is_found(export: Path) -> None:
    change_a_letter(export / "data" / "assets.json")
    problems = problems_of(export)
    assert any(problem.startswith("data/assets.json: sha256 is ") for problem in problems)


def test_an_object_that_is_not_in_the_manifest_is_found(export: Path) -> None:
    (export / "data" / "assets.ndjson").write_bytes(b"")
    assert problems_of(export) == ["data/assets.ndjson is not in the manifest"]


def test_a_missing_a_cut_and_a_changed_zip_are_found(export: Path) -> None:
    archive = archive_of(export)
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    assert any(f"{archive.name}: sha256 is " in problem for problem in problems_of(export))
    archive.write_bytes(content[:-7])
    assert problems_of(export) == [
        f"{archive.name} has {len(content) - 7} bytes, the manifest says {len(content)}"
    ]
    archive.unlink()
    assert problems_of(export) == [f"{archive.name} is missing"]


def count_more(manifest: Json) -> None:
    manifest["counts"]["annotations"] += 1


def more_in_the_zip(manifest: Json) -> None:
    manifest["zip"]["records"] += 1


def other_member(manifest: Json) -> None:
    manifest["zip"]["member"] = "else.json"


def shorter(manifest: Json) -> None:
    manifest["shards"][0]["maxLineBytes"] -= 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (count_more, "counts.annotations is "),
        (more_in_the_zip, "number of records is 21, the manifest says 22"),
        (other_member, "first member is data.json, the manifest says else.json"),
        (shorter, "data/assets.json: longest line is "),
    ],
)
def test_a_manifest_that_says_something_else_is_found(
    change: Callable[[Json], None], problem: str, export: Path
) -> None:
    manifest = manifest_of(export)
    change(manifest)
    replace_manifest(export, manifest)
    (found,) = problems_of(export)
    assert problem in found
