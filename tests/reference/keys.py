"""What the reference knows of records that break the contract: their keys, as far as a person can read them.

Part of the independent judge (see ``reference.export``). What belongs to a task that is set aside is set aside with
it, so somebody has to tell whose record a broken line is: the one that its outermost object names.
"""

import json
from collections.abc import Mapping, Sequence
from json.decoder import scanstring
from typing import Any

from reference.reading import first_present, no_json_constant, unwrapped

Key = tuple[str, str | None]  # (id of the task, own id or None)


def told_key(line: bytes, names: Sequence[str]) -> Key | None:
    """The key of a record that is set aside.

    Args:
        names: of the id of its task, the contract's own name first.
    """
    record = _parsed(line)
    task_id, own_id = first_present(record, names), record.get("_id")
    if not isinstance(task_id, str) or not task_id:
        return None
    return task_id, own_id if isinstance(own_id, str) and own_id else None


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        value = unwrapped(json.loads(line.decode(), parse_constant=no_json_constant))
    except ValueError:
        return _outermost_texts(line.decode(errors="surrogateescape"))
    return value if isinstance(value, dict) else {}


def _outermost_texts(text: str) -> dict[str, str]:
    """Keys of the outermost object of what is no JSON that hold a text or an ``$oid``, up to where a string is cut."""
    tokens = _tokens(text)
    found = {}
    for place, (depth, token) in enumerate(tokens):
        following = [other for _, other in tokens[place + 1 : place + 7]]
        if depth != 1 or not isinstance(token, Text) or following[:1] != [":"]:
            continue
        value = following[1:2]
        if following[1:2] == ["{"] and following[2:4] == [Text("$oid"), ":"] and following[5:6] == ["}"]:
            value = following[4:5]
        if value and isinstance(value[0], Text) and not value[0].is_broken:
            found[token.value] = value[0].value
    return found


class Text:
    """A string between other tokens."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)

    @property
    def is_broken(self) -> bool:
        """Whether it holds what is no text in UTF-8."""
        return any("\ud800" <= letter <= "\udfff" for letter in self.value)


def _tokens(text: str) -> list[tuple[int, str | Text]]:
    """Strings and brackets, each with the number of brackets that are open before it."""
    tokens: list[tuple[int, str | Text]] = []
    place = depth = 0
    while place < len(text):
        char = text[place]
        place += 1
        if char == '"':
            try:
                value, place = scanstring(text, place, False)
            except ValueError:
                break
            tokens.append((depth, Text(value)))
        elif char not in " \t\r\n\ufeff":
            tokens.append((depth, char))
            depth += (char in "{[") - (char in "}]")
    return tokens
