"""What may stand in a log line or on standard error: no secret, and no value of a key that the config redacts.

State of the process: the keys that are masked. A process runs one export, and its libraries log without knowing which.
"""

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.redaction import HIDDEN, without_values

_KEYS: set[str] = set()
_EVERY_STORE = StorageOptions()


def redact_logs(keys: Iterable[str]) -> None:
    """From now on the values of ``keys`` are masked in what this process logs."""
    _KEYS.clear()
    _KEYS.update(keys)


def fit_to_log(text: str) -> str:
    """``text`` as it may be logged."""
    return without_values(_EVERY_STORE.shown("", text), _KEYS)


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A processor of structlog: facts of redacted keys are masked, at any depth."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: object, value: Any) -> Any:
    if key in _KEYS:
        return HIDDEN
    if isinstance(value, Mapping):
        return {inner: _masked(inner, content) for inner, content in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(None, item) for item in value]
    return fit_to_log(value) if isinstance(value, str) else value


class FitToLog(logging.Formatter):
    """For what libraries log: an error of a driver may repeat a signed URL."""

    def format(self, record: logging.LogRecord) -> str:
        return fit_to_log(super().format(record))
