"""Kinds of values that several settings share: sizes, bounds, names, URLs."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.records.times import parse_time
from framehaul.transforms.storage.object_names import control_characters
from framehaul.transforms.storage.options import SCHEMES, scheme_of
from framehaul.transforms.storage.redaction import carries_secret

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*(B|[KMGT](?:i?B)?)?", re.IGNORECASE)
_UNITS = {"": 1, "B": 1} | {
    f"{prefix}{middle}B": (1024 if middle else 1000) ** power
    for power, prefix in enumerate("KMGT", 1)
    for middle in ("I", "")
}
_UNITS |= {prefix: _UNITS[f"{prefix}IB"] for prefix in "KMGT"}  # as in coreutils


def parse_size(value: Any) -> Any:
    """Parse a number of bytes, or text like ``64MiB``.

    >>> parse_size("64MiB"), parse_size("64M"), parse_size("1.5 kB"), parse_size(10)
    (67108864, 67108864, 1500, 10)
    """
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise ValueError(
            f"{value!r} is no size; write for example 64MiB, 64M (the same), 500MB or a number of bytes"
        )
    return round(float(match[1]) * _UNITS[(match[2] or "").upper()])


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _parse_bound(value: Any) -> Any:
    """Parse a bound to ISO-8601 UTC text with microseconds; a number could be seconds, milliseconds or a year."""
    if isinstance(value, date):  # what YAML makes of a time without quotes; datetime is a date, too
        value = value.isoformat()
    if value is None:
        return None
    if not isinstance(value, str) or value.isdigit():
        raise ValueError("a bound is an ISO-8601 time, for example 2024-05-01T00:00:00Z")
    try:
        return f"{parse_time(value, 'the bound')}Z"
    except InvalidRecordError as error:
        raise ValueError(error.detail) from None


def _check_url(url: str) -> str:
    if carries_secret(url):
        raise ValueError("a URL holds no credentials: give them under `storage:` as {env: NAME}")
    if acting := control_characters(url):
        raise ValueError(f"a URL holds no control characters; this one has {acting}")
    if scheme_of(url) not in SCHEMES:
        allowed = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise ValueError(f"a URL is a plain path or begins with one of {allowed}")
    return url


def _check_store_name(scheme: str) -> str:
    if scheme not in SCHEMES:
        raise ValueError(f"no such store; known are {', '.join(SCHEMES)}")
    return scheme


Bound = Annotated[str | None, BeforeValidator(_parse_bound, json_schema_input_type=str | None)]
Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)]
Names = Annotated[list[str], BeforeValidator(_as_list, json_schema_input_type=list[str] | str)]
TaskTypes = Annotated[
    list[Literal["default", "consensus", "benchmark", "*"]],
    BeforeValidator(_as_list, json_schema_input_type=list[str] | str),
]
Url = Annotated[str, Field(min_length=1), AfterValidator(_check_url)]
Urls = Annotated[list[Url], BeforeValidator(_as_list, json_schema_input_type=list[str] | str)]
StoreName = Annotated[str, AfterValidator(_check_store_name)]


class Section(BaseModel):
    """A part of a config: unknown keys are refused, and nothing changes once it is checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)
