"""The rules of the layout, which can be seen in a directory listing, check themselves."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from repository.source_tree import (
    FILES,
    FOLDERS,
    MODULES,
    ROOT,
    SOURCES,
    imported,
    module_name,
    name_of,
)

STORES = {"fsspec", "s3fs", "gcsfs", "adlfs"}
MOST_LINES = 260
PLAIN = [
    path
    for path in SOURCES
    if path.relative_to(ROOT).parts[0] == "transforms" and path.parent != ROOT / "transforms"
]
"""Modules below ``transforms/`` that stand in a folder, which has a noun for a name."""


def text_of(path: Path) -> str:
    """Empty for a file that is no text, or gone since it was listed."""
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return ""


def classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 50
    folders = {name_of(folder) for folder in FOLDERS}
    assert folders >= {
        "pipelines",
        "pipelines/commands",
        "transforms",
        "transforms/parts",
        "transforms/kinds/ango_v3",
    }


def test_every_folder_is_a_package() -> None:
    """One without ``__init__.py`` would be imported all the same, and be missed by what lists packages."""
    assert [name_of(folder) for folder in FOLDERS if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_one_folder_talks_to_stores(path: Path) -> None:
    if path.parent != ROOT / "transforms" / "storage":
        assert not {name.partition(".")[0] for name in imported(path)} & STORES


IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "apache_beam" in sys.modules:
        sys.exit(f"{name} imports Beam")
"""


def test_folders_with_a_noun_for_a_name_are_plain_python() -> None:
    """They never import Beam, not even by way of something else."""
    command = [sys.executable, "-c", IMPORT_ALL, *map(module_name, PLAIN)]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert (finished.returncode, finished.stderr) == (0, "")


def test_a_name_means_one_module_or_one_class() -> None:
    modules, named = defaultdict(list), defaultdict(list)
    for path in SOURCES:
        modules[path.stem].append(name_of(path))
        for node in classes(path):
            named[node.name].append(name_of(path))
    twice = {name: paths for name, paths in [*modules.items(), *named.items()] if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if not name.startswith("_")} == {}


def test_fields_stand_before_methods() -> None:
    behind = [
        f"{name_of(path)}: {node.name}.{ast.unparse(later.target)}"
        for path in SOURCES
        for node in classes(path)
        for place, later in enumerate(node.body)
        if isinstance(later, ast.AnnAssign)
        and any(isinstance(earlier, ast.FunctionDef) for earlier in node.body[:place])
    ]
    assert behind == []


def test_every_exception_is_in_the_one_list_of_them() -> None:
    """Those raised for others are classes of ``errors.py``; those that stay in their module are named there with it."""
    listed = docstring(ROOT / "transforms" / "errors.py").splitlines()
    missing = {
        f"{name_of(path)}: {node.name}"
        for path in SOURCES
        for node in classes(path)
        if node.name.endswith("Error")
        and not any(
            node.name in line.split() and (path.stem == "errors" or name_of(path) in line) for line in listed
        )
    }
    assert missing == set()


def _changes_the_process(statement: ast.stmt) -> bool:
    """Whether a statement of a module makes something that code fills later, or acts when it is imported."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        is_foreign = any(isinstance(target, ast.Attribute) for target in targets)
        return is_foreign or (
            statement.value is not None and ast.unparse(statement.value) in {"[]", "{}", "set()"}
        )
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_state_of_the_process_is_said_at_the_head_of_its_module(path: Path) -> None:
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    if any(_changes_the_process(statement) for statement in statements):
        assert "State of the process" in docstring(path)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_decoders_are_made_when_their_module_is_imported(path: Path) -> None:
    """msgspec makes one for a type when it is first asked to; two threads that ask at once crash the process."""
    calls = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    made_late = [
        call.lineno
        for call in calls
        if ast.unparse(call.func) in {"msgspec.json.decode", "msgspec.msgpack.decode", "msgspec.convert"}
        and any(argument.arg == "type" for argument in call.keywords)
    ]
    assert made_late == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    assert not content or ast.get_docstring(ast.parse(content)), "a module begins with a docstring"


QUESTION_WORDS = {"what", "which", "how", "whether", "why", "where", "when", "who", "whoever", "from"}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_says_what_it_is_by_a_noun_or_a_verb(path: Path) -> None:
    first_line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    words = re.findall(r"\w+", first_line.lower())
    assert not set(words[:1]) & QUESTION_WORDS, f"begin with what it is or does: {first_line}"


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


def test_one_module_prints() -> None:
    """So that text of data and of manifests cannot act on a terminal, in whichever command."""
    printing = re.compile(
        r"sys\.std(?:out|err)\.write|typer\.echo|(?<![\w.])print\(|(?<!\w)Console\(|rich\.table"
    )
    allowed = {"pipelines/terminal.py"}
    assert [
        name_of(path) for path in SOURCES if printing.search(text_of(path)) and name_of(path) not in allowed
    ] == []
