"""The benchmark of forms measures exports that hold every task."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_form_is_measured_on_all_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    sample_tables = importlib.import_module("benchmarks.sample_tables")
    formats = importlib.import_module("benchmarks.formats")
    variants = importlib.import_module("benchmarks.variants")
    folder = sample_tables.sample(tmp_path, 60, "ndjson")
    size = sum(path.stat().st_size for path in folder.iterdir())
    tables = sample_tables.Tables(folder, "ndjson", 60, size, size)
    (tmp_path / "scratch").mkdir()
    forms = [form for form in formats.FORMS if form.name == "json and zip"]
    costs = variants.Turns(forms, tmp_path / "scratch", 8 << 30, rounds=1, rest_s=0).costs([tables])
    table = variants.variants_table(costs, 1, 0).splitlines()
    assert table[2].split(" | ")[1] == "json and zip"
    assert "= **1.00**" in table[2]
