"""How the reference reads tables: every line is a record, blank, or set aside for one stable reason.

Part of the independent judge (see ``reference.export``): written from
transforms/README.md, "Tables" and "Reasons", alone, and plain rather than fast. Nesting deeper than Python's own
limit is outside of its scope.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLANK = b" \t\r"

ISO_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?",
    re.ASCII,
)

Source = tuple[str, int]  # (file name, line number from 1, blank lines counted too)


class SetAsideError(Exception):
    """This one record is set aside; ``reason`` is its stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class TableRead:
    """One table: ``read`` = lines that are not blank = records, which stand at ``sources``, + dead letters.

    Attributes:
        lines: all of them, by place.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    dead_letters: list[tuple[Source, str]] = field(default_factory=list)
    lines: dict[Source, bytes] = field(default_factory=dict)

    @property
    def read(self) -> int:
        return len(self.records) + len(self.dead_letters)


def read_table(files: Mapping[str, bytes], check: Callable[[dict[str, Any]], None]) -> TableRead:
    """Every record of a table that ``check`` lets pass, extended JSON unwrapped."""
    table = TableRead()
    for source, line in _lines(files):
        table.lines[source] = line
        try:
            record = parsed_object(line)
            check(record)
        except SetAsideError as error:
            table.dead_letters.append((source, error.reason))
        else:
            table.records.append(record)
            table.sources.append(source)
    return table


def _lines(files: Mapping[str, bytes]) -> Iterator[tuple[Source, bytes]]:
    for name, content in sorted(files.items()):
        for number, line in enumerate(content.removeprefix(BYTE_ORDER_MARK).split(b"\n"), start=1):
            if line.strip(BLANK):
                yield (name, number), line


def parsed_object(line: bytes) -> dict[str, Any]:
    """Raises ``SetAsideError``: not_utf8, not_json, number_out_of_range or not_an_object."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise SetAsideError("not_utf8") from None
    try:
        value = json.loads(text, parse_int=_whole_number, parse_constant=no_json_constant)
    except ValueError:
        raise SetAsideError("not_json") from None
    value = unwrapped(value)
    scalars = list(_scalars(value))
    if not all(_is_unicode(scalar) for scalar in scalars):
        raise SetAsideError("not_json")
    if not all(_is_in_range(scalar) for scalar in scalars):
        raise SetAsideError("number_out_of_range")
    if not isinstance(value, dict):
        raise SetAsideError("not_an_object")
    return value


def unwrapped(value: Any) -> Any:
    """MongoDB's extended JSON as the plain value it stands for, at any depth.

    A wrapper whose content does not fit its type is no wrapper, and stays.
    """
    if isinstance(value, list):
        return [unwrapped(member) for member in value]
    if not isinstance(value, dict):
        return value
    value = {key: unwrapped(member) for key, member in value.items()}
    if len(value) == 1 and next(iter(value)) in EXTENDED_JSON:
        ((key, inner),) = value.items()
        try:
            return EXTENDED_JSON[key](inner)
        except (TypeError, ValueError):
            return value
    return value


def _string(inner: Any) -> str:
    if not isinstance(inner, str):
        raise TypeError
    return inner


EXTENDED_JSON: dict[str, Callable[[Any], Any]] = {
    "$oid": _string,
    "$date": lambda inner: inner,
    "$numberInt": lambda inner: int(_string(inner)),
    "$numberLong": lambda inner: int(_string(inner)),
    "$numberDouble": lambda inner: float(_string(inner)),
}


def _whole_number(digits: str) -> float:
    # 20 characters hold every 64-bit number, and int() refuses strings of thousands of digits.
    return int(digits) if len(digits) <= 20 else math.inf


def no_json_constant(name: str) -> None:
    """Raises ``ValueError``: ``NaN`` and the infinities are Python's, and no JSON."""
    raise ValueError(f"{name} is not JSON")


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _scalars(member)
    elif isinstance(value, list):
        for member in value:
            yield from _scalars(member)
    else:
        yield value


def _is_unicode(scalar: Any) -> bool:
    """False for half of a surrogate pair, which JSON can escape but UTF-8 cannot hold."""
    return not isinstance(scalar, str) or not any("\ud800" <= letter <= "\udfff" for letter in scalar)


def _is_in_range(scalar: Any) -> bool:
    if isinstance(scalar, int):
        return -(2**63) <= scalar < 2**64
    return not isinstance(scalar, float) or math.isfinite(scalar)


def first_present(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The value under the first name that is there and not null: its own name, then aliases."""
    return next((record[name] for name in names if record.get(name) is not None), None)


def instant(value: Any) -> datetime:
    """A time in UTC, to the microsecond, from ISO-8601 (without zone: UTC) or epoch milliseconds.

    Raises:
        SetAsideError: ``bad_time``, also for what lies outside of the years 1 to 9999.
    """
    try:
        if isinstance(value, str):
            return _from_iso(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
            return EPOCH + timedelta(milliseconds=int(value))
    except (ValueError, OverflowError):
        pass
    raise SetAsideError("bad_time")


def _from_iso(text: str) -> datetime:
    parts = ISO_TIME.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    *clock, fraction, sign, hours, minutes = parts.groups(default="0")
    microsecond = int(fraction[:6].ljust(6, "0"))
    local = datetime(*(int(part) for part in clock), microsecond, tzinfo=UTC)  # type: ignore[misc,arg-type]
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return local + ahead if sign == "-" else local - ahead


def instant_or_none(value: Any) -> datetime | None:
    return None if value is None else instant(value)


def written_time(value: datetime | None) -> str | None:
    """As the record holds it: UTC, milliseconds (finer digits cut off), ``Z``."""
    return None if value is None else value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
