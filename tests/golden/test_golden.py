"""A small project with one of everything, and every byte that its export must have.

The input is written by hand: an image with two copies of its task and a
consensus task, a scan of two pages in the dialect of a database dump, a video,
a task without anything, one that is not selected, an orphan, and one record for
each of four ways to be broken. The expected lines were checked by hand against
transforms/README.md, "Record", key by key.

A change of any of these bytes costs users: who compares exports sees every
record as changed, who mirrors shards by checksum fetches all of them again, and
who parses a field finds another one. If it has to be, it is a new version that
says so first. Compressed shards are not here: their bytes belong to the
compression library.
"""

import contextlib
import json
from pathlib import Path

import pytest

from end_to_end.command import framehaul
from end_to_end.exports import export_here, manifest_of, settings, shard_lines

GOLDEN = Path(__file__).parent
EXPECTED = GOLDEN / "expected"
INPUT = {"tasks": "input/tasks.ndjson", "stage_history": "input/stage-history.ndjson"}
SELECTION = {"stages": ["Complete", "Review"], "task_types": ["default", "consensus"]}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = {"shard_bytes": 3000}
    config = settings(
        INPUT, tmp_path_factory.mktemp("exports"), output=output, limits={"max_dead_letters": 4}
    )
    with contextlib.chdir(GOLDEN):  # places of dead letters are written as the config writes them
        return export_here({**config, "export": SELECTION})


def test_the_export_holds_these_files(exported: Path) -> None:
    files = {str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file()}
    shards = {str(path.relative_to(EXPECTED)) for path in (EXPECTED / "data").iterdir()}
    others = {"README.md", "croissant.json", "dead-letters.ndjson", "manifest.json", "manifest.json.sha256"}
    assert files == shards | others
    assert framehaul("verify", exported).returncode == 0


@pytest.mark.parametrize("name", ["assets-00000-of-00002.ndjson", "assets-00001-of-00002.ndjson"])
def test_the_shards_are_these_bytes(exported: Path, name: str) -> None:
    found, expected = (folder / "data" / name for folder in (exported, EXPECTED))
    assert shard_lines(found) == shard_lines(expected)
    assert found.read_bytes() == expected.read_bytes()


def test_the_dead_letters_are_these_bytes(exported: Path) -> None:
    name = "dead-letters.ndjson"
    assert (exported / name).read_bytes() == (EXPECTED / name).read_bytes()


def test_the_manifest_has_these_figures(exported: Path) -> None:
    expected = json.loads((EXPECTED / "figures.json").read_bytes())
    manifest = manifest_of(exported)
    assert {key: manifest[key] for key in expected} == expected


def test_the_manifest_has_these_keys_in_this_order(exported: Path) -> None:
    """What else stands in it is the name, the times, the version and the config."""
    assert list(manifest_of(exported)) == [
        *("formatVersion", "exportId", "tool", "startedAt", "finishedAt", "mode", "config", "source"),
        *("counts", "annotationsByTitle", "shards", "longAssets", "deadLetters", "metrics"),
    ]
