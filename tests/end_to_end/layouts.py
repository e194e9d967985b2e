"""Ways to write the lines of one table as files; all of them mean the same records."""

import json
import random
from collections.abc import Callable, Sequence

import zstandard
from isal import igzip

Lines = list[bytes]
Layout = Callable[[Lines], dict[str, bytes]]


def joined(lines: Sequence[bytes], end: bytes = b"\n") -> bytes:
    return b"".join(line + end for line in lines)


def shuffled(lines: Lines) -> Lines:
    return random.Random(11).sample(lines, len(lines))


def array(lines: Lines, between: bytes = b",") -> bytes:
    """One JSON array; broken lines stay broken items, except the one that is no value at all."""
    return b"[" + between.join(lines) + b"]"


def in_files(lines: Lines, number: int) -> dict[str, bytes]:
    return {f"{index}.ndjson": joined(lines[index::number]) for index in range(number)}


def several_members(lines: Lines) -> bytes:
    return b"".join(igzip.compress(joined(lines[first::3])) for first in range(3))


def loosely_written(line: bytes) -> bytes:
    """The same record with its keys in another order and spaces between tokens."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    return json.dumps(dict(reversed(record.items())), ensure_ascii=False).encode()


LAYOUTS: dict[str, Layout] = {
    "shuffled": lambda lines: {".jsonl": joined(shuffled(lines))},
    "many files": lambda lines: in_files(lines, 7),
    "one file a record": lambda lines: in_files(lines, len(lines)),
    "empty files between": lambda lines: {"0.ndjson": b"", "1.ndjson": joined(lines), "2.ndjson": b"\n \n"},
    "gzip of several members": lambda lines: {".jsonl.gz": several_members(lines)},
    "zstd": lambda lines: {".ndjson.zst": zstandard.compress(joined(lines))},
    "array": lambda lines: {".json": array(lines)},
    "array on many lines": lambda lines: {".json.zst": zstandard.compress(array(shuffled(lines), b"\r\n ,"))},
    "carriage returns": lambda lines: {".ndjson": joined(lines, b"\r\n")},
    "byte order mark, blank lines, no last line end": lambda lines: {
        ".ndjson": b"\xef\xbb\xbf" + joined(lines, b"\n\n").rstrip()
    },
    "other order of keys, spaces": lambda lines: {".ndjson": joined(list(map(loosely_written, lines)))},
    "all of it mixed": lambda lines: {
        "a.json": array(lines[::3]),
        "b.ndjson.gz": igzip.compress(joined(lines[2::3])),
        "c.jsonl": joined(lines[1::3]),
    },
}
