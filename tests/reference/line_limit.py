"""Whether the reference says that a record cannot be cut into lines: what every part repeats is too long for one.

Part of the independent judge (see ``reference.export``). The contract does not fix how long a line is to the byte, since
values keep the bytes that they came with, so it is the tests that keep away from the edge.
"""

import json
from typing import Any

import orjson

Json = dict[str, Any]
LISTS = ("tools", "objects", "classifications", "relations")
_ROOM_FOR_PART = 150


class UndecidedError(Exception):
    """A record so close to the limit that its bytes would have to be known."""


def is_too_long(record: Json, most: int | None) -> bool:
    """Whether a record without rows is longer than ``most`` bytes; without a limit none is.

    Raises:
        UndecidedError: it may be.
    """
    if most is None:
        return False
    bare = _without_rows(record)
    if len(json.dumps(bare, separators=(",", ":"))) + _ROOM_FOR_PART <= most:
        return False
    if len(orjson.dumps(bare)) > most:
        return True
    raise UndecidedError


def _without_rows(record: Json) -> Json:
    task = record.get("task")
    answers = [task, *task.get("stageHistory", [])] if task else record["tasks"]
    bare = [{**answer, **{name: [] for name in LISTS if name in answer}} for answer in answers]
    if not task:
        return {**record, "tasks": bare}
    history = {"stageHistory": bare[1:]} if "stageHistory" in task else {}
    return {**record, "task": {**bare[0], **history}}
