"""Documentation that is checked: configs load, commands have help, every setting is explained."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from framehaul.pipelines.cli import app
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import load_config

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.y*ml"))
COMMANDS: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "configs/README.md").read_text(encoding="utf-8")


def test_there_are_configs_to_begin_with() -> None:
    assert CONFIGS


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_loads_and_is_explained(path: Path) -> None:
    assert load_config(path)
    assert f"`{path.name}`" in SETTINGS
    assert path.read_text(encoding="utf-8").startswith("# "), "a config begins with what it shows"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert re.search(rf"framehaul {name}\b", README)
    unexplained = [
        parameter.name
        for parameter in command.params
        if parameter.name != "help" and not getattr(parameter, "help", None)
    ]
    assert unexplained == []


def test_no_command_is_in_the_readme_that_is_not_there() -> None:
    named = set(re.findall(r"^\| `framehaul ([a-z-]+)", README, re.MULTILINE))
    assert named == set(COMMANDS)


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


VALUES = [path for path, is_value in settings_of(ExportConfig) if is_value]


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
