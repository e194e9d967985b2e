"""Lines of ``dead-letters.ndjson``: records that were set aside, as they were read."""

from typing import Any

import msgspec
import orjson

from framehaul.transforms.reasons import Reason


class DeadLetter(msgspec.Struct, array_like=True):
    """A record that was set aside, with its place and the reason.

    Attributes:
        table: the table that it was read from.
        source: index of its split, and its place there, from 1.
        reason: the kind of fault, which others count by.
        detail: what was found and what is allowed.
        record: the record as it was read; empty where it is longer than a record may be.
    """

    table: str
    source: tuple[int, int]
    reason: Reason
    detail: str
    record: bytes


def render_dead_letter(letter: DeadLetter, place: str) -> bytes:
    """A line of ``dead-letters.ndjson``; bytes that are not UTF-8 are shown as ``\\xff``.

    Args:
        place: the file and the line, row or item.
    """
    line: dict[str, Any] = {
        "table": letter.table,
        "source": place,
        "reason": letter.reason,
        "detail": letter.detail,
        "record": letter.record.decode(errors="backslashreplace"),
    }
    return orjson.dumps(line) + b"\n"
