"""Whole exports that several tests look at, or damage a copy of."""

import shutil
from pathlib import Path

import pytest

from end_to_end.exports import export_here, settings, tables_in, write_lines
from framehaul.pipelines.sample.sample_tables import write_sample

COMPRESSIONS = ["none", "gzip", "zstd"]


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An export of some shards with three dead letters, for each compression."""
    folder = tmp_path_factory.mktemp("whole")
    write_sample(folder / "tables", tasks=40, videos=1, frames=30, objects=2, seed=2)
    write_lines(folder / "tables" / "tasks-broken.ndjson", [b"{", b"[]", b"\xff"])
    limits = {"max_dead_letters": 3}
    return {
        compression: export_here(
            settings(
                tables_in(folder / "tables"),
                folder / "exports",
                output={"compression": compression, "shard_bytes": "60kB"},
                limits=limits,
            ),
            compression,
        )
        for compression in COMPRESSIONS
    }


@pytest.fixture(params=COMPRESSIONS)
def export(request: pytest.FixtureRequest, exports: dict[str, Path], tmp_path: Path) -> Path:
    """A copy that the test may damage."""
    return shutil.copytree(exports[request.param], tmp_path / "x")
