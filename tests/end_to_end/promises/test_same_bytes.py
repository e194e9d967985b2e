"""Promise 2: the same input gives byte-identical shards, however it comes and whoever does the work."""

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from end_to_end import small_budgets
from end_to_end.command import framehaul, write_config
from end_to_end.exports import (
    Json,
    dead_letters_of,
    export_here,
    manifest_of,
    records_of,
    settings,
    shard_hashes,
    tables_in,
    write_lines,
)
from end_to_end.layouts import LAYOUTS, Lines
from framehaul.pipelines.sample.sample_tables import sample_records

SHARD_BYTES = "24kB"


class Tables(NamedTuple):
    """The lines of both tables."""

    tasks: Lines
    history: Lines


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Tasks with copies that tie, orphans, doubled history and broken lines."""
    chance = random.Random(7)
    tasks, history = [], []
    for task, stages in sample_records(70, 1, 40, 3, seed=5):
        visits = list(stages)
        others = [{**task, "externalId": name} for name in chance.choice(["", "a", "abc"])]
        tasks += [task, *others]
        history += [*visits, *({**visit, "stageId": "other"} for visit in visits[:1])]
    orphans = [{**visit, "taskId": "never read"} for visit in history[:5]]
    broken = [b"not json", b"{}", b'{"taskId":"t","stage":"Complete","x":"\xff"}']
    lines = Tables(as_lines(tasks) + broken, as_lines(history + orphans) + broken)
    chance.shuffle(lines.tasks)
    chance.shuffle(lines.history)
    return lines


def as_lines(records: Sequence[Json]) -> Lines:
    return [orjson.dumps(record) for record in records]


@pytest.fixture(scope="module")
def plain_tables(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two plain files."""
    folder = tmp_path_factory.mktemp("plain")
    write_lines(folder / "tasks.ndjson", tables.tasks)
    write_lines(folder / "stage-history.ndjson", tables.history)
    return folder


@pytest.fixture(scope="module")
def expected(plain_tables: Path) -> Path:
    """The export of two plain files, by the launching process alone."""
    exported = export_here(config_for(plain_tables, plain_tables / "exports"))
    counts = manifest_of(exported)["counts"]
    assert all(counts[name] for name in ("duplicateTasks", "duplicateStageHistory", "orphanStageHistory"))
    assert len(shard_hashes(exported)) > 3
    return exported


def config_for(folder: Path, output: Path, /, **sections: Json) -> Json:
    sections = {"limits": {"max_dead_letters": 1000}, **sections}
    sections["output"] = {"shard_bytes": SHARD_BYTES, **sections.get("output", {})}
    return settings(tables_in(folder), output, **sections)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_of_the_input_does_not_change_the_bytes(
    layout: str, tables: Tables, expected: Path, tmp_path: Path
) -> None:
    for name, lines in (("tasks", tables.tasks), ("stage-history", tables.history)):
        for suffix, content in LAYOUTS[layout](lines).items():
            (tmp_path / f"{name}{suffix}").write_bytes(content)
    exported = export_here(config_for(tmp_path, tmp_path / "exports"))
    assert_same(exported, expected)


def assert_same(exported: Path, expected: Path) -> None:
    assert shard_hashes(exported) == shard_hashes(expected)
    found, known = manifest_of(exported), manifest_of(expected)
    for key in ("counts", "annotationsByTitle", "shards"):
        assert found[key] == known[key]
    assert found["deadLetters"]["byReason"] == known["deadLetters"]["byReason"]
    assert content_of_dead_letters(exported) == content_of_dead_letters(expected)


def content_of_dead_letters(export: Path) -> list[tuple[str, str, str]]:
    """All but the place, which is another in every layout."""
    letters = dead_letters_of(export)
    return sorted((letter["table"], letter["reason"], letter["record"].strip()) for letter in letters)


@pytest.mark.parametrize("blocks", ["spilled", "inline"])
def test_sizes_of_pieces_on_the_way_do_not_change_the_bytes(
    blocks: str, plain_tables: Path, expected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in small_budgets.BUDGETS["TINY"].items():
        monkeypatch.setattr(name, size)
    runner = {"exchange": "inline" if blocks == "inline" else "auto"}
    exported = export_here(config_for(plain_tables, tmp_path, runner=runner))
    assert_same(exported, expected)
    dead_letters = "dead-letters.ndjson"
    assert (exported / dead_letters).read_bytes() == (expected / dead_letters).read_bytes()


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_does_not_change_the_bytes(
    workers: int, plain_tables: Path, expected: Path, tmp_path: Path
) -> None:
    config = config_for(plain_tables, tmp_path, runner={"workers": workers})
    path = write_config(tmp_path / "export.yaml", config)
    command = [sys.executable, small_budgets.__file__, str(path), "x", "TINY"]
    subprocess.run(command, check=True, timeout=120)
    assert_same(tmp_path / "x", expected)
    dead_letters = "dead-letters.ndjson"
    assert (tmp_path / "x" / dead_letters).read_bytes() == (expected / dead_letters).read_bytes()


def test_nothing_of_the_process_changes_the_bytes(plain_tables: Path, expected: Path, tmp_path: Path) -> None:
    """Neither the salt of Python's hashes, nor the time zone, the locale or the folder it starts in."""
    path = write_config(tmp_path / "export.yaml", config_for(plain_tables, tmp_path))
    surroundings = {
        "PYTHONHASHSEED": "4242",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONUTF8": "0",
    }
    finished = framehaul("run", path, "--export-id", "x", environment=surroundings, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert_same(tmp_path / "x", expected)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_compressed_shards_are_the_same_bytes_too(
    compression: str, plain_tables: Path, expected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = {"compression": compression}
    first = export_here(config_for(plain_tables, tmp_path, output=output), "first")
    for name, size in small_budgets.BUDGETS["TINY"].items():
        monkeypatch.setattr(name, size)
    second = export_here(config_for(plain_tables, tmp_path, output=output), "second")
    assert shard_hashes(first) == shard_hashes(second)
    assert records_of(first) == records_of(expected)
