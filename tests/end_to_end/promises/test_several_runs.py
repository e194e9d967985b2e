"""Runs beside each other and after each other: none disturbs another."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from end_to_end.command import write_config
from end_to_end.exports import Json, export_here, settings, shard_hashes, tables_in
from end_to_end.running_export import RunningExport
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.storage.object_store import ObjectStore

SECTIONS: Json = {"output": {"shard_bytes": "40kB"}, "runner": {"workers": 2}}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=80, videos=1, seed=6)
    return folder


@pytest.fixture(scope="module")
def expected(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    config = settings(tables_in(tables), tmp_path_factory.mktemp("alone"), **SECTIONS)
    return shard_hashes(export_here({**config, "runner": {}}))


def test_two_runs_at_once_into_one_folder(tmp_path: Path, tables: Path, expected: dict[str, str]) -> None:
    exports = tmp_path / "exports"
    path = write_config(tmp_path / "export.yaml", settings(tables_in(tables), exports, **SECTIONS))
    runs = [RunningExport(tmp_path, path, exports, name) for name in ("one", "two")]
    assert [run.exit_code() for run in runs] == [0, 0]
    for run in runs:
        assert shard_hashes(run.export) == expected
        assert verify_export(ObjectStore(str(run.export))) == []
        assert list(run.temporary.iterdir()) == []
    assert json.loads((exports / "latest.json").read_bytes())["exportId"] in ("one", "two")


def test_of_two_runs_at_once_with_one_name_one_wins_and_the_other_says_so(
    tmp_path: Path, tables: Path, expected: dict[str, str]
) -> None:
    exports = tmp_path / "exports"
    path = write_config(tmp_path / "export.yaml", settings(tables_in(tables), exports, **SECTIONS))
    runs = [RunningExport(tmp_path, path, exports, "x", *flags) for flags in ([], ["--resume"])]
    codes = [run.exit_code() for run in runs]
    assert sorted(codes) == [0, 1], [run.log() for run in runs]
    assert f"{exports}/x is held by another run: process " in runs[codes.index(1)].log()
    assert shard_hashes(exports / "x") == expected
    assert verify_export(ObjectStore(str(exports / "x"))) == []
    assert not (exports / "x" / ".framehaul").exists()
    assert [list(run.temporary.iterdir()) for run in runs] == [[], []]


def test_two_selections_of_one_project_at_once_do_not_mix(tmp_path: Path, tables: Path) -> None:
    """The platform makes one file for a project, which exports at the same time may mix; here each has a folder."""
    exports = tmp_path / "exports"
    runs = {}
    for name, stages in SELECTIONS.items():
        sections = {**SECTIONS, "export": {"stages": stages}, "output": {"format": "json", "zip": True}}
        config = settings(tables_in(tables), exports, **sections)
        runs[name] = RunningExport(tmp_path, write_config(tmp_path / f"{name}.yaml", config), exports, name)
    assert [run.exit_code() for run in runs.values()] == [0, 0]
    for name, stages in SELECTIONS.items():
        records = json.loads((exports / name / "data" / "assets.json").read_bytes())
        (archive,) = (exports / name).glob("*.zip")
        with zipfile.ZipFile(archive) as opened:
            assert json.loads(opened.read("data.json")) == records
        assert {record["task"]["stage"] for record in records} == set(stages)
        assert verify_export(ObjectStore(str(exports / name))) == []


SELECTIONS = {"complete": ["Complete"], "others": ["Review", "Label"]}

RUN_TWICE = """
import pathlib, sys
from framehaul.pipelines.config.config_file import load_config
from framehaul.pipelines.run import run
for export_id in ("first", "second"):
    run(load_config(pathlib.Path(sys.argv[1])), export_id)
"""


def test_one_process_runs_several_exports_with_workers(
    tmp_path: Path, tables: Path, expected: dict[str, str]
) -> None:
    """As a notebook or a scheduler does; each run forks its workers anew."""
    path = write_config(
        tmp_path / "export.yaml", settings(tables_in(tables), tmp_path / "exports", **SECTIONS)
    )
    command = [sys.executable, "-c", RUN_TWICE, str(path)]
    subprocess.run(command, check=True, timeout=30)
    for name in ("first", "second"):
        assert shard_hashes(tmp_path / "exports" / name) == expected
