"""A record apart from its rows: the bytes that every part of it repeats."""

from collections.abc import Iterable, Sequence

import msgspec
import orjson
from msgspec import Raw

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.answer import PAYLOAD_START
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.reasons import Reason

LISTS = 3
"""Lists of rows in an answer: tools, classifications, relations, in this order."""
CLASSIFICATIONS, RELATIONS = 1, 2

_DIGITS = 4 * 10
_PART_BYTES = len(b',"part":{"index":,"count":,"firstPage":,"lastPage":}}') + _DIGITS


class _Payload(msgspec.Struct, gc=False):
    tools: Raw
    classifications: Raw
    relations: Raw


class _Task(msgspec.Struct, gc=False):
    task: _Payload


_TASK = msgspec.json.Decoder(_Task)
_ENTRY = msgspec.json.Decoder(_Payload)


class Skeleton(msgspec.Struct, array_like=True):
    """The bytes around the lists of a record.

    Attributes:
        pieces: the bytes before the first list, between two, and after the
            last, without the brackets of the lists; one more than there are lists.
            Lists are those of the answer, then those of every stage-history
            entry.
    """

    pieces: list[bytes]

    @property
    def size_bytes(self) -> int:
        """Bytes of a line without rows, ``part`` at its longest."""
        return sum(map(len, self.pieces)) + 2 * (len(self.pieces) - 1) + _PART_BYTES

    def room(self, max_line_bytes: int) -> int:
        """Bytes of rows, a comma each, that fit in a line.

        Raises:
            InvalidRecordError: ``line_too_long``, not even a line without rows fits.
        """
        if self.size_bytes <= max_line_bytes:
            return max_line_bytes - self.size_bytes
        raise InvalidRecordError(
            Reason.LINE_TOO_LONG,
            f"the record has {self.size_bytes} bytes without its rows, which every part repeats; "
            f"output.max_line_bytes is {max_line_bytes}; raise it, or export less of each record (export.fields)",
        )

    def slack_bytes(self, lists: int) -> int:
        """The most bytes by which a line is shorter than ``size_bytes`` and its rows with a comma each."""
        return _DIGITS + lists

    def line(self, lists: Iterable[Sequence[bytes]], part: bytes) -> bytes:
        """Write one line.

        Args:
            lists: the rows of each list.
            part: as ``part_key`` gives it.
        """
        out = [self.pieces[0]]
        for rows, piece in zip(lists, self.pieces[1:], strict=True):
            out += (b"[", b",".join(rows), b"]", piece)
        out += (part, b"}")
        return b"".join(out)


def part_key(index: int, count: int, first_page: int | None, last_page: int | None) -> bytes:
    """``part`` as it stands at the end of a record, after other keys."""
    part = {"index": index, "count": count, "firstPage": first_page, "lastPage": last_page}
    return b',"part":' + orjson.dumps(part)


def taken_apart(
    task: TaskCopy, history: Sequence[StageEntry], *, with_history: bool
) -> tuple[Skeleton, list[bytes]]:
    """The skeleton of a record, and its lists as JSON text."""
    answers = [contents_of_task(task), *map(contents_of_entry, history)]
    lists = [content for _, contents in answers for content in contents]
    return skeleton_of([pieces for pieces, _ in answers], with_history=with_history), lists


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
    """What stands around the three lists of an answer, without closing braces, and the lists as JSON text."""
    return _cut(task.rendered, task.payload_at, _TASK.decode(task.rendered + b"}}").task)


def contents_of_entry(entry: StageEntry) -> tuple[list[bytes], list[bytes]]:
    """What stands around the three lists of a stage-history entry, and the lists as JSON text."""
    return _cut(entry.rendered, entry.payload_at, _ENTRY.decode(entry.rendered))


def _cut(rendered: bytes, payload_at: int, payload: _Payload) -> tuple[list[bytes], list[bytes]]:
    lists = [bytes(payload.tools), bytes(payload.classifications), bytes(payload.relations)]
    return cut(rendered, payload_at, PAYLOAD_START, lists), lists


def cut(rendered: bytes, payload_at: int, start: bytes, lists: Sequence[bytes]) -> list[bytes]:
    """The bytes around the three lists of an answer.

    Args:
        payload_at: place of ``start``, the key of the first list.
    """
    keys = (start, b',"classifications":', b',"relations":')
    end = payload_at + sum(map(len, keys)) + sum(map(len, lists))
    return [rendered[:payload_at] + keys[0], keys[1], keys[2], rendered[end:]]
