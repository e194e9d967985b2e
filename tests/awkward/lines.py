"""How records become lines, and lines become the files of a table."""

import itertools
import json
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from awkward.values import Json

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLANK_LINES = (b"", b"  \t ", b"\r")


class Writing(NamedTuple):
    """One way to write a record; all of them mean the same.

    Attributes:
        seed: shuffles the keys of the record and of its answer; 0 keeps them.
        around: a carriage return before the line end is JSON's white space.
    """

    seed: int = 0
    separators: tuple[str, str] = (",", ":")
    ascii_only: bool = False
    around: bytes = b"%b"


WRITINGS = [
    Writing(*choices)
    for choices in itertools.product(
        range(8),
        [(",", ":"), (", ", ": "), (" ,\t", " :  ")],
        [False, True],
        [b"%b", b"%b\r", b" \t%b "],
    )
]


def written(record: Any, writing: Writing = WRITINGS[0]) -> bytes:
    """One line without its end."""
    if isinstance(record, dict):
        record = _shuffled(record, writing.seed)
        if isinstance(record.get("answer"), dict):
            record["answer"] = _shuffled(record["answer"], writing.seed)
    text = json.dumps(record, separators=writing.separators, ensure_ascii=writing.ascii_only)
    return writing.around % text.encode()


def _shuffled(record: Json, seed: int) -> Json:
    items = list(record.items())
    if seed:
        random.Random(seed).shuffle(items)
    return dict(items)


def split_into_files(
    table: str, lines: Sequence[bytes], cuts: Sequence[int] = (), *, last_line_end: bool = True
) -> dict[str, bytes]:
    """The lines as files ``<table>-0.ndjson``, ``-1`` and so on, cut before the given line indices.

    Any cuts from 0 to ``len(lines)`` hold the same records; equal cuts give empty files.

    >>> split_into_files("tasks", [b"{}", b"[]"], [1], last_line_end=False)
    {'tasks-0.ndjson': b'{}\\n', 'tasks-1.ndjson': b'[]'}
    """
    edges = [0, *sorted(cuts), len(lines)]
    contents = [
        b"".join(line + b"\n" for line in lines[first:end]) for first, end in itertools.pairwise(edges)
    ]
    if not last_line_end:
        contents[-1] = contents[-1].removesuffix(b"\n")
    return {f"{table}-{index}.ndjson": content for index, content in enumerate(contents)}


def tables_of(**records: Sequence[Any]) -> dict[str, dict[str, bytes]]:
    """Tables of one plain file each; bytes are lines as they stand, all else is written as JSON.

    >>> tables_of(tasks=[{"taskId": "t1"}, b"broken"])
    {'tasks': {'tasks-0.ndjson': b'{"taskId":"t1"}\\nbroken\\n'}}
    """
    return {
        table: split_into_files(table, [line if isinstance(line, bytes) else written(line) for line in lines])
        for table, lines in records.items()
    }
