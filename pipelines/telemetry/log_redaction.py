"""Redact log lines and messages on standard error: no secret, and no value of a key that the config redacts.

State of the process: the keys that are redacted. A process runs one export, and its libraries log without knowing which.
"""

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.redaction import HIDDEN, redact_values

_KEYS: set[str] = set()
_EVERY_STORE = StorageOptions()


def redact_logs(keys: Iterable[str]) -> None:
    """Redact the values of ``keys`` in all that this process logs from now on."""
    _KEYS.clear()
    _KEYS.update(keys)


def redact_for_log(text: str) -> str:
    """Replace secrets and the values of redacted keys in ``text``."""
    return redact_values(_EVERY_STORE.redact("", text), _KEYS)


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Redact the facts of an event, at any depth, as a processor of structlog."""
    return {key: _redact(key, value) for key, value in event.items()}


def _redact(key: object, value: Any) -> Any:
    if key in _KEYS:
        return HIDDEN
    if isinstance(value, Mapping):
        return {inner: _redact(inner, content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(None, item) for item in value]
    return redact_for_log(value) if isinstance(value, str) else value


class RedactingFormatter(logging.Formatter):
    """Formatter for the logs of libraries: an error of a driver may repeat a signed URL."""

    def format(self, record: logging.LogRecord) -> str:
        return redact_for_log(super().format(record))
