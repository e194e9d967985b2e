"""Fields of a record: decoded by a struct, checked for their kind, and refused with what was found."""

from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import check
from framehaul.transforms.reasons import Reason

_T = TypeVar("_T")


def decoded(decoder: msgspec.json.Decoder[_T], text: bytes) -> _T:
    """``text`` as the struct of ``decoder``.

    Raises:
        InvalidRecordError: ``not_an_object`` or ``wrong_type``, or a reason of ``json_text.check``.
    """
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        check(text)  # msgspec stops at a wrong type, be the rest JSON or not
        message = str(error)
        if message.startswith("Expected `object`") and "`$" not in message:
            raise InvalidRecordError(
                Reason.NOT_AN_OBJECT, f"{message}; a record is one JSON object"
            ) from None
        raise InvalidRecordError(Reason.WRONG_TYPE, message) from None
    except msgspec.DecodeError as error:
        check(text)
        raise InvalidRecordError(Reason.NOT_JSON, f"{error}; a record is one JSON object") from None


def first(*values: str | None) -> str | None:
    """The first value that is not ``None``, of a key and its aliases."""
    for value in values:
        if value is not None:
            return value
    return None


def required(value: str | None, key: str) -> str:
    """The value of a key that every record needs.

    Raises:
        InvalidRecordError: ``missing_key``, it is absent, null or empty.
    """
    if not value:
        raise InvalidRecordError(
            Reason.MISSING_KEY, f"{key} is {'empty' if value == '' else 'absent'}; every record needs it"
        )
    return value


def raw_list(raw: Raw, key: str) -> bytes | None:
    """The bytes of a list, or ``None`` where it is absent or null."""
    content = bytes(raw)
    if content[:1] == b"[":
        return content
    _refuse_other(content, key, "array")
    return None


def raw_object(raw: Raw, key: str) -> bytes | None:
    """The bytes of an object, or ``None`` where it is absent or null."""
    content = bytes(raw)
    if content[:1] == b"{":
        return content
    _refuse_other(content, key, "object")
    return None


def _refuse_other(content: bytes, key: str, kind: str) -> None:
    if content != b"null":
        found = _shown(content)
        raise InvalidRecordError(Reason.WRONG_TYPE, f"Expected `{kind} | null`, got `{found}` - at `$.{key}`")


def _shown(content: bytes) -> Any:
    text = content[:40].decode(errors="replace")
    return text if len(content) <= 40 else f"{text}…"
