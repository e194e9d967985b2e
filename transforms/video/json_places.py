"""Places of values in JSON text, found by the decoder itself.

A ``msgspec.Raw`` is a view of the text that it was decoded from, so the distance of the two in memory is the
place of the value. A search for the key would also find nested keys, and would miss escaped ones.
"""

import msgspec
import pyarrow as pa
from msgspec import Raw

ABSENT = Raw(b"null")


def address(text: bytes | Raw) -> int:
    """The address in memory at which the bytes begin."""
    return int(pa.py_buffer(text).address)


class _Members(msgspec.Struct, rename="camel", gc=False):
    page: Raw = ABSENT
    interpolation_stopped: Raw = ABSENT
    key_frame: Raw = ABSENT
    interpolated: Raw = ABSENT


_MEMBERS = msgspec.json.Decoder(_Members)
_USUAL = {
    key: (b'"%b"' % key.encode(), b',"%b":true' % key.encode(), b',"%b":false' % key.encode())
    for key in ("keyFrame", "interpolated")
}


def with_value(row: bytes, key: str, value: bytes) -> bytes:
    """``row`` with another value for a key that it has: ``page`` or ``interpolationStopped``."""
    start, end = _place(row, key)
    return row[:start] + value + row[end:]


def without_mark(row: bytes, key: str) -> bytes:
    """``row`` without a key that it has, ``keyFrame`` or ``interpolated``; all else stays but for a comma."""
    name, *usual = _USUAL[key]
    if row.count(name) == 1 and b"\\" not in row:  # so it is no nested key, and has no other name
        for member in usual:
            if member in row:
                return row.replace(member, b"")
    while (place := _place(row, key))[1] > 0:  # once for each time that the key is there
        row = _without_member(row, *place)
    return row


def _place(row: bytes, key: str) -> tuple[int, int]:
    """The place of the value of a key, half open; 0, 0 where the key is absent."""
    members = _MEMBERS.decode(row)
    value: Raw = {
        "page": members.page,
        "interpolationStopped": members.interpolation_stopped,
        "keyFrame": members.key_frame,
        "interpolated": members.interpolated,
    }[key]
    if value is ABSENT:
        return 0, 0
    start = address(value) - address(row)
    return start, start + len(bytes(value))


def _without_member(row: bytes, start: int, end: int) -> bytes:
    """``row`` without the key whose value is from ``start`` to ``end``, and without one comma beside it."""
    closing_quote = row.rindex(b'"', 0, start)
    before = row[: row.rindex(b'"', 0, closing_quote)].rstrip()
    after = row[end:].lstrip()
    if before.endswith(b","):
        return before[:-1] + after
    return before + after.removeprefix(b",").lstrip()
