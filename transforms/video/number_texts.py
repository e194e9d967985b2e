"""Numbers as JSON text, many at once: pages, and coordinates as orjson writes doubles."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import orjson

from framehaul.transforms.video.interpolation import Doubles

PAGES = 512  # whose texts are made together and kept


def page_texts(start: int, end: int) -> list[bytes]:
    """Pages as text, from ``start`` to ``end``; both within one block of ``PAGES``."""
    block, first = divmod(start, PAGES)
    return _block_texts(block)[first : first + end - start]


@lru_cache(maxsize=1024)
def _block_texts(block: int) -> list[bytes]:
    return [b"%d" % page for page in range(block * PAGES, (block + 1) * PAGES)]


def number_texts(values: Doubles, fields: Sequence[int]) -> list[Iterable[bytes]]:
    """Numbers as text: for each field a column with one text a row.

    Args:
        values: shape (rows, numbers).
        fields: see ``Layout``.
    """
    columns: list[Iterable[bytes]] = []
    place = 0
    for points in fields:
        count = 2 * points or 1
        part = np.ascontiguousarray(values[:, place : place + count])
        columns.append(_points_as_text(part) if points else _numbers_as_text(part))
        place += count
    return columns


def _numbers_as_text(values: Doubles) -> list[bytes]:
    return orjson.dumps(values.ravel(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _points_as_text(values: Doubles) -> list[bytes]:
    """Points without the outermost brackets, ``1.0,2.0],[3.0,4.0``."""
    text = orjson.dumps(values.reshape(len(values), -1, 2), option=orjson.OPT_SERIALIZE_NUMPY)
    is_bracket = np.frombuffer(text, np.uint8) == ord("]")
    ends = np.flatnonzero(is_bracket[1:] & is_bracket[:-1]).tolist()[: len(values)]
    starts = [3, *(end + 5 for end in ends)]  # "]],[[" stands between two rows
    return [text[start:end] for start, end in zip(starts, ends, strict=False)]
