"""A v3 record apart from its rows: the bytes around the lists of its answer and of its stage history."""

from collections.abc import Sequence

import msgspec
from msgspec import Raw

from framehaul.transforms.kinds.ango.answer import PAYLOAD_START
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.parts.skeleton import Skeleton, cut


class _Payload(msgspec.Struct, gc=False):
    tools: Raw
    classifications: Raw
    relations: Raw


class _Task(msgspec.Struct, gc=False):
    task: _Payload


_TASK = msgspec.json.Decoder(_Task)
_ENTRY = msgspec.json.Decoder(_Payload)


def skeleton_of(pieces_of_answers: Sequence[Sequence[bytes]], *, with_history: bool) -> Skeleton:
    """The skeleton of a record.

    Args:
        pieces_of_answers: what ``contents_of_task`` gives, then ``contents_of_entry`` for each entry.
    """
    pieces = list(pieces_of_answers[0])
    pieces[-1] += b',"stageHistory":[' if with_history else b""
    for number, inner in enumerate(pieces_of_answers[1:]):
        pieces[-1] += (b"," if number else b"") + inner[0]
        pieces += inner[1:]
    pieces[-1] += b"]}" if with_history else b"}"
    return Skeleton(pieces)


def contents_of_task(task: TaskCopy) -> tuple[list[bytes], list[bytes]]:
    """The bytes around the three lists of a task, without closing braces, and the lists as JSON text."""
    return _cut(task.rendered, task.payload_at, _TASK.decode(task.rendered + b"}}").task)


def contents_of_entry(entry: StageEntry) -> tuple[list[bytes], list[bytes]]:
    """The bytes around the three lists of a stage-history entry, and the lists as JSON text."""
    return _cut(entry.rendered, entry.payload_at, _ENTRY.decode(entry.rendered))


def _cut(rendered: bytes, payload_at: int, payload: _Payload) -> tuple[list[bytes], list[bytes]]:
    lists = [bytes(payload.tools), bytes(payload.classifications), bytes(payload.relations)]
    return cut(rendered, payload_at, PAYLOAD_START, lists), lists
