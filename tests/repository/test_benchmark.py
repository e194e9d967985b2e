"""A comparison with others is worth nothing once they do another job."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("table_format", ["ndjson", "parquet"])
def test_everybody_in_the_benchmark_writes_the_same_records(table_format, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    sample_tables = importlib.import_module("benchmarks.sample_tables")
    same_records = importlib.import_module("benchmarks.same_records")
    tables = sample_tables.sample(tmp_path, 60, table_format)
    same_records.refuse_other_records(tables, table_format)
