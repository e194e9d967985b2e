"""Documentation that is checked: links, paths, folders, commands, settings, configs."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml
from pydantic import BaseModel

from framehaul.pipelines.cli import app
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import load_config
from framehaul.pipelines.config.store_settings import Stores
from repository.pages import FOLDERS, MODULES, PAGES, ROOT, Page
from repository.source_tree import TOPS
from repository.test_floors import FLOOR_OF

README, SETTINGS = PAGES["README.md"], PAGES["configs/README.md"].text
CONFIGS = sorted((ROOT / "configs").glob("*.y*ml"))
COMMANDS: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
MOST_LINES = 220
EVERY_PAGE = pytest.mark.parametrize("name", PAGES)


def test_the_first_page_is_read_in_one_sitting() -> None:
    assert len(README.text.splitlines()) <= MOST_LINES


def test_the_first_page_leads_to_all_others() -> None:
    assert set(README.links) >= set(PAGES) - {"README.md"}


def dead_links(page: Page, root: Path = ROOT) -> Iterator[str]:
    for link in page.links:
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        path = (page.path.parent / target).resolve() if target else page.path
        if not path.is_relative_to(root) or not path.exists():
            yield f"{link}: there is no such file"
        elif anchor and anchor not in Page(path).anchors:
            yield f"{link}: there is no such heading"


@EVERY_PAGE
def test_every_link_leads_somewhere(name: str) -> None:
    assert list(dead_links(PAGES[name])) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One `thing`, or another\n")
    page = Page(tmp_path / "page.md")
    page.path.write_text(
        "# Here\n\n[a](#here) [b](#there) [wrapped\nc](other.md#one-thing-or-another) [d](nowhere.md)\n"
        "[e](other.md#two) [f](../other.md) `[g](nowhere.md)`\n\n```sh\n# there\n```\n"
    )
    found = [problem.partition(":")[0] for problem in dead_links(page, tmp_path)]
    assert found == ["#there", "nowhere.md", "other.md#two", "../other.md"]


@EVERY_PAGE
def test_headings_are_told_apart(name: str) -> None:
    """What cites one means that one, and links lead to it."""
    headings = PAGES[name].headings
    assert len(set(headings)) == len(headings)


def named_paths(page: Page) -> Iterator[str]:
    """Files and folders of the repository, as sentences, tables and commands name them."""
    for span in page.spans:
        if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w.*/-]*|[\w/-]+\.py", span):
            yield span
    for code in page.fenced("sh"):
        yield from re.findall(rf"(?<![\w/.-])((?:{'|'.join(FOLDERS)})/[\w./-]+)", code)


def is_there(path: str, page: Page) -> bool:
    """From the top, from the folder of the page, or a module by its name alone."""
    found = any(any(folder.glob(path)) for folder in (ROOT, page.path.parent))
    return found or ("/" not in path and path in {module.name for module in MODULES})


@EVERY_PAGE
def test_every_path_that_is_named_is_there(name: str) -> None:
    page = PAGES[name]
    assert [path for path in named_paths(page) if not is_there(path, page)] == []


def folders_in(folder: Path) -> set[str]:
    """Those with something of ours in them."""
    return {
        f"{path.name}/"
        for path in folder.iterdir()
        if path.is_dir() and any(path.glob("[!._]*")) and path.name[0] not in "._"
    }


@pytest.mark.parametrize(
    "name", ["pipelines/README.md", "scripts/README.md", "tests/README.md", "transforms/README.md"]
)
def test_every_folder_is_explained(name: str) -> None:
    """In a table of the README that stands beside it."""
    page = PAGES[name]
    rows = [row for table in page.tables if {"folder", "rooms"} & set(table[0]) for row in table[1:]]
    column = 1 if name.startswith("transforms") else 0
    told = [span for row in rows for span in re.findall(r"`(\w+/)`", row[column])]
    assert sorted(told) == sorted(folders_in(page.path.parent))


@pytest.mark.parametrize("folder", ["pipelines", "transforms"])
def test_the_map_names_every_folder(folder: str) -> None:
    (row,) = [row for table in README.tables for row in table if row[0] == f"`{folder}/`"]
    assert set(re.findall(r"`(\w+/)`", row[1])) == folders_in(ROOT / folder)


def test_floors_are_told_from_the_ground_up() -> None:
    """As imports keep to them: what is told later stands on the same floor, or above."""
    for top, head, column in (("transforms", "rooms", 1), ("pipelines", "folder", 0)):
        (rows,) = [rows[1:] for rows in PAGES[f"{top}/README.md"].tables if head in rows[0]]
        rooms = [room for row in rows for room in re.findall(r"`(\w+)(?:/|\.py)`", row[column])]
        floors = [FLOOR_OF[top, room] for room in rooms]
        assert len(rooms) > 10
        assert floors == sorted(floors)


def test_whatever_changes_the_process_is_told() -> None:
    """Modules that say so at their head are in the chapter about it."""
    chapter = PAGES["pipelines/README.md"].section("## What a process holds")
    changing = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.parts[len(ROOT.parts)] in TOPS and "State of the process" in path.read_text(encoding="utf-8")
    }
    assert len(changing) > 10
    assert [name for name in sorted(changing) if f"`{name}`" not in chapter] == []


def test_there_are_configs_to_begin_with() -> None:
    assert CONFIGS


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_loads_and_is_explained(path: Path) -> None:
    assert load_config(path)
    assert f"`{path.name}`" in SETTINGS
    assert path.read_text(encoding="utf-8").startswith("# "), "a config begins with what it shows"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    unexplained = [
        parameter.name
        for parameter in command.params
        if parameter.name != "help" and not getattr(parameter, "help", None)
    ]
    assert unexplained == []


def test_the_first_page_has_every_command_and_no_other() -> None:
    named = re.findall(r"^\| `framehaul ([a-z-]+)", README.text, re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)


def typed_commands(page: Page) -> Iterator[list[str]]:
    """Commands of ours in examples, as words, and in tables up to where they are explained."""
    for code in page.fenced("sh"):
        for line in code.replace("\\\n", "").splitlines():
            if line.lstrip().startswith("framehaul "):
                yield shlex.split(line.partition(" > ")[0], comments=True)
    for span in page.spans:
        if span.startswith("framehaul "):
            yield re.split(r"[\s\[\]|]+", span.replace("\\", ""))


@EVERY_PAGE
def test_every_command_can_be_typed(name: str) -> None:
    """It exists, and so do its options."""
    problems = []
    for _, command, *words in typed_commands(PAGES[name]):
        known = COMMANDS.get(command)
        options = {option for parameter in known.params for option in parameter.opts} if known else set()
        wrong = [word for word in words if re.fullmatch(r"--[a-z][a-z-]*", word) and word not in options]
        if known is None or wrong:
            problems.append(f"{command} {' '.join(wrong)}".strip())
    assert problems == []


def settings_of(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, bool]]:
    """Every setting by its path, and whether it is a value and not a section."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        section = next(
            (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None
        )
        yield path + name, section is None
        if section is not None:
            yield from settings_of(section, f"{path}{name}.")


