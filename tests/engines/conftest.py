"""One engine of processes for all tests that want one, and a project to export."""

import random
from collections.abc import Iterator

import pytest

from end_to_end.exports import Json, settings, tables_in, write_lines
from engines.cluster import Cluster, cluster
from framehaul.pipelines.sample.sample_tables import write_sample


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("engine")) as found:
        yield found


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The config of an export with short and long records, tasks in any order, and some that are set aside."""
    folder = tmp_path_factory.mktemp("project")
    write_sample(folder, tasks=150, videos=2, frames=120, objects=2, seed=11)
    (tasks,) = folder.glob("tasks*")
    lines = [*tasks.read_bytes().splitlines(), b"not json", b"{}", b"[]"]
    random.Random(3).shuffle(lines)
    write_lines(tasks, lines)
    return settings(
        tables_in(folder),
        folder / "exports",
        output={"shard_bytes": "60kB", "max_line_bytes": "20kB"},
        limits={"max_dead_letters": 3},
    )
