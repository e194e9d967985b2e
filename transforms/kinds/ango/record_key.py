"""Keys of records that break the contract, as far as they can be told."""

from typing import Any

import msgspec

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import plain
from framehaul.transforms.tables import FRAMES, TASKS


class _Keys(msgspec.Struct, rename="camel", gc=False):
    task_id: Any = None
    own_id: Any = msgspec.field(name="_id", default=None)
    label_task: Any = None
    task: Any = None


_KEYS = msgspec.json.Decoder(_Keys)


def record_key(table: str, line: bytes) -> tuple[str, str] | None:
    """The id of a record's task, and its own id or ``""``; ``None`` where no task can be told, or nothing has it."""
    if table == FRAMES.name:
        return None
    try:
        keys = _KEYS.decode(plain(line))
    except (InvalidRecordError, msgspec.MsgspecError, UnicodeError):
        return None
    is_task = table == TASKS.name
    names = (keys.task_id, keys.own_id) if is_task else (keys.task_id, keys.label_task, keys.task)
    task_id = next((name for name in names if name is not None), None)
    if not isinstance(task_id, str) or not task_id:
        return None
    return task_id, keys.own_id if isinstance(keys.own_id, str) and not is_task else ""
