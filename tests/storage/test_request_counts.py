"""How many requests an export sends to its store: the figures of scripts/README.md, "Requests"."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from end_to_end.exports import settings
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from storage.fault_proxy import fault_proxy
from storage.stores import Store, store_of


def requests_of(store: Store, tables: Path, shard_bytes: str) -> tuple[int, Counter[str]]:
    """Shards of a small export, and how many requests of each kind it has sent.

    Renewals of its claim are left out: how many there are follows from how long it takes.
    """
    bucket, found = store.new_bucket(), Counter[str]()
    for path in tables.iterdir():
        store.filesystem().put_file(str(path), f"{bucket.partition('://')[2]}/in/{path.name}")
    with fault_proxy(store.options["endpoint_url"]) as proxy:

        def choose(method: str, path: str) -> None:
            if not (method == "PUT" and ".framehaul/claims/" in path):
                found["LIST" if "list-type" in path else method] += 1

        proxy.choose = choose
        source = {"tasks": f"{bucket}/in/tasks-*", "stage_history": f"{bucket}/in/stage-history-*"}
        storage = {"s3": {**store.options, "endpoint_url": proxy.endpoint_url}}
        config = settings(source, f"{bucket}/out", storage=storage, output={"shard_bytes": shard_bytes})
        manifest = run(check_config(config, "the config"), "x")
    return len(manifest.shards), found


@pytest.fixture(scope="module")
def counted(seaweed: Any, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, Counter[str]]]:
    store, tables = store_of("seaweed", seaweed), tmp_path_factory.mktemp("tables")
    os.environ.update(store.environment)
    write_sample(tables, tasks=60, videos=0, frames=1, objects=0, seed=4)
    return [requests_of(store, tables, shard_bytes) for shard_bytes in ("64MiB", "40kB")]


def test_a_shard_takes_two_puts_a_look_and_a_delete(counted: list[tuple[int, Counter[str]]]) -> None:
    (one, few), (many, more) = counted
    assert one == 1
    assert many > 5
    per_shard = {kind: (more[kind] - few[kind]) / (many - one) for kind in more}
    assert per_shard == {"PUT": 2, "HEAD": 1, "DELETE": 1, "GET": 0, "LIST": 0}


def test_all_else_is_a_few_dozen_requests(counted: list[tuple[int, Counter[str]]]) -> None:
    (shards, found), _ = counted
    fixed = found - Counter({"PUT": 2 * shards, "HEAD": shards, "DELETE": shards})
    fixed["GET"] -= 2  # one for each input file; in general one for every 4 MiB
    assert fixed["PUT"] + fixed["LIST"] <= 30
    assert fixed["GET"] + fixed["HEAD"] <= 30
    assert fixed["DELETE"] <= 6
