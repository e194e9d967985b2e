"""Engines whose workers see no disk of this machine: tables, output, secrets and blocks are all on a store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from end_to_end.exports import export_here, settings, shard_hashes, tables_in
from engines.cluster import Cluster, cluster
from framehaul.pipelines.config.config_file import load_config
from framehaul.pipelines.run import run
from storage.seaweed_server import KEY, SECRET, S3Server
from storage.test_example_configs import fill

CONFIG = Path(__file__).parents[2] / "configs" / "export.flink.yaml"
BUCKET = "annotation-exports"


@pytest.fixture(scope="module")
def secrets(seaweed: S3Server) -> dict[str, str]:
    return {
        "EXPORT_ACCESS_KEY": KEY,
        "EXPORT_SECRET_KEY": SECRET,
        "AWS_ENDPOINT_URL": seaweed.endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.fixture(scope="module")
def engine(secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Its workers have the secrets; nothing of them is in the job."""
    with cluster(tmp_path_factory.mktemp("engine"), secrets) as found:
        yield found


@pytest.mark.usefixtures("prompt_listings")
@pytest.mark.parametrize("exchange", ["auto", f"s3://{BUCKET}/exchange"])
def test_the_example_of_flink_gives_the_same_shards_as_this_machine(  # noqa: PLR0913, PLR0917 - one fixture each
    exchange: str,
    engine: Cluster,
    seaweed: S3Server,
    secrets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "tables").mkdir()
    fill(seaweed, yaml.safe_load(CONFIG.read_text()), tmp_path / "tables")
    own = settings(
        tables_in(tmp_path / "tables"), tmp_path, export={"stages": ["Complete"], "task_types": ["default"]}
    )
    monkeypatch.setattr("framehaul.pipelines.run._EXCHANGE_BUDGET", 20_000)
    options = engine.options()
    sets = [
        f"runner.exchange={exchange}",
        *(f"runner.options.{name}={options[name]}" for name in ("job_endpoint", "environment_config")),
        "runner.options.sdk_worker_parallelism=2",
    ]
    export_id = f"flink-{exchange[:2]}"
    manifest = run(load_config(CONFIG, sets), export_id)
    expected = shard_hashes(export_here(own))
    assert {Path(shard.path).name: shard.sha256 for shard in manifest.shards} == expected
    left = seaweed.filesystem().find(BUCKET)
    assert [path for path in left if path.startswith(f"{BUCKET}/exchange/")] == []
    assert SECRET not in str(manifest.config)
