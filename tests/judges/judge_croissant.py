"""mlcroissant: is the description valid, does it verify the shards, and what are its records?"""

import logging
from typing import Any

import mlcroissant
from fingerprint import Json, index_fingerprint
from judging import from_card, judge


class _Heard(logging.Handler):
    """Warnings that are only logged, such as one of a context that is not the standard one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def validate() -> Json:
    heard = _Heard()
    logging.getLogger("absl").addHandler(heard)
    issues = mlcroissant.Dataset("croissant.json").metadata.ctx.issues
    logging.getLogger("absl").removeHandler(heard)
    return {"errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "logged": heard.messages}


def checksums() -> Json:
    """How many shards the reader has found and verified by their checksum; it refuses a changed one."""
    operations = mlcroissant.Dataset("croissant.json").operations.operations
    downloads = [operation for operation in operations.nodes if type(operation).__name__ == "Download"]
    return {"verified": sorted(str(download.call().filename) for download in downloads)}


def card() -> Json:
    return index_fingerprint(_named(record) for record in from_card("Croissant"))


def _named(value: Any) -> Any:
    """A record with its own keys for ``assets/task/…``, and text for what this reader gives as bytes."""
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: _named(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.item() if hasattr(value, "item") else value


if __name__ == "__main__":
    judge({"validate": validate, "checksums": checksums, "card": card})
