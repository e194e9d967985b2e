"""Query strings of the platform's export API, translated to settings of a config.

Names and encodings are those that the public SDK sends and the API page lists
(transforms/README.md, "Export options").
"""

import difflib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from framehaul.transforms.errors import ConfigError

Settings = dict[str, Any]
"""Values of settings, by path, such as ``export.stages``."""


def settings_of_query(query: str) -> Settings:
    """Translate a query string to the settings that its parameters stand for.

    Args:
        query: ``k=v&…``, percent-encoded, or a whole URL that ends in it.

    Raises:
        ConfigError: naming every parameter that is unknown, comes twice or has a value that it cannot have.
    """
    settings: Settings = {}
    problems: list[str] = []
    seen: set[str] = set()
    for name, value in _parameters(query):
        try:
            if name in seen:
                raise ValueError("it is given twice")
            seen.add(name)
            settings |= _settings_of(name, value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise ConfigError(f"--from-ango-options is wrong:\n{lines}")
    return settings


def _parameters(query: str) -> list[tuple[str, str]]:
    before, mark, after = query.strip().partition("?")
    text = after if mark and ("=" not in before) else query.strip()
    try:
        if not text:
            raise ValueError("it is empty")
        return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise ConfigError(
            "--from-ango-options is no query string; write NAME=VALUE&NAME=VALUE, percent-encoded, "
            "for example 'project=P1&stage=%5B%22Complete%22%5D'"
        ) from None


def _settings_of(name: str, value: str) -> Settings:
    if name in _UNDOCUMENTED:
        raise ValueError(_UNDOCUMENTED[name])
    if name not in PARAMETERS:
        nearest = difflib.get_close_matches(name, PARAMETERS, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}? " if nearest else ""
        raise ValueError(f"no such parameter; {hint}allowed are {', '.join(PARAMETERS)}")
    return PARAMETERS[name](value)


def _reader_of_id(path: str) -> Callable[[str], Settings]:
    def read(value: str) -> Settings:
        if not value:
            raise ValueError("it is empty; leave it out, or give an id")
        return {path: value}

    return read


def _reader_of_names(path: str) -> Callable[[str], Settings]:
    """Make a reader of a JSON array, as the SDK sends it, or of names with commas between, as the API page has it."""

    def read(value: str) -> Settings:
        names = _json(value, "a JSON array of texts") if value.startswith("[") else value.split(",")
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"it is {value[:80]!r}; allowed is a JSON array of texts that are not empty")
        return {path: names}

    return read


def _reader_of_toggle(path: str) -> Callable[[str], Settings]:
    return lambda value: {path: _yes_or_no(value)}


def _yes_or_no(value: str) -> bool:
    known = {"true": True, "false": False, "1": True, "0": False}
    if value.lower() not in known:
        raise ValueError(f"it is {value[:80]!r}; allowed are true and false")
    return known[value.lower()]


def _reader_of_choice(choices: dict[str, Settings]) -> Callable[[str], Settings]:
    def read(value: str) -> Settings:
        if value not in choices:
            raise ValueError(f"it is {value[:80]!r}; allowed are {', '.join(choices)}")
        return choices[value]

    return read


def _reader_of_interval(path: str) -> Callable[[str], Settings]:
    def read(value: str) -> Settings:
        bounds = _json(value, 'an object like {"$gt": "2024-05-01T00:00:00Z"}')
        if not isinstance(bounds, dict) or not bounds or not bounds.keys() <= _BOUNDS.keys():
            raise ValueError(f"it is {value[:80]!r}; allowed is an object with $gt, $lt or both")
        if not all(isinstance(bound, str) for bound in bounds.values()):
            raise ValueError("a bound is an ISO-8601 time as text")
        return {f"{path}.{end}": bounds.get(name) for name, end in _BOUNDS.items()}

    return read


def _read_without_effect(value: str) -> Settings:
    """Read a toggle without effect: notifications have a section of their own, which the export does not decide."""
    _yes_or_no(value)
    return {}


def _json(value: str, wanted: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"it is {value[:80]!r}; allowed is {wanted}") from None


_BOUNDS = {"$gt": "after", "$lt": "before"}
PARAMETERS: dict[str, Callable[[str], Settings]] = {
    "project": _reader_of_id("export.project"),
    "stage": _reader_of_names("export.stages"),
    "batches": _reader_of_names("export.batches"),
    "taskTypes": _reader_of_names("export.task_types"),
    "format": _reader_of_choice(
        {
            "json": {"output.format": "json", "output.split_by": "size"},
            "ndjson": {"output.format": "ndjson", "output.split_by": "size"},
            "split": {"output.format": "ndjson-split", "output.split_by": "asset"},
        }
    ),
    "type": _reader_of_choice({"task": {"export.type": "task"}, "issue": {"export.type": "issue"}}),
    "includeOnlyKeyFrames": _reader_of_toggle("export.video.only_key_frames"),
    "includeIdleBlurDurations": _reader_of_toggle("export.fields.idle_blur_durations"),
    "includeMetadata": _reader_of_toggle("export.fields.annotation_metadata"),
    "includeHistory": _reader_of_toggle("export.fields.stage_history"),
    "updatedAt": _reader_of_interval("export.updated_at"),
    "createdAt": _reader_of_interval("export.created_at"),
    "sendEmail": _read_without_effect,
    "doNotNotify": _read_without_effect,
}
_UNDOCUMENTED = dict.fromkeys(
    ("status", "includeAssets"),
    "what it does is not documented, so it is refused rather than ignored; leave it out",
)
