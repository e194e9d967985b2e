"""Records without the values of some keys, for dead letters and logs, which are read by more people than exports.

Decided (2026-11): redaction goes by key, not by what a value looks like, so a
person can say beforehand what is left. Therefore a record in which keys cannot be
told, because it is no JSON object or not even UTF-8, is withheld as a whole: its
place in the input is in the dead letter, and the record itself is still there.
What is masked is masked before it leaves the worker that has read it, and the
other values keep the bytes that they came with.
"""

import re
from collections.abc import Iterator, Set

import msgspec
import orjson

from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.storage.redaction import HIDDEN

_MASK = orjson.dumps(HIDDEN)
_SPACE = b" \t\r\n"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_SHORT = 3  # characters up to which a value could be a part of any word
_UNREADABLE = (msgspec.MsgspecError, orjson.JSONEncodeError, UnicodeError, RecursionError)


def redacted(letter: DeadLetter, keys: Set[str]) -> DeadLetter:
    """``letter`` without the values of ``keys``, at whatever depth, in its record and in its detail."""
    if not (keys and letter.record):
        return letter
    hidden: list[bytes] = []
    try:
        record = _masked_record(letter.record, keys, hidden)
        forms = {form for value in hidden for form in _forms(value)}
    except _UNREADABLE:
        withheld = (
            f"{HIDDEN} {len(letter.record)} bytes that are no JSON object, withheld as limits.redact is set"
        )
        return msgspec.structs.replace(letter, record=withheld.encode())
    return msgspec.structs.replace(letter, record=record, detail=_without(letter.detail, forms))


def _masked_record(record: bytes, keys: Set[str], hidden: list[bytes]) -> bytes:
    """Raises ``_UNREADABLE`` for what is no JSON object of UTF-8."""
    record.decode()
    if record.strip(_SPACE)[:1] != b"{":
        raise msgspec.DecodeError("no object")
    masked = _masked(record, keys, hidden)
    return masked if hidden else record


def _masked(text: bytes, keys: Set[str], hidden: list[bytes]) -> bytes:
    """JSON text with the values of ``keys`` masked; they are added to ``hidden``."""
    text = text.strip(_SPACE)
    if text[:1] == b"{":
        members = [
            orjson.dumps(key) + b":" + (_hide(value, hidden) if key in keys else _masked(value, keys, hidden))
            for key, value in _object_items(text)
        ]
        return b"{" + b",".join(members) + b"}"
    if text[:1] == b"[":
        return b"[" + b",".join(_masked(bytes(value), keys, hidden) for value in _LIST.decode(text)) + b"]"
    return _masked_text(text, keys, hidden) if text[:1] == b'"' else text


def _object_items(text: bytes) -> Iterator[tuple[str, bytes]]:
    for key, value in _OBJECT.decode(text).items():
        yield key, bytes(value)


def _hide(value: bytes, hidden: list[bytes]) -> bytes:
    hidden.append(value)
    return _MASK


def _masked_text(text: bytes, keys: Set[str], hidden: list[bytes]) -> bytes:
    """A string may hold JSON itself: a column of Parquet, or what was encoded twice."""
    inner = _TEXT.decode(text).encode()
    if not inner.lstrip(_SPACE).startswith((b"{", b"[")):
        return text
    found: list[bytes] = []
    try:
        masked = _masked(inner, keys, found)
    except _UNREADABLE:
        return _hide(text, hidden) if any(key.encode() in inner for key in keys) else text
    hidden += found
    return orjson.dumps(masked.decode()) if found else text


def _forms(value: bytes) -> Iterator[str]:
    """Texts by which a detail may quote a masked value: its scalars, as they were written and as Python shows them."""
    value = value.strip(_SPACE)
    if value[:1] == b"{":
        for _, inner in _object_items(value):
            yield from _forms(inner)
    elif value[:1] == b"[":
        for inner in _LIST.decode(value):
            yield from _forms(bytes(inner))
    elif value[:1] == b'"':
        text = _TEXT.decode(value)
        yield from {value[1:-1].decode(), text, repr(text)[1:-1]} - {""}
    elif value[:1] not in b"tfn":  # true, false and null say nothing
        yield from {value.decode(), str(msgspec.json.decode(value, strict=False))}


def _without(detail: str, forms: Set[str]) -> str:
    """``detail`` without these values, be they whole or cut off before a ``…``."""
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        alone = re.escape(form) if len(form) > _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
        detail = re.sub(alone, HIDDEN, detail)
    before, mark, after = detail.partition("…")
    if not mark:
        return detail
    before = before.rstrip("\ufffd")  # half a character
    cut = max((_overlap(before, form) for form in forms), default=0)
    return f"{before[:-cut]}{HIDDEN}{mark}{after}" if cut else detail


def _overlap(text: str, form: str) -> int:
    """The number of characters at the end of ``text`` that ``form`` begins with."""
    return next((size for size in range(len(form), 0, -1) if text.endswith(form[:size])), 0)
