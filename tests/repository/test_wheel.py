"""The wheel: what it holds, that it cannot collide with another one, and that the source distribution makes the same."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ["pipelines", "transforms", "configs"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, without what earlier builds have left in it."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in (*FOLDERS, "tests", "scripts"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=ignored)
    return tree


def build(form: str, tree: Path) -> Path:
    command = [sys.executable, "-m", "build", f"--{form}", "--no-isolation", "--outdir", "dist", "."]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tree)
    told = finished.stdout + finished.stderr
    assert finished.returncode == 0, told
    assert "would be ignored" not in told, told
    (path,) = (tree / "dist").glob({"wheel": "*.whl", "sdist": "*.tar.gz"}[form])
    return path


def checksums(wheel: Path) -> dict[str, int]:
    return {file.filename: file.CRC for file in zipfile.ZipFile(wheel).infolist()}


@pytest.fixture(scope="module")
def contents(tree: Path) -> dict[str, int]:
    """The files in a wheel, with their checksums."""
    return checksums(build("wheel", tree))


@pytest.fixture
def wheel(contents: dict[str, int]) -> list[str]:
    """Names of the files in a wheel."""
    return list(contents)


def test_it_holds_one_package_and_nothing_else(wheel: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    description = f"{project['name']}-{project['version']}.dist-info"
    assert {name.split("/")[0] for name in wheel} == {"framehaul", description}
    assert f"{description}/licenses/LICENSE" in wheel


def test_no_file_is_left_behind(wheel: list[str]) -> None:
    """Neither a module, nor an example config."""
    library = ROOT / "scripts" / "packaging"
    files = {str(path.relative_to(library)) for path in (library / "framehaul").glob("*") if path.is_file()}
    for folder in FOLDERS:
        files |= {
            f"framehaul/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*") if path.is_file()
        }
    files = {name for name in files if "__pycache__" not in name and Path(name).suffix != ".md"} | {
        "framehaul/configs/README.md"
    }
    assert {name for name in wheel if name.startswith("framehaul/")} == files


def test_users_get_its_types(wheel: list[str]) -> None:
    assert "framehaul/py.typed" in wheel


def test_whoever_gets_the_source_distribution_builds_the_same_wheel(
    tree: Path, contents: dict[str, int], tmp_path: Path
) -> None:
    """The links of the checkout are files in it: an archive with links does not unpack everywhere."""
    with tarfile.open(build("sdist", tree)) as archive:
        assert all(member.isfile() or member.isdir() for member in archive)
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert checksums(build("wheel", unpacked)) == contents


def test_no_other_distribution_ships_its_import_name() -> None:
    """Two distributions that ship one package overwrite each other in silence."""
    assert set(importlib.metadata.packages_distributions()["framehaul"]) == {"framehaul"}


@pytest.mark.parametrize(
    "command",
    [[str(Path(sys.executable).with_name("framehaul"))], [sys.executable, "-m", "framehaul"]],
    ids=["framehaul", "python -m framehaul"],
)
def test_folders_of_the_user_do_not_break_the_command(tmp_path: Path, command: list[str]) -> None:
    for name in FOLDERS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('of the user')")
    finished = subprocess.run(
        [*command, "config-schema"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert (finished.returncode, finished.stderr) == (0, "")
