"""An export from S3 to S3, against a real server: the same shards, clear errors, and no secret anywhere."""

import subprocess
import uuid
from pathlib import Path
from typing import Any

import orjson
import pytest

from end_to_end.command import assert_refused, framehaul, write_config
from end_to_end.exports import Json, export_here, settings, shard_hashes, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample
from storage.seaweed_server import KEY, SECRET, S3Server

CREDENTIALS = {"TEST_S3_KEY": KEY, "TEST_S3_SECRET": SECRET}
NAMES = {"key": {"env": "TEST_S3_KEY"}, "secret": {"env": "TEST_S3_SECRET"}}


DUMP, EXPORTS = (f"{name}-{uuid.uuid4().hex[:12]}" for name in ("dump", "exports"))  # buckets
OUTPUT = {"shard_bytes": "60kB", "compression": "zstd"}


@pytest.fixture(scope="module")
def server(seaweed: S3Server) -> S3Server:
    for bucket in (DUMP, EXPORTS):
        seaweed.filesystem().mkdir(bucket)
    return seaweed


@pytest.fixture(scope="module")
def local(server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a local run, whose input is in a bucket, too."""
    folder = tmp_path_factory.mktemp("local")
    filesystem = server.filesystem()
    for path in write_sample(folder / "tables", tasks=60, videos=1, frames=50, objects=2, seed=4):
        filesystem.put_file(str(path), f"{DUMP}/2026/{path.name}")
    return export_here(settings(tables_in(folder / "tables"), folder / "exports", output=OUTPUT))


def config_of(
    server: S3Server, output: str = f"s3://{EXPORTS}/team", source: str = f"s3://{DUMP}/2026"
) -> Json:
    return settings(
        tables_in(source),
        output,
        output=OUTPUT,
        storage={"s3": {**NAMES, **server.options()}},
        runner={"workers": 2},
    )


def run(
    folder: Path, config: Json, export_id: str = "x", credentials: dict[str, str] = CREDENTIALS
) -> subprocess.CompletedProcess[str]:
    path = write_config(folder / "export.yaml", config)
    return framehaul("run", path, "--export-id", export_id, environment=credentials)


@pytest.fixture(scope="module")
def exported(server: S3Server, local: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a run from S3 to S3 printed, and the folder of its config; the export is ``team/x``."""
    folder = tmp_path_factory.mktemp("run")
    finished = run(folder, config_of(server))
    assert finished.returncode == 0, finished.stderr
    return folder, finished


def test_the_shards_are_those_of_a_local_run(
    server: S3Server, local: Path, exported: Any, tmp_path: Path
) -> None:
    server.filesystem().get(f"{EXPORTS}/team/x/", str(tmp_path / "x"), recursive=True)
    assert len(shard_hashes(local)) > 3
    assert shard_hashes(tmp_path / "x") == shard_hashes(local)
    latest = orjson.loads(server.filesystem().cat_file(f"{EXPORTS}/team/latest.json"))
    assert latest == {"exportId": "x", "manifest": "x/manifest.json"}


def test_the_export_is_verified_and_shown_where_it_is(server: S3Server, exported: Any) -> None:
    config = exported[0] / "export.yaml"
    verified = framehaul("verify", f"s3://{EXPORTS}/team/x", "--config", config, environment=CREDENTIALS)
    assert (verified.returncode, verified.stdout) == (0, f"s3://{EXPORTS}/team/x is whole\n")
    shown = framehaul("show", f"s3://{EXPORTS}/team/x", "--config", config, environment=CREDENTIALS)
    assert shown.returncode == 0


def test_stores_are_found_in_the_environment_too(server: S3Server, exported: Any) -> None:
    """As the store's own tools find them."""
    environment = {
        "AWS_ENDPOINT_URL": server.endpoint_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    assert framehaul("verify", f"s3://{EXPORTS}/team/x", environment=environment).returncode == 0


def test_a_damaged_object_is_found(server: S3Server, exported: Any) -> None:
    filesystem = server.filesystem()
    filesystem.copy(f"{EXPORTS}/team/x/", f"{EXPORTS}/damaged/x/", recursive=True)
    shard = sorted(filesystem.find(f"{EXPORTS}/damaged/x/data"))[1]
    filesystem.pipe_file(shard, filesystem.cat_file(shard)[:-1])
    verified = framehaul(
        *("verify", f"s3://{EXPORTS}/damaged/x", "--config", exported[0] / "export.yaml"),
        environment=CREDENTIALS,
    )
    assert verified.returncode == 1
    assert f"{shard.removeprefix(f'{EXPORTS}/damaged/x/')} has " in verified.stdout


def test_a_second_run_into_the_export_is_refused(server: S3Server, exported: Any, tmp_path: Path) -> None:
    assert_refused(
        run(tmp_path, config_of(server)), 1, f"s3://{EXPORTS}/team/x already holds a finished export"
    )


def test_the_secret_is_nowhere(server: S3Server, exported: Any) -> None:
    filesystem = server.filesystem()
    for path in filesystem.find(f"{EXPORTS}/team"):
        assert SECRET.encode() not in filesystem.cat_file(path)
    folder, finished = exported
    assert SECRET not in finished.stdout + finished.stderr + (folder / "export.yaml").read_text()
    manifest = orjson.loads(filesystem.cat_file(f"{EXPORTS}/team/x/manifest.json"))
    assert manifest["config"]["storage"]["s3"]["secret"] == {"env": "TEST_S3_SECRET"}


WRONG: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "a wrong secret": ({}, {"TEST_S3_SECRET": "wrong-but-secret-too"}, f"s3://{DUMP}/2026/tasks*"),
    "no bucket to read from": ({"source": "s3://no-such-bucket"}, {}, "s3://no-such-bucket/tasks*"),
    "no bucket to write to": (
        {"output": "s3://no-such-bucket/a"},
        {},
        "The specified bucket does not exist; create the bucket, or correct the URL",
    ),
    "no such object": ({"source": f"s3://{DUMP}/1999"}, {}, f"s3://{DUMP}/1999/tasks* matches no file"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_store_refuses_is_a_clear_error(
    server: S3Server, local: Path, tmp_path: Path, case: str
) -> None:
    urls, credentials, message = WRONG[case]
    finished = run(tmp_path, config_of(server, **urls), "refused", {**CREDENTIALS, **credentials})
    assert_refused(finished, 1, message)
    for secret in (SECRET, "wrong-but-secret-too"):
        assert secret not in finished.stdout + finished.stderr
    assert not server.filesystem().exists(f"{EXPORTS}/team/refused/manifest.json")
    assert not server.filesystem().exists("no-such-bucket")


def test_a_store_that_does_not_answer_is_a_clear_error(server: S3Server, tmp_path: Path) -> None:
    nobody = S3Server("http://127.0.0.1:9")  # the discard service, which nobody runs
    assert_refused(run(tmp_path, config_of(nobody)), 1, f"s3://{DUMP}/2026/tasks*", "127.0.0.1:9")


def test_no_credentials_at_all_are_a_clear_error(server: S3Server, tmp_path: Path) -> None:
    config = {**config_of(server), "storage": {"s3": server.options()}}
    away = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    assert_refused(run(tmp_path, config, credentials=away), 1, f"s3://{DUMP}/2026/tasks*")
