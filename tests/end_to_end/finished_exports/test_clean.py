"""What dead runs have left is found and removed; what is of the living, or of somebody else, is not touched."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from end_to_end.command import assert_refused, framehaul
from end_to_end.exports import Json, export_here, manifest_of, settings, tables_in
from end_to_end.unfinished_exports import export_without_manifest
from framehaul.pipelines.exports.clean import Cleaning, Found
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.runs.claims import LEASE_S, hold_folder
from framehaul.transforms.storage.object_store import ObjectStore


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports ``whole`` and ``killed``, the latter without manifest."""
    folder = tmp_path_factory.mktemp("clean")
    write_sample(folder / "tables", tasks=20, videos=0, seed=3)
    config: Json = settings(tables_in(folder / "tables"), folder / "exports")
    export_without_manifest(config, "killed")
    export_here(config, "whole")
    return folder / "exports"


@pytest.fixture
def exports(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy; temporary files go elsewhere, where nobody else's are."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return shutil.copytree(original, tmp_path / "exports")


def clean(exports: Path, *, unfinished: bool = False, dry_run: bool = False) -> list[Found]:
    return list(Cleaning(ObjectStore(str(exports)), unfinished=unfinished, dry_run=dry_run).found())


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(found: list[Found]) -> list[tuple[str, str, bool]]:
    return [(each.what, Path(each.where).name, each.removed) for each in found]


def test_an_unfinished_export_is_told_and_only_removed_when_that_is_asked_for(exports: Path) -> None:
    before = files_of(exports)
    (found,) = clean(exports)
    assert told([found]) == [("unfinished export", "killed", False)]
    assert "--resume" in found.reason
    assert files_of(exports) == before
    assert told(clean(exports, unfinished=True, dry_run=True)) == [("unfinished export", "killed", True)]
    assert files_of(exports) == before
    (exports / "killed" / "notes.txt").write_bytes(b"of somebody else")
    assert told(clean(exports, unfinished=True)) == [("unfinished export", "killed", True)]
    assert files_of(exports / "killed") == {"notes.txt": b"of somebody else"}
    assert verify_export(ObjectStore(str(exports / "whole"))) == []
    assert clean(exports, unfinished=True) == []


def test_nothing_remains_of_an_export_that_is_removed(exports: Path) -> None:
    clean(exports, unfinished=True)
    assert sorted(path.name for path in exports.iterdir()) == ["latest.json", "whole"]


def test_what_is_of_the_living_is_not_touched(exports: Path) -> None:
    with hold_folder(ObjectStore(str(exports / "killed"))):
        part = exports / "killed" / "data" / ".assets-00000-of-00002.ndjson.x1.part"
        part.write_bytes(b"being written")
        before = files_of(exports)
        for dry_run in (True, False):
            (found,) = clean(exports, unfinished=True, dry_run=dry_run)
            assert told([found]) == [("unfinished export", "killed", False)]
            assert f"held by another run: process {os.getpid()}" in found.reason
        assert files_of(exports) == before


WRITE_AND_DIE = """
import os, sys
from framehaul.transforms.runs.claims import hold_folder
from framehaul.transforms.storage.object_store import ObjectStore
with hold_folder(ObjectStore(sys.argv[1])):
    os.kill(os.getpid(), 9)
"""


def test_temporary_files_and_claims_of_the_dead_are_removed(exports: Path) -> None:
    (exports / "latest").mkdir()
    (exports / "latest" / "p1.json").write_bytes(b"{}")
    before = files_of(exports)
    for name in ("killed", "claimed"):
        subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(exports / name)], check=False)
    for path in (
        ".latest.json.x1.part",
        "whole/data/.assets-0.x2.part",
        "killed/.framehaul/.run.json.x3.part",
    ):
        (exports / path).write_bytes(b"half")
    os.utime(exports / ".latest.json.x1.part", (1, 1))
    (exports / "latest" / ".p1.json.x4.part").write_bytes(b"half")
    for name in ("p1.json", ".p1.json.x4.part"):
        os.utime(exports / "latest" / name, (1, 1))
    (exports / ".framehaul-check-0123456789ab").mkdir()
    (exports / ".framehaul-check-0123456789ab" / "probe").touch()
    os.utime(exports / ".framehaul-check-0123456789ab" / "probe", (1, 1))
    found = clean(exports)
    assert sorted(told(found)) == [
        ("records of a run", "claimed", True),
        ("temporary file", ".assets-0.x2.part", True),
        ("temporary file", ".latest.json.x1.part", True),
        ("temporary file", ".p1.json.x4.part", True),
        ("temporary file", ".run.json.x3.part", True),
        ("temporary file", "probe", True),
        ("unfinished export", "killed", False),
    ]
    assert files_of(exports) == before
    assert sorted(path.name for path in exports.iterdir()) == ["killed", "latest", "latest.json", "whole"]


def test_what_may_be_of_the_living_or_of_somebody_else_stays(exports: Path) -> None:
    (exports / ".latest.json.x1.part").write_bytes(b"half")
    (exports / "somebody-elses").mkdir()
    (exports / "somebody-elses" / "data").mkdir()
    for name in ("assets-1.png", ".video.part"):
        (exports / "somebody-elses" / "data" / name).touch()
    before = files_of(exports)
    clean(exports, unfinished=False)
    assert files_of(exports) == before
    assert LEASE_S > 60


def test_what_a_run_left_undone_after_its_manifest_is_done(exports: Path, original: Path) -> None:
    """Killed between the manifest and ``latest.json``."""
    shutil.move(exports / "killed" / ".framehaul", exports / "whole" / ".framehaul")
    (exports / "latest.json").unlink()
    assert verify_export(ObjectStore(str(exports / "whole"))) == []
    assert told(clean(exports)) == [("records of a run", ".framehaul", True)]
    assert json.loads((exports / "latest.json").read_bytes())["exportId"] == "whole"
    assert files_of(exports / "whole") == files_of(original / "whole")
    assert manifest_of(exports / "whole")["exportId"] == "whole"


def lines_of(finished: Any) -> list[Json]:
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_the_command_tells_what_it_found(exports: Path) -> None:
    as_json = orjson.loads(framehaul("clean", exports, "--unfinished", "--dry-run", "--json").stdout)
    assert [(row["what"], row["state"]) for row in as_json["found"]] == [
        ("unfinished export", "would be removed")
    ]
    as_table = framehaul("clean", exports)
    assert "unfinished export" in as_table.stdout
    assert "kept: `framehaul run" in as_table.stdout
    framehaul("clean", exports, "--unfinished")
    nothing = framehaul("clean", exports)
    assert (nothing.returncode, nothing.stdout) == (0, f"{exports}: nothing to clean\n")


def test_a_store_that_is_not_there_is_a_clear_error() -> None:
    nobody = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }
    assert_refused(
        framehaul("clean", "s3://bucket/exports", environment=nobody), 1, "could not list s3://bucket"
    )
