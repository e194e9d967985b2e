"""The rules of the layout, which can be seen in a directory listing, check themselves."""

import ast
import fnmatch
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOUNS = [folder for folder in sorted((ROOT / "transforms").iterdir()) if (folder / "__init__.py").exists()]
STORES = {"fsspec", "s3fs", "gcsfs", "adlfs"}
MOST_LINES = 260


def _kept(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _kept(path, ignored)
        else:
            yield path


IGNORED = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines())]
FILES = list(_kept(ROOT, IGNORED))
MODULES = [path for path in FILES if path.suffix == ".py"]
SOURCES = [path for path in MODULES if path.relative_to(ROOT).parts[0] in {"pipelines", "transforms"}]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """Top-level names of all packages that a module imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def text_of(path: Path) -> str:
    """Empty for a file that is no text, or gone since it was listed."""
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return ""


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 50
    assert {folder.name for folder in NOUNS} >= {"exchange", "formats", "records", "storage"}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_the_right_way(path: Path) -> None:
    inside = path.relative_to(ROOT).parts
    if inside[0] == "transforms":
        assert "pipelines" not in imported(path), "steps must not know the pipelines that use them"
    if inside[:2] != ("transforms", "storage"):
        assert not imported(path) & STORES, "only transforms/storage/ talks to stores"


IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "apache_beam" in sys.modules:
        sys.exit(f"{name} imports Beam")
"""


def test_folders_with_a_noun_for_a_name_are_plain_python() -> None:
    """They never import Beam, not even by way of something else."""
    modules = [path for path in SOURCES if path.parent in NOUNS]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules]
    command = [sys.executable, "-c", IMPORT_ALL, *names]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    assert not content or ast.get_docstring(ast.parse(content)), "a module begins with a docstring"


def test_no_name_says_nothing() -> None:
    empty_words = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|base)(_|$)")
    words = {word for path in MODULES for word in path.relative_to(ROOT).with_suffix("").parts}
    assert [word for word in sorted(words) if empty_words.search(word)] == []


def test_tests_are_no_package() -> None:
    # pytest would import tests/transforms as transforms
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    machine_path = re.compile(r"(?<![\w.}])/(?:work|root|home|Users|tmp/dev)/|[A-Z]:\\\\?Users")
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if machine_path.search(line)
    ]
    assert found == []


def test_locks_pin_by_hash_and_know_no_registry() -> None:
    locks = [path for path in FILES if path.suffix == ".lock"]
    assert ROOT / "requirements.lock" in locks
    for path in locks:
        content = path.read_text(encoding="utf-8")
        assert (
            re.findall(r"https?:|ftp:|file:|--(?:extra-)?index-url|--find-links|^-[if] ", content, re.M) == []
        )
        pins = re.findall(r"^[\w.\[\]-]+==\S+(?: ; [^\\\n]+)? \\\n    --hash=sha256:", content, re.M)
        assert len(pins) == len(re.findall(r"^[\w.-]", content, re.M)) > 0


def test_whoever_installs_from_a_lock_brings_the_installer_first() -> None:
    """Python 3.11 comes with pip 23.2, which refuses locks that a later one reads."""
    scripts = [path for path in FILES if "scripts" in path.relative_to(ROOT).parts and path.suffix != ".py"]
    installing = {name_of(path): text_of(path) for path in scripts if "--require-hashes" in text_of(path)}
    assert set(installing) == {"scripts/set_up", "scripts/worker_image/Dockerfile"}
    for text in installing.values():
        assert "installer.lock" in text.split("--require-hashes")[1]
