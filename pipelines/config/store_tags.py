"""Tags of objects, checked before a run by the rules of the stores."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from framehaul.transforms.storage.redaction import carries_secret

_MOST = 10
_LONGEST_NAME = 128
_LONGEST_VALUE = 256
_S3 = re.compile(r"[\w +\-=.:/@]*")
_AZURE = re.compile(r"[A-Za-z0-9_ +\-=.:/]*")


def _check_tags(characters: re.Pattern[str]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError("write {name: value, …}")
        if len(value) > _MOST:
            raise ValueError(f"{len(value)} are more than the {_MOST} that a store takes")
        for name, text in value.items():
            _check_tag(name, text, characters)
        return value

    return BeforeValidator(check, json_schema_input_type=dict[str, str])


def _check_tag(name: Any, value: Any, characters: re.Pattern[str]) -> None:
    for text in (name, value):
        if not isinstance(text, str):
            raise ValueError(f"{name!r} has a name or a value that is no text; put it in quotes")
        if carries_secret(text):
            raise ValueError(f"{name!r} holds a secret; everybody who may list objects sees tags")
        if characters.fullmatch(text) is None:
            allowed = "letters, digits, spaces and + - = . _ : /" + (" @" if characters is _S3 else "")
            raise ValueError(f"{name!r} has a character that the store does not take; allowed are {allowed}")
    if not 0 < len(name) <= _LONGEST_NAME or len(value) > _LONGEST_VALUE:
        raise ValueError(
            f"{name!r}: a name has 1 to {_LONGEST_NAME} characters, a value at most {_LONGEST_VALUE}"
        )
    if name.lower().startswith("aws:"):
        raise ValueError(f"{name!r} begins with aws:, which is Amazon's own")


Tags = Annotated[dict[str, str], _check_tags(_S3)]
AzureTags = Annotated[dict[str, str], _check_tags(_AZURE)]
