"""Check that a record is sound JSON text, and rewrite it as plain JSON.

Payloads are handed on as the bytes that they are, so a record is checked
once, as a whole, before anything trusts it. simdjson does that at 1.8 GB/s and
refuses what typed readers choke on (1e400, lone surrogates, bad UTF-8, integers
over 64 bit); msgspec alone lets some of these pass inside untouched parts, and
orjson needs four times as long because it builds objects (measured on one core,
records of 1.2 kB).

State of the process: Python's limit of nesting, raised when this module is imported; a parser for each thread.
"""

import math
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import orjson
import simdjson

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.reasons import Reason

_PARSER_LIMIT = 16 << 20  # a parser keeps the memory of the largest record that it has seen
_THREAD = threading.local()  # a parser is for one thread

_HEAD = 64  # a writer that puts spaces between tokens does so from the start
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# msgspec counts nesting by Python's limit, which the frames of Beam already use a part of. simdjson's own limit
# of 1,024 is the one that counts, and so the same on every runner.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))


def check(text: bytes) -> None:
    """Refuse text that is not one sound JSON value.

    Raises:
        InvalidRecordError: ``not_utf8``, ``not_json``, ``number_out_of_range`` or ``too_deep``.
    """
    if text.startswith(_BYTE_ORDER_MARK):  # which simdjson skips
        raise InvalidRecordError(
            Reason.NOT_JSON, "a byte order mark stands before the record; only files begin with one"
        )
    try:
        _parser(len(text)).parse(text)
    except (ValueError, RuntimeError) as error:
        raise _translated_error(text, str(error)) from None


def survey(lines: Sequence[bytes]) -> tuple[bool, bool]:
    """Look at many records at once, which takes less time than one after the other.

    Returns:
        Two answers. The first is true if no record has bad UTF-8 or a number
        out of range, which decoding would let pass. The second is true if all
        records are plain but for spaces. False only means that each record has
        to be looked at by itself. Lines that are no JSON one by one may be JSON
        when they are joined: decoding finds those.
    """
    joined = (
        lines[0] if len(lines) == 1 else b"".join((b"[", b",".join([line for line in lines if line]), b"]"))
    )
    is_plain = not (b"$" in joined or b"\n" in joined or b"\r" in joined or b"\t" in joined)
    try:
        _parser(len(joined)).parse(joined)
    except (ValueError, RuntimeError):
        return False, is_plain
    return True, is_plain


def is_spaced(text: bytes) -> bool:
    """Tell whether a record begins with spaces between its tokens."""
    return text.find(b'": ', 0, _HEAD) >= 0 or text.find(b'" :', 0, _HEAD) >= 0 or text[1:2] == b" "


def _parser(size: int) -> Any:
    if size > _PARSER_LIMIT:
        return simdjson.Parser()
    try:
        return _THREAD.parser
    except AttributeError:
        _THREAD.parser = simdjson.Parser()
        return _THREAD.parser


def _translated_error(text: bytes, simdjson_error: str) -> InvalidRecordError:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return InvalidRecordError(Reason.NOT_UTF8, f"byte {error.start} is not UTF-8; records are UTF-8 text")
    if simdjson_error.startswith("DEPTH_ERROR"):
        return InvalidRecordError(Reason.TOO_DEEP, "lists or objects are nested more than 1,000 deep")
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        reason = Reason.NUMBER_OUT_OF_RANGE if "infinity" in error.msg else Reason.NOT_JSON
        return InvalidRecordError(reason, f"{error}; a record is one JSON object")
    if simdjson_error.startswith(("BIGINT_ERROR", "NUMBER_ERROR")):  # orjson takes it for a float
        return InvalidRecordError(Reason.NUMBER_OUT_OF_RANGE, "a whole number does not fit 64 bits")
    return InvalidRecordError(Reason.NOT_JSON, f"{simdjson_error}; a record is one JSON object")


def rewrite_plain(text: bytes) -> bytes:
    """Rewrite a record without the dialects of its source.

    White space between tokens is left out, and extended JSON of database dumps
    becomes plain values. Plain text, the usual case, is returned as it is.
    """
    # Marks inside a string only cost time. A search for one byte is ten times as fast as for two.
    if is_spaced(text) or b"\n" in text or b"\r" in text or b"\t" in text:
        text = msgspec.json.format(text, indent=-1)
    if b"$" in text and b'"$' in text:
        return rewrite(text, _unwrap)
    return text


def rewrite(text: bytes, rule: Callable[[Any], Any]) -> bytes:
    """Apply ``rule`` to the value in ``text``, and write the result as JSON text.

    Raises:
        InvalidRecordError: ``too_deep``; only records that need no rewriting may nest deeper than orjson writes.
    """
    try:
        return orjson.dumps(rule(orjson.loads(text)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise InvalidRecordError(
            Reason.TOO_DEEP, f"{error}; this record has to be written anew, up to 254 levels deep"
        ) from None


def _unwrap(value: Any) -> Any:
    """Replace all extended JSON in ``value`` by plain values, innermost first."""
    if isinstance(value, list):
        return [_unwrap(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    plain_value = {key: _unwrap(inner) for key, inner in value.items()}
    if len(plain_value) == 1:
        ((key, inner),) = plain_value.items()
        if key in _UNWRAP:
            return _UNWRAP[key](inner)
    return plain_value


def _number_reader(convert: Callable[[str], float]) -> Callable[[Any], Any]:
    def unwrap(text: Any) -> Any:
        try:
            number = convert(text)
        except (ValueError, TypeError):
            return text  # the check of types says what is wrong with it, if anybody reads it
        if not math.isfinite(number) or (isinstance(number, int) and not -(1 << 63) <= number < 1 << 64):
            raise InvalidRecordError(
                Reason.NUMBER_OUT_OF_RANGE, f"{text} is no finite double or does not fit 64 bits"
            )
        return number

    return unwrap


# https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
_UNWRAP: dict[str, Callable[[Any], Any]] = {
    "$oid": lambda text: text,
    "$date": lambda moment: moment,
    "$numberLong": _number_reader(int),
    "$numberInt": _number_reader(int),
    "$numberDouble": _number_reader(float),
}
