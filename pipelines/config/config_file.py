"""Config files: load a YAML file and ``--set`` options, check them, and tell all problems at once."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from framehaul.pipelines.config.ango_options import settings_of_query
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.open_options import OpenOptions
from framehaul.pipelines.config.setting_values import Section, StoreName, Url
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.redaction import redact
from framehaul.transforms.storage.remedies import explain

_MOST_VALUES = 100_000


class _EachKeyOnce(yaml.SafeLoader):
    """YAML in which a section that is there twice is an error, and so are aliases that grow beyond all measure."""

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None and (size := _size_of(node, {})) > _MOST_VALUES:
            problem = f"its aliases (*name) make {size:,} values of it; {_MOST_VALUES:,} are allowed"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        known: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in known:
                problem = f"{key.value} is there twice; put what is in both into one"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            known.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def _size_of(node: yaml.Node, known: dict[int, int]) -> int:
    """Values in a node, those that an alias repeats counted each time; each node is looked at once.

    Raises:
        yaml.constructor.ConstructorError: a node is inside of itself.
    """
    if id(node) in known:
        if not known[id(node)]:
            raise yaml.constructor.ConstructorError(
                None, None, "an alias is inside of itself", node.start_mark
            )
        return known[id(node)]
    known[id(node)] = 0
    inner = node.value if isinstance(node, yaml.CollectionNode) else ()
    pairs = (part for member in inner for part in (member if isinstance(member, tuple) else (member,)))
    known[id(node)] = 1 + sum(_size_of(part, known) for part in pairs)
    return known[id(node)]


def load_config(path: Path, overrides: Sequence[str] = (), ango_options: str | None = None) -> ExportConfig:
    """Load the config in ``path``, with ``KEY=VALUE`` overrides.

    Args:
        ango_options: a query string of the platform's export API; it is stronger than the file, and overrides
            are stronger than it.

    Raises:
        ConfigError: naming every problem, where it is and what is allowed.
    """
    try:
        settings = yaml.load(path.read_text(encoding="utf-8"), _EachKeyOnce)  # noqa: S506 - a safe loader
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {explain(error, 'file')}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {_yaml_problem(error)}") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deep to be a config") from None
    if not isinstance(settings, dict):
        raise ConfigError(f"{path} holds no settings; it needs at least source.tasks (see configs/README.md)")
    for key, value in settings_of_query(ango_options).items() if ango_options is not None else ():
        _put(settings, key, value, "--from-ango-options")
    for override in overrides:
        _set(settings, override)
    return check_config(settings, str(path))


def check_config(settings: Mapping[str, Any], name: str) -> ExportConfig:
    """Check settings. Raises ``ConfigError`` that lists all their problems."""
    filled = {section: content for section, content in settings.items() if content is not None}
    try:
        return ExportConfig.model_validate(filled)
    except ValidationError as error:
        raise _refusal(name, error) from None


class Place(Section):
    """A folder on a store, and how to reach it, each as in a config."""

    url: Url
    storage: dict[StoreName, OpenOptions]


def check_place(url: str, storage: Mapping[str, Any]) -> Place:
    """Check a URL and options of stores. Raises ``ConfigError`` that lists all problems of both."""
    try:
        return Place.model_validate({"url": url, "storage": storage})
    except ValidationError as error:
        raise _refusal("the place of the export", error) from None


def _refusal(name: str, error: ValidationError) -> ConfigError:
    problems = "\n".join(f"  - {problem}" for problem in _problems(error))
    return ConfigError(f"{name} is wrong:\n{problems}")


def _set(settings: dict[str, Any], override: str) -> None:
    """Apply ``export.stages='["Review"]'``; the value is YAML."""
    key, separator, text = override.partition("=")
    if not separator or not key:
        raise ConfigError(f"--set {override}: write KEY=VALUE, for example --set output.compression=zstd")
    try:
        value = yaml.load(text, _EachKeyOnce)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {key}=…: the value is not YAML: {_yaml_problem(error)}") from None
    except RecursionError:
        raise ConfigError(f"--set {key}=…: the value is nested too deep") from None
    _put(settings, key, value, f"--set {key}=…")


def _put(settings: dict[str, Any], key: str, value: Any, said_by: str) -> None:
    *sections, name = key.split(".")
    for section in sections:
        if settings.get(section) is None:
            settings[section] = {}
        inner = settings[section]
        if not isinstance(inner, dict):
            raise ConfigError(f"{said_by}: {section} is a value, not a section")
        settings = inner
    settings[name] = value


def _yaml_problem(error: yaml.YAMLError) -> str:
    """Say what is wrong, and where, without the text itself: it may be a secret."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "it cannot be parsed"
    return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        where = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            yield _unknown_key(problem)
        elif problem["type"] == "invalid_key":
            section = ".".join(str(part) for part in problem["loc"][:-1])
            yield f"{section or 'the config'} has a key that is no text; YAML takes on, off, yes and no for true and false"
        elif problem["type"] == "missing":
            yield f"{where} is missing; every export needs it"
        else:
            message = problem["msg"].removeprefix("Value error, ")
            # Values for stores, Beam and receivers of messages may be secrets, so they are never shown.
            shown = (
                ""
                if set(problem["loc"]) & {"storage", "options", "notify"}
                else f" is {_value_text(problem['input'])}"
            )
            yield f"{where}{shown}: {message}" if where else message


def _unknown_key(problem: ErrorDetails) -> str:
    *path, name = (str(part) for part in problem["loc"])
    known = _keys_at(path)
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else f"known here: {', '.join(known)}"
    return f"{'.'.join([*path, name])} is not a setting; {hint}"


def _keys_at(path: Sequence[str]) -> list[str]:
    model: type[BaseModel] = ExportConfig
    for part in path:
        annotation = model.model_fields[part].annotation
        candidates = [annotation, *get_args(annotation)]
        model = next(kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel))
    return sorted(model.model_fields)


def _value_text(value: Any) -> str:
    text = redact(repr(value))
    return text if len(text) <= 80 else f"{text[:77]}..."
