"""``framehaul verify``: a whole export passes, and each damage is found and named."""

import json
import shutil
from pathlib import Path

import pytest

from end_to_end.command import framehaul
from end_to_end.exports import manifest_of
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.storage.object_store import ObjectStore


def problems_of(export: Path) -> list[str]:
    return verify_export(ObjectStore(str(export)))


def shard(export: Path, index: int = 1) -> Path:
    return sorted((export / "data").iterdir())[index]


def test_a_whole_export_exits_with_0(export: Path) -> None:
    finished = framehaul("verify", export)
    assert (finished.returncode, finished.stdout) == (0, f"{export} is whole\n")
    as_json = framehaul("verify", f"{export}/", "--json")
    assert as_json.returncode == 0
    assert json.loads(as_json.stdout) == {"url": f"{export}/", "whole": True, "problems": []}


def test_an_export_that_was_moved_is_still_whole(exports: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(exports["none"], tmp_path / "elsewhere" / "renamed")
    assert framehaul("verify", "renamed", cwd=tmp_path / "elsewhere").returncode == 0


def test_a_damage_exits_with_1_and_is_named(export: Path) -> None:
    shard(export).unlink()
    finished = framehaul("verify", export)
    assert finished.returncode == 1
    assert finished.stdout == f"{export} is not whole:\n  - data/{shard_name(export)} is missing\n"
    as_json = framehaul("verify", export, "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout) == {
        "url": str(export),
        "whole": False,
        "problems": [f"data/{shard_name(export)} is missing"],
    }


def shard_name(export: Path) -> str:
    return Path(manifest_of(export)["shards"][1]["path"]).name


@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_a_changed_byte_is_found_wherever_it_is(export: Path, place: float) -> None:
    """Compressed, it may hide in a header that no decompressor looks at."""
    file = shard(export)
    content = bytearray(file.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    file.write_bytes(content)
    problems = problems_of(export)
    assert problems
    assert all(problem.startswith(f"data/{file.name}") for problem in problems)


def test_a_changed_letter_of_a_title_is_found_by_both_checksums(
    exports: dict[str, Path], tmp_path: Path
) -> None:
    export = shutil.copytree(exports["none"], tmp_path / "x")
    file = shard(export)
    file.write_bytes(file.read_bytes().replace(b'"title":"C', b'"title":"c', 1))
    found = [problem.split(" is ")[0] for problem in problems_of(export)]
    assert found == [f"data/{file.name}: sha256", f"data/{file.name}: md5"]


@pytest.mark.parametrize("kept", [0, 0.7])
def test_a_cut_shard_is_found(export: Path, kept: float) -> None:
    file = shard(export)
    content = file.read_bytes()
    size = int(kept * len(content))
    file.write_bytes(content[:size])
    problems = problems_of(export)
    assert problems[0] == f"data/{file.name} has {size} bytes, the manifest says {len(content)}"


def test_an_extra_file_among_the_shards_is_found(export: Path) -> None:
    """Whoever reads ``data/*`` would read it too."""
    shutil.copy(shard(export), export / "data" / "assets-00099-of-00099.ndjson")
    assert problems_of(export) == ["data/assets-00099-of-00099.ndjson is not in the manifest"]


def test_two_shards_that_changed_places_are_found(export: Path) -> None:
    first, second = shard(export, 0), shard(export, 1)
    first.rename(export / "kept")
    second.rename(first)
    (export / "kept").rename(second)
    assert {problem.split(" ")[0].rstrip(":") for problem in problems_of(export)} == {
        f"data/{first.name}",
        f"data/{second.name}",
    }


def test_a_dead_letter_that_is_gone_is_found(export: Path) -> None:
    file = export / "dead-letters.ndjson"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    (problem,) = problems_of(export)
    assert problem.startswith("dead-letters.ndjson has ")
    file.unlink()
    assert problems_of(export) == ["dead-letters.ndjson is missing"]