KNOWN = dict(settings_of(ExportConfig))
FREE = ("runner.options.", "storage.")  # handed on to others
OF_STORES = dict(settings_of(Stores, "storage."))
VALUES = [
    path
    for path, is_value in {**KNOWN, **OF_STORES}.items()
    if is_value and not path.startswith("storage.abfs.")
]


def chapter_of(section: str) -> str:
    """The part of the page about a section at the top of a config."""
    chapters = re.split(r"^## ", SETTINGS, flags=re.MULTILINE)[1:]
    (chapter,) = (text for text in chapters if f"`{section}`" in text.splitlines()[0])
    return chapter


@pytest.mark.parametrize("path", VALUES)
def test_every_setting_is_explained(path: str) -> None:
    """By its path, with or without the section of its chapter; the ends of an interval where it is explained."""
    section, _, name = path.partition(".")
    chapter = chapter_of(section)
    if name.endswith((".after", ".before")):
        name, _, end = name.rpartition(".")
        assert re.search(rf"\b{end}:", chapter)
    assert any(f"`{way}`" in chapter for way in (path, name or section))


@EVERY_PAGE
def test_every_setting_that_is_named_is_one(name: str) -> None:
    sections = "|".join(path for path in KNOWN if "." not in path)
    named = [
        found[0]
        for span in PAGES[name].spans
        if not span.endswith((".py", ".yaml"))
        and (found := re.match(rf"(?:{sections})(?:\.[a-z_]+)+(?![\w.()])", span))
    ]
    assert [path for path in named if path not in KNOWN and not path.startswith(FREE)] == []


@EVERY_PAGE
def test_every_piece_of_a_config_can_be_used(name: str) -> None:
    for text in PAGES[name].fenced("yaml"):
        written = yaml.safe_load(text)
        assert ExportConfig.model_validate({"source": {"tasks": ["tasks.ndjson"]}, **written})
