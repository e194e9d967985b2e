"""The rows of a record that belong to some of its frames."""

import itertools
from typing import Any

import msgspec
from msgspec import Raw

from framehaul.transforms.exports.record_parts import TakenApart, end_of, part_of, taken_apart
from framehaul.transforms.video.track_entries import elements_in, entry_in, rows_alone


class VideoMetadata(msgspec.Struct, rename="camel"):
    """``metadata`` of an asset, as far as it tells the frames of a video. It is the source's: nobody checks it."""

    frame_total: Any = None


class PagedRow(msgspec.Struct, gc=False):
    """A row, as far as it tells its frame; rows of the whole video have none."""

    page: Any = None

    @property
    def frame(self) -> int | None:
        return self.page if isinstance(self.page, int) else None


AnyRow = PagedRow | list[Raw] | str | float | bool | None
"""What may stand in a list of rows: an object, as a rule, but nobody checks that of the source's."""

_ROWS = msgspec.json.Decoder(list[Raw])
_PAGES = msgspec.json.Decoder(list[AnyRow])


def only_frames(parts: TakenApart, first: int, last: int) -> TakenApart:
    """Without the rows of frames before ``first`` or after ``last``; rows without a frame stay."""
    lists = []
    for number, (name, rows) in enumerate(zip(parts.names, parts.lists, strict=True)):
        if parts.has_entries(number):
            kept = memoryview(_entries_of_frames(rows, first, last))
        else:
            kept = rows if name == "relations" else memoryview(_rows_of_frames(rows, first, last))
        lists.append(kept)
    return TakenApart(parts.around, parts.names, lists, parts.with_entries)


def with_rows_alone(line: bytes) -> bytes:
    """A line of the layout ``tracks`` with the rows of its entries in place of these."""
    parts = taken_apart(line, with_entries=True)
    lists: list[bytes | memoryview] = [
        rows_alone(rows) if parts.has_entries(number) else rows for number, rows in enumerate(parts.lists)
    ]
    ends = [*lists, end_of(part_of(line))]
    return b"".join(itertools.chain.from_iterable(zip(parts.around, ends, strict=True)))


def _entries_of_frames(elements: memoryview, first: int, last: int) -> bytes:
    """Entries with the rows of these frames, and all that is no entry, since it has no frame."""
    kept: list[bytes | Raw] = []
    for element in elements_in(elements):
        entry = entry_in(element)
        if entry is None:
            kept.append(element)
        elif rows := _rows_of_frames(entry.rows, first, last):
            kept.append(entry.written(rows))
    return b",".join(kept)


def _rows_of_frames(rows: memoryview, first: int, last: int) -> bytes:
    content = b"".join((b"[", rows, b"]"))
    kept = (
        row
        for row, paged in zip(_ROWS.decode(content), _PAGES.decode(content), strict=True)
        if not isinstance(paged, PagedRow) or paged.frame is None or first <= paged.frame <= last
    )
    return b",".join(kept)
