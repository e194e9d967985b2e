"""The wheel: what it holds, and that it cannot collide with another one."""

import importlib.metadata
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["pipelines", "transforms"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in a wheel that was built from a copy of the tree."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in (*PACKAGES, "tests", "configs", "scripts"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tree)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (path,) = (tree / "dist").glob("*.whl")
    return zipfile.ZipFile(path).namelist()


def test_it_holds_the_two_packages_and_nothing_else(wheel: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    description = f"{project['name']}-{project['version']}.dist-info"
    assert {name.split("/")[0] for name in wheel} == {*PACKAGES, description}
    assert f"{description}/licenses/LICENSE" in wheel


def test_no_module_is_left_behind(wheel: list[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {name for name in wheel if name.endswith(".py")} == modules


@pytest.mark.parametrize("package", PACKAGES)
def test_users_get_its_types(wheel: list[str], package: str) -> None:
    assert f"{package}/py.typed" in wheel


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_ships_its_import_names(package: str) -> None:
    """Two distributions that ship one package overwrite each other in silence."""
    assert set(importlib.metadata.packages_distributions()[package]) == {"framehaul"}
