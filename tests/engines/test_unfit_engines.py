"""Engines that are not there, or whose workers are not fit for the run: a clear error, soon, and nothing published."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from end_to_end.exports import Json, export_here
from engines.cluster import Cluster, listening, worker_pool
from framehaul.transforms.errors import EngineError
from framehaul.transforms.runs.same_version import own_version
from storage.server_process import free_port

SITE_PACKAGES = next(path for path in sys.path if path.endswith("site-packages"))
BEAMS_POOL = """
import sys
import grpc
from apache_beam.runners.worker import worker_pool_main
class Loopback:
    def __init__(self, real): self.real = real
    def __getattr__(self, name): return getattr(self.real, name)
    def server(self, *a, **o): return Loopback(self.real.server(*a, **o))
    def add_insecure_port(self, address): return self.real.add_insecure_port(address.replace("[::]", "127.0.0.1"))
worker_pool_main.grpc = Loopback(grpc)
worker_pool_main.main(["--service_port", sys.argv[1]])
"""


def assert_refused(project: Json, output: Path, runner: Mapping[str, object], *messages: str) -> None:
    config = {**project, "output": {**project["output"], "url": str(output)}, "runner": {**runner}}
    with pytest.raises(EngineError) as caught:
        export_here(config)
    for message in messages:
        assert message in str(caught.value)
    assert not (output / "x" / "manifest.json").exists()


@pytest.mark.parametrize("name", ["portable", "flink", "spark", "prism"])
def test_a_job_service_that_is_not_there(
    name: str, project: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framehaul.pipelines.engines.engine._ANSWER_S", 0.5)
    endpoint = f"127.0.0.1:{free_port()}"
    options = {"job_endpoint": endpoint, "environment_type": "LOOPBACK"}
    said = f"no job service of runner.name {name} answers at {endpoint} within 0.5 s; start it"
    assert_refused(project, tmp_path, {"name": name, "options": options}, said)
    assert list(tmp_path.iterdir()) == [], "nothing was touched"


def test_a_worker_pool_that_is_not_there(engine: Cluster, project: Json, tmp_path: Path) -> None:
    nowhere = free_port()
    runner = {"name": "portable", "options": Cluster(engine.job_port, nowhere).options()}
    said = f"portable could not start a worker (127.0.0.1:{nowhere}); see runner.options.environment_type"
    assert_refused(project, tmp_path, runner, said, "Connection refused")


def test_workers_of_another_version_are_refused_with_both_versions(
    engine: Cluster, project: Json, tmp_path: Path
) -> None:
    metadata = tmp_path / "other" / "framehaul-0.0.9.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: framehaul\nVersion: 0.0.9\n")
    with worker_pool(tmp_path, {"PYTHONPATH": str(tmp_path / "other")}) as pool_port:
        runner = {"name": "portable", "options": Cluster(engine.job_port, pool_port).options()}
        said = f"a worker runs Framehaul 0.0.9, but the run was started by {own_version()}"
        assert_refused(project, tmp_path / "exports", runner, said)


def test_workers_without_framehaul_are_refused(engine: Cluster, project: Json, tmp_path: Path) -> None:
    """Beam's own pool, in a Python that has all packages but this one."""
    (tmp_path / "bin").mkdir()
    bare = Path(sys.base_prefix) / "bin" / "python3"
    (tmp_path / "bin" / "python").symlink_to(bare)
    environment = {"PYTHONPATH": SITE_PACKAGES, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    with listening([str(bare), "-c", BEAMS_POOL], tmp_path, environment) as pool_port:
        runner = {"name": "portable", "options": Cluster(engine.job_port, pool_port).options()}
        said = f"the workers of portable lack Framehaul; install framehaul=={own_version()} there"
        assert_refused(project, tmp_path / "exports", runner, said)


@pytest.mark.parametrize(
    "module", ["framehaul.pipelines.engines.job_service", "framehaul.pipelines.engines.worker_pool"]
)
def test_a_port_has_one_server(module: str, engine: Cluster) -> None:
    """A forgotten one would else take some of the jobs of the new one."""
    port = engine.job_port if module.endswith("job_service") else engine.pool_port
    command = [sys.executable, "-m", module, "--port", str(port)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"error: port {port} of 127.0.0.1 is taken: stop what listens there" in second.stderr
    assert "Traceback" not in second.stderr
