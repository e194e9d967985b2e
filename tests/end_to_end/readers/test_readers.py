"""Do the field's own readers load an export, whole, the way its README.md says?

Each reader runs once, as a judge in its own environment (``tests/judges``),
and reads all exports; what it made of them is compared with the lines of the
shards. A reader that drops a field, a row or a record without a word has not
loaded the export.
"""

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from judges.fingerprint import croissant_index, fingerprint, index_fingerprint
from judges.handmade_exports import EXPORTS, lines_of, write_export

ROOT = Path(__file__).parents[3]
JUDGES = ROOT / "tests" / "judges"
PYTHON = ROOT / ".venv-judges" / "bin" / "python"

# Exports of the real job, over generated tables; the others are written by hand, one for every trouble.
KINDS = {"legacy": {"generation": "legacy"}, "issues": {"type": "issue"}}
RUNS: dict[str, dict[str, str]] = {
    "run-none": {},
    "run-gzip": {"compression": "gzip"},
    "run-zstd": {"compression": "zstd"},
    "run-assets": {"split_by": "asset"},
    "run-one-gzip": {"format": "ndjson", "compression": "gzip"},
    "run-one-zstd": {"format": "ndjson", "compression": "zstd"},
    "run-array": {"format": "json"},
    "legacy-none": {},
    "legacy-one": {"format": "ndjson"},
    "legacy-array": {"format": "json"},
    "issues-gzip": {"compression": "gzip"},
    "issues-one": {"format": "ndjson"},
    "issues-array": {"format": "json"},
}
ARRAYS = [name for name in RUNS if name.endswith("array")]
ALL = [*EXPORTS, *RUNS]
V3 = [name for name in ALL if name.partition("-")[0] not in KINDS]
READERS = ["huggingface", "duckdb", "polars", "pyarrow", "pandas"]
REFUSED_BY_NATURE = {
    ("pyarrow", "no records"),
    *(("croissant", name) for name in ("zstd", "run-zstd", "run-one-zstd", *ARRAYS)),
    *((reader, name) for reader in ("polars", "pyarrow") for name in ARRAYS),
}

# What plain defaults make of an export, where that is everything. See transforms/cards/dataset_card.py.
COMPLETE_BY_DEFAULT = [
    *(("duckdb", "defaults", name) for name in V3 if name not in {"late key", "run-array", "run-assets"}),
    *(("pandas", "defaults", name) for name in V3 if name not in {"awkward", "run-array"}),
    ("polars", "defaults", "uniform"),
    ("pyarrow", "defaults", "uniform"),
    ("pyarrow", "dataset defaults", "uniform"),
]


@pytest.fixture(scope="session")
def export_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every export, written out once, and two that are damaged."""
    root = tmp_path_factory.mktemp("exports")
    for name in EXPORTS:
        write_export(root / name, name)
    tables = tmp_path_factory.mktemp("tables")
    write_sample(tables, tasks=150, videos=1, frames=50, legacy=True, issues=100)
    for name, output in RUNS.items():
        _run_export(tables, root, name, output)
    _lose_the_last_shard(shutil.copytree(root / "everything", root / "without a shard"))
    _change_a_shard(shutil.copytree(root / "uniform", root / "changed"))
    return {path.name: path for path in root.iterdir() if path.is_dir()}


def _lose_the_last_shard(export: Path) -> None:
    sorted((export / "data").iterdir())[-1].unlink()


def _change_a_shard(export: Path) -> None:
    shard = export / "data" / "assets-00001-of-00003.ndjson"
    shard.write_bytes(shard.read_bytes().replace(b'"Car"', b'"car"', 1))


def _run_export(tables: Path, output: Path, name: str, form: dict[str, str]) -> None:
    settings = {
        "export": {"stages": ["*"], "task_types": ["*"], **KINDS.get(name.partition("-")[0], {})},
        "source": {
            "tasks": f"{tables}/tasks-*",
            "stage_history": f"{tables}/stage-history-*",
            "issues": f"{tables}/issues-*",
        },
        "output": {"url": str(output), "shard_bytes": "250kB", **form},
    }
    run(check_config(settings, name), export_id=name)


@pytest.fixture(params=ALL)
def export_folder(request: pytest.FixtureRequest, export_folders: dict[str, Path]) -> Path:
    return export_folders[request.param]


@pytest.fixture(scope="session")
def judged(export_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """``judged(reader)``: what one reader made of the exports, ``{export: {reading: verdict}}``."""
    cache = tmp_path_factory.mktemp("cache")

    @functools.cache
    def verdicts(reader: str) -> dict[str, Any]:
        printed = _run(
            JUDGES / f"judge_{reader}.py", [str(folder) for folder in export_folders.values()], cache
        )
        return {Path(folder).name: verdict for folder, verdict in json.loads(printed).items()}

    return verdicts


def _run(judge: Path, arguments: list[str], cache: Path) -> str:
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON.relative_to(ROOT)} is missing: run scripts/test, which creates it")
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    caches = {"HF_HOME": str(cache), "CROISSANT_CACHE": str(cache)}
    finished = subprocess.run(
        [str(PYTHON), str(judge), *arguments],
        env={**os.environ, **offline, **caches},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def _records(folder: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in lines_of(folder)]


@functools.cache  # every reader is measured against it
def _truth(folder: Path) -> dict[str, Any]:
    return fingerprint(_records(folder))


@pytest.mark.parametrize("reader", READERS)
def test_the_lines_of_the_card_load_every_record_whole(reader, export_folder, judged):
    verdict = judged(reader)[export_folder.name]["card"]
    if (reader, export_folder.name) in REFUSED_BY_NATURE:
        assert "the card says nothing" in verdict["refused"]
    else:
        assert verdict == _truth(export_folder)


@pytest.mark.parametrize(("reader", "reading", "name"), COMPLETE_BY_DEFAULT)
def test_plain_defaults_load_every_record_whole(reader, reading, name, export_folders, judged):
    assert judged(reader)[name][reading] == _truth(export_folders[name])


def test_hugging_face_refuses_a_copy_without_one_of_its_shards(judged):
    verdict = judged("huggingface")["without a shard"]["card"]
    assert "NonMatchingSplitsSizesError" in verdict["refused"]
    assert "num_examples=44" in verdict["refused"]


def test_the_croissant_description_is_valid_and_gives_no_warning(export_folder, judged):
    verdict = judged("croissant")[export_folder.name]["validate"]
    assert verdict == {"errors": [], "warnings": [], "logged": []}


def test_croissant_readers_verify_every_shard(export_folder, judged):
    verdict = judged("croissant")[export_folder.name]["checksums"]
    assert verdict["verified"] == sorted(path.name for path in (export_folder / "data").iterdir())


def test_croissant_readers_refuse_a_changed_shard(judged):
    verdict = judged("croissant")["changed"]
    assert "assets-00001-of-00003.ndjson is not identical" in verdict["checksums"]["refused"]


def test_the_croissant_records_are_the_index_of_all_records(export_folder, judged):
    verdict = judged("croissant")[export_folder.name]["card"]
    if ("croissant", export_folder.name) in REFUSED_BY_NATURE:
        assert "the card says nothing" in verdict["refused"]
        return
    records = _records(export_folder)
    if export_folder.name == "awkward":  # mlcroissant takes file names that look like numbers for numbers
        assert (verdict["records"], verdict["task ids"]) == (len(records), fingerprint(records)["task ids"])
    else:
        assert verdict == index_fingerprint(croissant_index(record) for record in records)
