"""Parquet tables give the export that NDJSON tables of the same records give."""

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from end_to_end.exports import (
    EVERYTHING,
    Json,
    export_here,
    manifest_of,
    records_of,
    settings,
    shard_hashes,
    tables_in,
    write_lines,
)
from framehaul.pipelines.sample.sample_tables import sample_records


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same records in the folders ``plain`` and ``parquet``, the latter in some row groups."""
    folder = tmp_path_factory.mktemp("tables")
    tasks, history = [], []
    for sampled, left in sample_records(70, 1, 40, 3, seed=5):
        task, visits = orjson.loads(orjson.dumps([sampled, list(left)]))
        tasks += [task, {**task, "taskId": f"{task['taskId']}-2", "stage": "Review"}]
        history += visits
    write_both(folder, "tasks", tasks)
    write_both(folder, "stage-history", history)
    return folder


@pytest.mark.parametrize("export", [EVERYTHING, {"stages": ["Review"]}], ids=["everything", "few rows"])
def test_parquet_with_json_text_gives_the_same_bytes(tables: Path, tmp_path: Path, export: Json) -> None:
    """Also where the payload of most rows is never read, since they are not selected."""
    plain, parquet = (exported(tables / kind, tmp_path / kind, export) for kind in ("plain", "parquet"))
    assert shard_hashes(parquet) == shard_hashes(plain)
    assert manifest_of(parquet)["counts"] == manifest_of(plain)["counts"]
    assert len(shard_hashes(plain)) > 2
    assert records_of(plain)


def exported(tables: Path, output: Path, export: Json) -> Path:
    config = settings(tables_in(tables), output, output={"shard_bytes": "32kB"})
    return export_here({**config, "export": export})


def write_both(folder: Path, name: str, records: list[Json]) -> None:
    write_lines(folder / "plain" / f"{name}.ndjson", [orjson.dumps(record) for record in records])
    (folder / "parquet").mkdir(exist_ok=True)
    pq.write_table(text_columns(records), folder / "parquet" / f"{name}.parquet", row_group_size=50)


def text_columns(records: list[Json]) -> pa.Table:
    """One column a key; lists and objects as JSON text."""
    rows = [{key: as_cell(value) for key, value in record.items()} for record in records]
    names = sorted({key for row in rows for key in row})
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def as_cell(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


NATIVE: list[Json] = [
    {
        "taskId": f"t{number}",
        "stage": "Complete",
        "assetId": f"a{number}",
        "batches": ["b"] * (number % 3),
        "metadata": {"width": 640, "height": 480 + number},
        "updatedAt": 1_714_636_800_000 + number,
        "duration": number,
        "answer": {
            "tools": [
                {"title": "Car", "bounding-box": {"x": 1.5, "y": 2.0, "width": number / 8, "height": 4.25}}
            ],
            "classifications": [{"title": "Weather", "answer": "\u96e8"}],
            "relations": [],
        },
    }
    for number in range(30)
]


def test_parquet_with_native_nested_columns_gives_the_same_records(tmp_path: Path) -> None:
    """Without nulls inside: a native struct has every field that any row has, so null and absent are one."""
    write_lines(tmp_path / "plain" / "tasks.ndjson", [orjson.dumps(record) for record in NATIVE])
    (tmp_path / "parquet").mkdir()
    pq.write_table(pa.Table.from_pylist(NATIVE), tmp_path / "parquet" / "tasks.parquet", row_group_size=7)
    plain, parquet = (
        export_here(settings({"tasks": f"{tmp_path}/{kind}/*"}, tmp_path / "exports"), kind)
        for kind in ("plain", "parquet")
    )
    assert records_of(parquet) == records_of(plain)
    assert len(records_of(plain)) == 30
