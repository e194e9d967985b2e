"""A record apart from its rows: the bytes that every part of it repeats."""

from collections.abc import Iterable, Sequence

import msgspec
import orjson

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.reasons import Reason

LISTS = 3
"""Lists of rows in an answer: tools, classifications, relations, in this order."""
CLASSIFICATIONS, RELATIONS = 1, 2

_DIGITS = 4 * 10
_PART_BYTES = len(b',"part":{"index":,"count":,"firstPage":,"lastPage":}}') + _DIGITS


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
        """Bytes of rows, a comma each, that fit in a line. Raises ``InvalidRecordError``, as ``room_beside`` does."""
        return room_beside(self.size_bytes, max_line_bytes)

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


def room_beside(skeleton_bytes: int, max_line_bytes: int) -> int:
    """Bytes of rows, a comma each, that fit in a line beside a skeleton.

    Raises:
        InvalidRecordError: ``line_too_long``, not even a line without rows fits.
    """
    if skeleton_bytes <= max_line_bytes:
        return max_line_bytes - skeleton_bytes
    raise InvalidRecordError(
        Reason.LINE_TOO_LONG,
        f"the record has {skeleton_bytes} bytes without its rows, which every part repeats; "
        f"output.max_line_bytes is {max_line_bytes}; raise it, or export less of each record (export.fields)",
    )


def part_key(index: int, count: int, first_page: int | None, last_page: int | None) -> bytes:
    """``part`` as it stands at the end of a record, after other keys."""
    part = {"index": index, "count": count, "firstPage": first_page, "lastPage": last_page}
    return b',"part":' + orjson.dumps(part)


def cut(rendered: bytes, payload_at: int, start: bytes, lists: Sequence[bytes]) -> list[bytes]:
    """The bytes around the three lists of an answer.

    Args:
        payload_at: place of ``start``, the key of the first list.
    """
    keys = (start, b',"classifications":', b',"relations":')
    end = payload_at + sum(map(len, keys)) + sum(map(len, lists))
    return [rendered[:payload_at] + keys[0], keys[1], keys[2], rendered[end:]]
