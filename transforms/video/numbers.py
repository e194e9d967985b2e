"""The numbers in the texts of many shapes, found at once.

A text is taken as bytes: digits, ``-`` and ``.`` make numbers, all else stands between them. That is right for
nearly every shape, and takes numpy little time. It is wrong for exponents, and for strings with digits in them: a
shape whose frame has other words than the keys of transforms/README.md, "Shapes", is read once more, slowly.
"""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

from framehaul.transforms.video.interpolation import Doubles
from framehaul.transforms.video.shapes import NUMBER, Layout, layout_of
from framehaul.transforms.video.tracks import Ints

_Chars = NDArray[np.uint8]
Reading = tuple[Layout | None, int]

_IN_NUMBERS = np.isin(np.arange(256), list(b"0123456789-."))
_PLAIN = re.compile(rb'(?:[][{}:,0]|"(?:x|y|width|height|zones|region|holes)")*')
_BETWEEN = b"\n"  # no sound JSON has one in a string, and ours has none elsewhere


class ShapeText(msgspec.Struct, gc=False):
    """A shape in its row.

    Attributes:
        kind: of the shape, ``bounding-box`` for one.
        text: JSON of the shape.
        place: of its first byte in the row.
    """

    kind: str
    text: bytes
    place: int


class Numbers(NamedTuple):
    """The numbers of some shapes, one after the other.

    Attributes:
        starts, ends: where they stand in their rows, half open.
        values: as doubles.
    """

    starts: Ints
    ends: Ints
    values: Doubles


def read_shapes(shapes: Sequence[ShapeText]) -> tuple[Numbers, list[Reading]]:
    """The numbers of shapes; and for each shape its layout and the index of its first number.

    A shape without a layout cannot be interpolated, and its numbers mean nothing.
    """
    joined = _BETWEEN.join([shape.text for shape in shapes])
    chars = np.frombuffer(joined, np.uint8)
    inside = _IN_NUMBERS[chars]
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    values = _values(chars, inside, starts)
    frames = _frames(chars, inside, starts)
    lengths = np.array([len(shape.text) + 1 for shape in shapes])
    offsets = np.cumsum(lengths) - lengths
    firsts = np.searchsorted(starts, offsets)
    moves = np.array([shape.place for shape in shapes]) - offsets
    moves = np.repeat(moves, np.diff(firsts, append=len(starts)))
    layouts = [
        (None if values is None else _plain_layout(shape.kind, frame), first)
        for shape, frame, first in zip(shapes, frames, firsts.tolist(), strict=True)
    ]
    if values is None:
        values = np.zeros(len(starts))
    return _with_odd_shapes(shapes, Numbers(starts + moves, ends + moves, values), layouts)


def _with_odd_shapes(
    shapes: Sequence[ShapeText], numbers: Numbers, layouts: list[Reading]
) -> tuple[Numbers, list[Reading]]:
    found: list[tuple[int, int, float]] = []
    for which, (shape, (layout, _)) in enumerate(zip(shapes, layouts, strict=True)):
        if layout is None and shape.text:
            layouts[which] = _odd_layout(shape), len(numbers.starts) + len(found)
            if layouts[which][0] is not None:
                found += _odd_numbers(shape)
    if not found:
        return numbers, layouts
    columns = zip(numbers, zip(*found, strict=True), strict=True)
    return Numbers(*(np.concatenate((column, np.array(more))) for column, more in columns)), layouts


def _odd_layout(shape: ShapeText) -> Layout | None:
    return layout_of(shape.kind, shape.text if b"\\" in shape.text else NUMBER.sub(b"0", shape.text))


def _odd_numbers(shape: ShapeText) -> Iterator[tuple[int, int, float]]:
    for match in NUMBER.finditer(shape.text):
        try:
            value = float(match[0])
        except ValueError:  # digits in a string
            value = math.nan
        yield shape.place + match.start(), shape.place + match.end(), value


def _values(chars: _Chars, inside: NDArray[np.bool_], starts: Ints) -> Doubles | None:
    """The numbers as doubles; ``None`` where something looks like a number and is none."""
    text = np.where(inside, chars, np.uint8(ord(" ")))
    text[starts[1:] - 1] = ord(",")
    try:
        return np.array(orjson.loads(b"[%b]" % text.tobytes()), np.float64)
    except orjson.JSONDecodeError:
        return None


def _frames(chars: _Chars, inside: NDArray[np.bool_], starts: Ints) -> list[bytes]:
    zeros, kept = chars.copy(), ~inside
    zeros[starts] = ord("0")
    kept[starts] = True
    return zeros[kept].tobytes().split(_BETWEEN)


@lru_cache(maxsize=256)
def _plain_layout(kind: str, frame: bytes) -> Layout | None:
    """The layout of a frame whose words are all known; ``None`` means that the shape has to be read slowly."""
    return layout_of(kind, frame) if _PLAIN.fullmatch(frame) else None
