"""Keys of records that are not sound, as far as they can be told."""

import re
from typing import Any

import msgspec

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.tables import FRAMES, TASKS


class _Keys(msgspec.Struct, rename="camel", gc=False):
    task_id: Any = None
    own_id: Any = msgspec.field(name="_id", default=None)
    label_task: Any = None
    task: Any = None


_KEYS = msgspec.json.Decoder(_Keys)
_TEXT = msgspec.json.Decoder(str)
_UNREADABLE = (InvalidRecordError, msgspec.MsgspecError, UnicodeError, RecursionError)

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKENS = re.compile(
    rb"(?P<key>%b)\s*+:\s*+(?:(?P<text>%b)|\{\s*+\"\$oid\"\s*+:\s*+(?P<oid>%b)\s*+\})|%b|(?P<cut>\")|(?P<open>[{\[])|(?P<close>[}\]])"
    % ((_STRING,) * 4),
    re.DOTALL,
)


def record_key(table: str, line: bytes) -> tuple[str, str] | None:
    """The id of a record's task, and its own id or ``""``; ``None`` where no task can be told, or nothing has it.

    >>> record_key("stage_history", b'{"_id":"h1","taskId":{"$oid":"t1"},"duration":NaN,"answer":{"tools":[')
    ('t1', 'h1')
    """
    if table == FRAMES.name:
        return None
    try:
        keys = _KEYS.decode(rewrite_plain(line))
    except _UNREADABLE:
        keys = _scanned(line)
    is_task = table == TASKS.name
    names = (keys.task_id, keys.own_id) if is_task else (keys.task_id, keys.label_task, keys.task)
    task_id = next((name for name in names if name is not None), None)
    if not isinstance(task_id, str) or not task_id:
        return None
    return task_id, keys.own_id if isinstance(keys.own_id, str) and not is_task else ""


def _scanned(line: bytes) -> _Keys:
    """The keys of text that is no JSON, or nested too deep: those of its outermost object, up to where a string is cut."""
    found: dict[str, str] = {}
    depth = 0
    for token in _TOKENS.finditer(line):
        match token.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
            case "cut":
                break
            case "text" | "oid" as kind if depth == 1:
                try:
                    found[_TEXT.decode(token["key"])] = _TEXT.decode(token[kind])
                except _UNREADABLE:
                    continue
    return msgspec.convert(found, _Keys)
