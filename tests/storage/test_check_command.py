"""``framehaul check`` says whether an export can be done; a run does not begin if its target cannot be used."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from end_to_end.command import assert_refused, framehaul, write_config
from end_to_end.exports import Json, settings, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample
from storage.seaweed_server import READER_KEY, SECRET, S3Server
from storage.stores import Store, store_of

STEPS = ["write to", "write on condition to", "read in", "list", "delete in"]


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, str]:
    write_sample(tmp_path / "tables", tasks=5, videos=0, seed=4)
    return tables_in(tmp_path / "tables")


def check(folder: Path, config: Json, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return framehaul("check", write_config(folder / "export.yaml", config), environment=environment)


def test_all_that_an_export_needs_is_tried_and_nothing_is_left(
    store: Store, tables: dict[str, str], tmp_path: Path
) -> None:
    bucket = store.new_bucket()
    url = f"{bucket}/team"
    checked = check(tmp_path, settings(tables, url, storage=store.storage), store.environment)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    lines = checked.stdout.splitlines()
    assert lines[:5] == [f"ok      {step} {url}" for step in STEPS]
    assert [line.split(":")[0] for line in lines[5:]] == ["ok      read tasks", "ok      read stage_history"]
    assert store.objects(bucket).paths("") == []


def test_a_folder_of_this_machine_is_left_empty(tables: dict[str, str], tmp_path: Path) -> None:
    checked = check(tmp_path, settings(tables, tmp_path / "exports"), {})
    assert checked.returncode == 0
    assert [line.partition(" /")[0] for line in checked.stdout.splitlines()[:5]] == [
        f"ok      {step}" for step in STEPS
    ]
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_target_that_may_only_be_read_fails_the_check_and_the_run_before_it_reads(
    seaweed: S3Server, tables: dict[str, str], tmp_path: Path
) -> None:
    store = store_of("seaweed", seaweed)
    url = f"{store.new_bucket()}/team"
    config = settings(tables, url, storage=store.storage)
    environment = {"TEST_S3_KEY": READER_KEY, "TEST_S3_SECRET": SECRET}
    checked = check(tmp_path, config, environment)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert checked.stdout.startswith(
        f"FAILED  write to {url}\n        could not store {url}/.framehaul-check-"
    )
    assert "these credentials may not do that here" in checked.stdout
    assert "ok      read tasks" in checked.stdout, "the tables are tried all the same"
    finished = framehaul("run", tmp_path / "export.yaml", environment=environment)
    assert_refused(finished, 1, f"could not store {url}/.framehaul-check-", "these credentials may not")
    assert "run_started" not in finished.stderr


def test_tables_that_are_not_there_fail_the_check(tmp_path: Path) -> None:
    checked = check(tmp_path, settings({"tasks": f"{tmp_path}/none-*.ndjson"}, tmp_path / "exports"), {})
    assert checked.returncode == 1
    assert "FAILED  read tasks" in checked.stdout
    assert "matches no file" in checked.stdout


HIDDEN = "hunter2-in-a-url"


@pytest.mark.parametrize(
    "sections",
    [
        {"storage": {"s3": {"endpoint_url": f"http://me:{HIDDEN}@127.0.0.1:9"}}},
        {"storage": {"s3": {"client_kwargs": {"endpoint_url": f"http://me:{HIDDEN}@127.0.0.1:9"}}}},
        {"output": {"url": f"s3://me:{HIDDEN}@bucket/x"}},
        {"source": {"tasks": [f"s3://bucket/tasks.ndjson?X-Amz-Signature={HIDDEN}"]}},
    ],
    ids=["endpoint", "inner endpoint", "output", "table"],
)
def test_a_url_that_opens_a_store_is_refused_and_not_repeated(tmp_path: Path, sections: Any) -> None:
    config = settings({"tasks": "tasks.ndjson"}, "s3://bucket/x", **sections)
    for command in ("check", "run"):
        finished = framehaul(command, write_config(tmp_path / "export.yaml", config))
        assert_refused(finished, 2, "{env: NAME}")
        assert HIDDEN not in finished.stdout + finished.stderr


def test_a_password_in_an_endpoint_from_the_environment_is_not_repeated(
    tables: dict[str, str], tmp_path: Path
) -> None:
    """No driver takes such a URL, but every one of them shows it."""
    stores = {
        "s3": {
            "endpoint_url": {"env": "TEST_ENDPOINT"},
            "key": {"env": "TEST_ENDPOINT"},
            "secret": {"env": "TEST_ENDPOINT"},
        },
        "gs": {"endpoint_url": {"env": "TEST_ENDPOINT"}, "token": "anon"},
        "az": {"account_name": "a", "connection_string": {"env": "TEST_ENDPOINT"}},
    }
    for scheme, options in stores.items():
        config = settings(tables, f"{scheme}://bucket-x/team", storage={scheme: options})
        path = write_config(tmp_path / "export.yaml", config)
        environment = {"TEST_ENDPOINT": f"http://me:{HIDDEN}@127.0.0.1:9"}
        finished = framehaul("run", path, environment=environment)
        assert_refused(finished, 1, f"could not store {scheme}://bucket-x/team/")
        assert HIDDEN not in finished.stdout + finished.stderr


def test_commands_do_not_repeat_a_url_that_opens_a_store() -> None:
    for command in ("show", "verify"):
        finished = framehaul(command, f"s3://me:{HIDDEN}@bucket/exports/x")
        assert_refused(finished, 2, "s3://***@bucket/exports/x holds credentials")
        assert HIDDEN not in finished.stdout + finished.stderr
