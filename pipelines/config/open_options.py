"""Options that are handed on as they are, to stores or to Beam; none may hold a secret in the open."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from framehaul.transforms.storage.object_settings import NAMES
from framehaul.transforms.storage.redaction import carries_secret

_SECRETS = re.compile(r"key|secret|token|password|credential|connection_string|sas", re.IGNORECASE)
_NO_SECRETS = (
    None,
    True,
    False,
    "anon",
    "cloud",
    "google_default",
    "cache",
    "browser",
)  # ways to find a token


def _refuse_open_secrets(options: dict[str, Any]) -> dict[str, Any]:
    problems = list(_open_secrets(options, ""))
    if problems:
        raise ValueError(
            f"{', '.join(problems)} may hold a secret; write {{env: NAME}} and put the value into the environment"
        )
    return options


def _open_secrets(options: dict[str, Any], path: str) -> Iterator[str]:
    for name, value in options.items():
        where = f"{path}.{name}" if path else name
        if isinstance(value, dict) and set(value) == {"env"}:
            if not isinstance(value["env"], str) or not value["env"]:
                yield f"{where}.env"
            continue
        if (_SECRETS.search(name) and value not in _NO_SECRETS) or (
            isinstance(value, str) and carries_secret(value)
        ):
            yield where
        elif isinstance(value, dict):
            yield from _open_secrets(value, where)


def _without_secrets_of_a_store(options: dict[str, Any]) -> dict[str, Any]:
    """The name of a key that a store keeps is none; such settings are checked by themselves."""
    _refuse_open_secrets({name: value for name, value in options.items() if name not in NAMES})
    return options


OpenOptions = Annotated[dict[str, Any], AfterValidator(_refuse_open_secrets)]
StoreOptions = Annotated[dict[str, Any], AfterValidator(_without_secrets_of_a_store)]
