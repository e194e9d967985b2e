"""A short, seeded ``scripts/chaos``, and that its judge is no friend of the program."""

import argparse
import importlib
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from end_to_end.exports import export_here, settings, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)


def module(name: str) -> Any:
    return importlib.import_module(f"chaos_suite.{name}")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Tables, and what becomes of them when nobody is killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write_sample(folder / "tables", tasks=100, videos=1, frames=60, objects=2, seed=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPTS)
        return folder / "tables", module("main").undisturbed(["small shards"], folder / "tables", folder)


@pytest.mark.parametrize(
    ("name", "server", "kills"),
    [("local", None, 2), ("s3", "seaweed", 1), ("gcs", "gcs", 1), ("azure", "azure", 1)],
    ids=["disk", "S3", "Google", "Azure"],
)
def test_exports_that_are_killed_and_resumed_are_those_that_nobody_disturbed(  # noqa: PLR0913, PLR0917 - a row each
    request: pytest.FixtureRequest,
    undisturbed: tuple[Path, Any],
    tmp_path: Path,
    name: str,
    server: str | None,
    kills: int,
) -> None:
    if server is not None:
        request.getfixturevalue(server)
    tables, references = undisturbed
    arguments = argparse.Namespace(kills=kills, fault_rate=0.1, early=0.0, failing=1.0)
    chance = random.Random(f"20261122 {name}")
    figures = module("main").lives_at(name, arguments, chance, references, tables, tmp_path)
    assert figures.problems == []
    assert figures.is_good
    assert figures.kills.total() == kills
    assert figures.runs >= kills  # a kill may come right after the manifest
    assert bool(figures.faults) == (name != "local")
    assert f"| {name} | " in module("figures").table([figures])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables, and with one export of them."""
    folder = tmp_path_factory.mktemp("judged")
    write_sample(folder / "tables", tasks=30, videos=0, frames=1, objects=1, seed=1)
    export_here(settings(tables_in(folder / "tables"), folder / "exports", output={"shard_bytes": "20kB"}))
    return folder


@pytest.fixture
def judged(whole: Path, tmp_path: Path) -> tuple[Any, Any, Path]:
    """A judge before an export ``x`` that may be damaged, what it must be, and its folder."""
    folder = shutil.copytree(whole, tmp_path / "judged")
    (folder / "tmp").mkdir()
    with module("places").place("local", folder, folder / "tables") as here:
        expected = module("reference").Reference("small", 1.0, *module("reference").contents(here, "x"))
        judge = module("judging").Judge(here, folder / "tmp", module("figures").Figures("local"))
    return judge, expected, folder / "exports" / "x"


def damages_of(judge: Any, expected: Any) -> dict[str, int]:
    """Everything that a judge counts, where it is not zero."""
    judge.after_kill("x")
    judge.after_clean("x", judge.at_the_end("x", expected))
    judge.after_last_clean()
    names = ("lost", "twice", "half", "changed", "orphans")
    return {name: count for name in names if (count := getattr(judge.figures, name))}


def test_a_whole_export_is_good(judged: tuple[Any, Any, Path]) -> None:
    judge, expected, _ = judged
    assert damages_of(judge, expected) == {}
    assert judge.figures.is_good


def test_a_lost_record_is_counted(judged: tuple[Any, Any, Path]) -> None:
    judge, expected, export = judged
    shard = sorted((export / "data").iterdir())[0]
    shard.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[1:]))
    found = damages_of(judge, expected)
    assert (found["lost"], found["changed"]) == (1, 1)
    assert found["half"] > 0
    assert not judge.figures.is_good


def test_a_record_that_is_there_twice_is_counted(judged: tuple[Any, Any, Path]) -> None:
    judge, expected, export = judged
    shard = sorted((export / "data").iterdir())[0]
    shutil.copy(shard, export / "data" / "assets-00099-of-00100.ndjson")
    found = damages_of(judge, expected)
    assert (found["twice"], found["changed"]) == (len(shard.read_bytes().splitlines()), 1)


def test_an_export_without_a_shard_is_a_half_one(judged: tuple[Any, Any, Path]) -> None:
    judge, _, export = judged
    sorted((export / "data").iterdir())[0].unlink()
    judge.after_kill("x")
    assert judge.figures.half == 1


def test_a_pointer_to_what_is_not_there_is_a_half_export(judged: tuple[Any, Any, Path]) -> None:
    judge, _, export = judged
    (export / "manifest.json").unlink()
    judge.after_kill("x")
    assert judge.figures.half == 1


@pytest.mark.parametrize(
    "left", ["exports/x/.README.part", "exports/x/.framehaul/run.json", "tmp/framehaul-1/blocks.spill"]
)
def test_what_is_left_after_clean_is_counted(judged: tuple[Any, Any, Path], left: str) -> None:
    judge, expected, export = judged
    path = export.parents[1] / left
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert damages_of(judge, expected) == {"orphans": 1}
