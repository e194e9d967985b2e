"""Key frames taken apart: the places of a row's page and of the coordinates of its shape."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from framehaul.transforms.video.json_places import ABSENT, address
from framehaul.transforms.video.numbers import Numbers, ShapeText, read_shapes
from framehaul.transforms.video.shapes import Layout

Place = tuple[int, int]  # first byte, and the one after the last


class KeyFrame(msgspec.Struct, gc=False):
    """A row, and the places of its parts.

    Attributes:
        text: the whole row.
        page_number: its page.
        page: place of the page in the text.
        layout: of its shape; ``None`` where there is nothing to interpolate.
        first: index of the first number of its shape among the numbers of all rows.
    """

    text: bytes
    page_number: int
    page: Place
    layout: Layout | None
    first: int


class _Members(msgspec.Struct, gc=False):
    page: Raw = ABSENT
    box: Raw = msgspec.field(name="bounding-box", default=ABSENT)
    point: Raw = ABSENT
    polygon: Raw = ABSENT
    segmentation: Raw = ABSENT


_NULL = bytes(ABSENT)
_MEMBERS = msgspec.json.Decoder(list[_Members])
_NO_SHAPE = ShapeText("", b"", 0)


def key_frames(texts: Sequence[bytes]) -> tuple[list[KeyFrame], Numbers]:
    """Take apart rows that have a page: many at once, since one after the other takes longer."""
    places = list(_places(texts))
    numbers, readings = read_shapes([shape for _, _, shape in places])
    frames = [
        KeyFrame(text, number, page, *reading)
        for text, (number, page, _), reading in zip(texts, places, readings, strict=True)
    ]
    return frames, numbers


def _places(texts: Sequence[bytes]) -> Iterator[tuple[int, Place, ShapeText]]:
    joined = b"[%b]" % b",".join(texts)
    begin = address(joined) + 1
    for text, members in zip(texts, _MEMBERS.decode(joined), strict=True):
        page, number = address(members.page) - begin, bytes(members.page)
        yield int(number), (page, page + len(number)), _shape(members, begin)
        begin += len(text) + 1


def _shape(members: _Members, begin: int) -> ShapeText:
    """The shape of a row, if it has exactly one that can be interpolated."""
    found = _NO_SHAPE
    for kind, raw in (
        ("bounding-box", members.box),
        ("point", members.point),
        ("polygon", members.polygon),
        ("segmentation", members.segmentation),
    ):
        if raw is not ABSENT and (text := bytes(raw)) != _NULL:
            if found is not _NO_SHAPE:
                return _NO_SHAPE
            found = ShapeText(kind, text, address(raw) - begin)
    return found
