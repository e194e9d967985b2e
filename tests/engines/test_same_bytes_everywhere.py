"""Promise 2 on engines: the same input gives byte-identical shards, whoever runs the pipeline."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from end_to_end import small_budgets
from end_to_end.command import write_config
from end_to_end.exports import Json, export_here, manifest_of, settings, shard_hashes
from engines.cluster import Cluster
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.storage.object_store import ObjectStore


@pytest.fixture(scope="module")
def expected(project: Json) -> Path:
    """The export by the launching process alone."""
    exported = export_here(project, "expected")
    manifest = manifest_of(exported)
    assert len(manifest["shards"]) > 5
    assert manifest["longAssets"]
    assert manifest["deadLetters"]["count"] == 3
    return exported


def config_for(project: Json, output: Path, runner: Json) -> Json:
    sections = {name: content for name, content in project.items() if name not in {"source", "export"}}
    sections["output"] = {**sections["output"], "url": str(output)}
    return settings(project["source"], output, **sections, runner=runner)


def assert_same(exported: Path, expected: Path) -> None:
    assert shard_hashes(exported) == shard_hashes(expected)
    letters = "dead-letters.ndjson"
    assert (exported / letters).read_bytes() == (expected / letters).read_bytes()
    found, known = manifest_of(exported), manifest_of(expected)
    for key in ("source", "counts", "annotationsByTitle", "shards", "longAssets", "deadLetters"):
        assert found[key] == known[key]


@pytest.mark.parametrize("workers", [1, 2])
def test_direct_with_worker_processes(workers: int, project: Json, expected: Path, tmp_path: Path) -> None:
    path = write_config(tmp_path / "x.yaml", config_for(project, tmp_path, {"workers": workers}))
    command = [sys.executable, small_budgets.__file__, str(path), "x", "TINY"]
    subprocess.run(command, check=True, timeout=120)
    assert_same(tmp_path / "x", expected)


class Way(NamedTuple):
    """Who works, and how blocks travel."""

    environment: str
    exchange: str
    budgets: str | None


WAYS = [
    Way("LOOPBACK", "auto", "TINY"),
    Way("LOOPBACK", "inline", None),
    Way("EXTERNAL", "auto", "TINY"),
    Way("EXTERNAL", "inline", None),
    Way("EXTERNAL", "a folder", "TINY"),
]


@pytest.fixture
def exchange_folder(tmp_path: Path) -> Path:
    (tmp_path / "exchange").mkdir()
    return tmp_path / "exchange"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.environment} {way.exchange}")
def test_the_portable_job_service(  # noqa: PLR0913, PLR0917 - one fixture each
    way: Way,
    engine: Cluster,
    project: Json,
    expected: Path,
    exchange_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, size in small_budgets.BUDGETS.get(way.budgets or "", {}).items():
        monkeypatch.setattr(name, size)
    exchange = str(exchange_folder) if way.exchange == "a folder" else way.exchange
    runner = {"name": "portable", "exchange": exchange, "options": engine.options(way.environment)}
    exported = export_here(config_for(project, exchange_folder.parent / "exports", runner))
    assert_same(exported, expected)
    assert verify_export(ObjectStore(str(exported))) == []
    assert list(exchange_folder.iterdir()) == [], "what was on its way is gone"
