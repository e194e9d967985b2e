"""What the image of workers is built from, and the template that launches it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / ".venv-dataflow" / "bin" / "python"
SPEC = json.loads((ROOT / "configs" / "flex_template.json").read_text())


def build(*arguments: object, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path or os.environ["PATH"]}
    command = [str(ROOT / "scripts" / "build_worker_image"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What docker would build the image from."""
    folder = tmp_path_factory.mktemp("context")
    built = build("registry/worker:1", "--no-push", "--context", folder, path=without_docker(folder))
    assert built.returncode == 0, built.stderr
    assert (
        f"docker build --tag registry/worker:1 --build-arg BEAM_VERSION={locked('apache-beam')}"
        in built.stdout
    )
    return folder


def without_docker(folder: Path) -> str:
    """A PATH with a docker that finds no service."""
    (folder / "no-docker").mkdir()
    docker = folder / "no-docker" / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    return f"{docker.parent}:{os.environ['PATH']}"


def locked(package: str) -> str:
    (found,) = re.findall(
        rf"^{package}==(\S+)", (ROOT / "tests" / "dataflow" / "requirements.lock").read_text(), re.M
    )
    return str(found)


def test_without_docker_it_says_so(tmp_path: Path) -> None:
    built = build("registry/worker:1", path=without_docker(tmp_path))
    assert built.returncode == 2
    assert "there is no docker that runs here" in built.stderr


def test_the_context_has_all_that_the_dockerfile_copies(context: Path) -> None:
    dockerfile = (context / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M)
    assert copied == ["installer.lock requirements.lock", "*.whl", "launch.py"]
    assert all(list(context.glob(pattern)) for names in copied for pattern in names.split())


def test_the_wheel_installs_in_a_bare_environment_as_workers_install_it(
    context: Path, tmp_path: Path
) -> None:
    """Beam's start-up first installs it alone and by force, then with what it needs, which the lock has brought."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "bare"], check=True)
    python = tmp_path / "bare" / "bin" / "python"
    (packages,) = (tmp_path / "bare" / "lib").glob("python3*/site-packages")
    locked_packages = subprocess.check_output(
        [LOCKED, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    (packages / "locked.pth").write_text(locked_packages + "\n")
    (wheel,) = context.glob("*.whl")
    pip = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--no-index",
    ]
    subprocess.run([*pip, "--no-deps", "--force-reinstall", wheel], check=True, cwd=tmp_path)
    subprocess.run([*pip, wheel], check=True, cwd=tmp_path)
    program = "from framehaul import pipelines, transforms; print(pipelines.__file__, transforms.__file__)"
    where = subprocess.check_output([python, "-c", program], text=True, cwd=tmp_path).split()
    assert all(path.startswith(str(packages)) for path in where), "not the tree of these tests"
    command = [tmp_path / "bare" / "bin" / "framehaul", "config-schema"]
    assert json.loads(subprocess.check_output(command, cwd=tmp_path))["title"] == "ExportConfig"


def test_the_template_declares_every_parameter_of_its_launcher() -> None:
    command = [sys.executable, "-m", "framehaul.pipelines.flex_template", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    flags = set(re.findall(r"^  --(\w+)", told, re.M))
    parameters = {parameter["name"]: parameter for parameter in SPEC["metadata"]["parameters"]}
    assert set(parameters) == flags | {"sdk_container_image"}
    assert [name for name, parameter in parameters.items() if not parameter["isOptional"]] == ["config"]
    for parameter in parameters.values():
        assert {"name", "label", "helpText", "isOptional"} <= set(parameter)
        assert all(re.compile(pattern) for pattern in parameter.get("regexes", []))
    assert set(SPEC) == {"image", "sdkInfo", "defaultEnvironment", "metadata"}
    assert SPEC["sdkInfo"] == {"language": "PYTHON"}


def test_a_template_without_its_config_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "framehaul.pipelines.flex_template", f"--config={tmp_path}/none.yaml"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert failed.returncode == 1
    assert f"error: could not read {tmp_path}/none.yaml" in failed.stderr
