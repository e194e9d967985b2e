"""All files of the repository, and what their modules import."""

import ast
import fnmatch
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("pipelines", "transforms")
_PACKAGE = "framehaul"


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
SOURCES = [path for path in MODULES if path.relative_to(ROOT).parts[0] in TOPS]
FOLDERS = sorted({path.parent for path in SOURCES})
"""Of the sources, nested ones too."""


def name_of(path: Path) -> str:
    """Its path in the repository."""
    return str(path.relative_to(ROOT))


def module_name(path: Path) -> str:
    """The name by which a source is imported.

    >>> module_name(ROOT / "transforms" / "kinds" / "kinds.py")
    'framehaul.transforms.kinds.kinds'
    """
    return ".".join([_PACKAGE, *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")


_SOURCE_NAMES = {module_name(path) for path in SOURCES}


def imported(path: Path) -> set[str]:
    """Full names of all modules that a module imports, anywhere in it.

    ``from package import name`` is the module ``package.name`` if there is one, and else the package.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & _SOURCE_NAMES
            names |= inner or {node.module}
    return names
