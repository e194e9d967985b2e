"""Durations, as a person writes them: ``90s``, ``24h``, ``30d``."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=36_500)


def parse_duration(text: str) -> timedelta:
    """Parse a length of time: a number and ``s``, ``m``, ``h``, ``d`` or ``w``.

    Raises:
        ValueError: it is none, or zero, or more than a hundred years.

    >>> parse_duration("24h"), parse_duration("1.5 d")
    (datetime.timedelta(days=1), datetime.timedelta(days=1, seconds=43200))
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no length of time; write for example 90s, 30m, 24h, 30d or 2w")
    try:
        duration = timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError:
        duration = _LONGEST * 2
    if not timedelta(0) < duration <= _LONGEST:
        raise ValueError(f"{text!r} is out of range; allowed is more than nothing, up to 36500d")
    return duration


def duration_text(duration: timedelta) -> str:
    """Write a length of time for a person, in two units at most.

    >>> duration_text(timedelta(days=7)), duration_text(timedelta(seconds=5025)), duration_text(timedelta(0))
    ('7 d', '1 h 23 min', '0 s')
    """
    rest = round(duration.total_seconds())
    parts = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, seconds)
        if number:
            parts.append(f"{number} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def _duration(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=str)]
