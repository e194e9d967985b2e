"""The rows of one list of a record, and the lines that they become."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.parts.cutting import LONGEST_LINE, PageBytes, Part, cut_parts
from framehaul.transforms.parts.entries import Entries
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from framehaul.transforms.reasons import Reason


@dataclass(frozen=True)
class RowList:
    """Rows as they are written.

    Attributes:
        pages: page of each row, ascending; 0 for rows without page, which come first.
        texts: of the same length.
        entries: those that the rows stand in; ``None`` where every row stands by itself.
    """

    pages: NDArray[np.int64]
    texts: Sequence[bytes]
    entries: Entries | None = None

    def places(self, first_page: int, last_page: int) -> tuple[int, int]:
        """The place of the rows of some pages, half open."""
        start, end = np.searchsorted(self.pages, (first_page, last_page + 1))
        return int(start), int(end)

    def written(self, start: int, end: int) -> Sequence[bytes]:
        """The elements of a list that has the rows from ``start`` to ``end``."""
        if self.entries is None:
            return self.texts[start:end]
        return self.entries.gathered(self.texts, start, end)

    def sizes(self, start: int, end: int) -> NDArray[np.int64]:
        """The most bytes that each of these rows takes, a comma included."""
        sizes = np.fromiter(map(len, self.texts[start:end]), np.int64, end - start) + 1
        return sizes if self.entries is None else sizes + self.entries.extra_bytes(start, end)


def rows_without_pages(texts: Sequence[bytes]) -> RowList:
    return RowList(np.zeros(len(texts), np.int64), texts)


def parts_of(
    skeleton: Skeleton, lists: Sequence[RowList], frames: int | None, max_line_bytes: int
) -> list[Part]:
    """Cut a record into parts: a single one if it fits in a line, to the byte.

    Args:
        frames: of a video, else ``None``.

    Raises:
        InvalidRecordError: ``line_too_long``, it cannot be cut so that every part may be written.
    """
    sizes = page_bytes(lists, frames or 1)
    whole = [Part(0, (frames or 1) - 1)]
    most = skeleton.size_bytes + written_bytes(lists, sizes)
    if most <= max_line_bytes:
        return whole
    if most <= max_line_bytes + skeleton.slack_bytes(len(lists)):
        (line,) = part_lines(skeleton, lists, whole, 0, 1, is_video=frames is not None)
        if len(line) <= max_line_bytes:
            return whole
    return cut_parts(
        sizes, skeleton.room(max_line_bytes), lambda page: sizes_of_page(lists, page, skeleton.size_bytes)
    )


def stretches_of(skeleton: Skeleton, lists: Sequence[RowList], frames: int, most_bytes: int) -> list[Part]:
    """Cut a video that is written in one piece, so that no worker holds more than ``most_bytes`` of it."""
    sizes = page_bytes(lists, frames)
    if skeleton.size_bytes + written_bytes(lists, sizes) <= most_bytes:
        return [Part(0, frames - 1)]
    return cut_parts(sizes, most_bytes, lambda page: sizes_of_page(lists, page, None))


def part_lines(  # noqa: PLR0913 - all that makes a line
    skeleton: Skeleton,
    lists: Sequence[RowList],
    parts: Sequence[Part],
    first_index: int,
    count: int,
    *,
    is_video: bool,
) -> Iterator[bytes]:
    """The lines of some consecutive parts.

    Args:
        lists: with all rows of these parts.
        first_index: of the first of ``parts`` among the ``count`` parts of the record.
    """
    for index, part in enumerate(parts, first_index):
        pages = (part.first_page, part.last_page) if is_video else (None, None)
        yield skeleton.line(_rows_of_part(lists, part), part_key(index, count, *pages))


def _rows_of_part(lists: Sequence[RowList], part: Part) -> Iterator[Sequence[bytes]]:
    places = [each.places(part.first_page, part.last_page) for each in lists]
    if part.has_whole_pages:
        for each, (start, end) in zip(lists, places, strict=True):
            yield each.written(start, end)
        return
    before = accumulate((end - start for start, end in places), initial=0)
    for each, (start, _), (lower, upper) in zip(lists, places, pairwise(before), strict=True):
        first = min(max(part.first_row, lower), upper) - lower
        last = min(max(part.end_row, lower), upper) - lower
        yield each.written(start + first, start + last)


def page_bytes(lists: Sequence[RowList], frames: int) -> PageBytes:
    """Bytes of the rows of each page, with a comma for each row; an upper bound where rows share entries."""
    total = np.zeros(frames, np.int64)
    for each in lists:
        total += np.bincount(each.pages, each.sizes(0, len(each.texts)), frames).astype(np.int64)
    return total


def written_bytes(lists: Sequence[RowList], sizes: PageBytes) -> int:
    """Bytes of all lists as they are written, a comma included wherever there may be one.

    Args:
        sizes: as ``page_bytes`` gives them for these lists.
    """
    return int(sizes.sum()) - sum(each.entries.repeated_bytes() for each in lists if each.entries)


def sizes_of_page(lists: Sequence[RowList], page: int, skeleton_bytes: int | None) -> list[int]:
    """Bytes of each row of a page, a comma included, list by list.

    Args:
        skeleton_bytes: bytes of a line without its rows; ``None`` where a part is no line of its own.

    Raises:
        InvalidRecordError: ``line_too_long``, a row alone is longer than a line may ever be.
    """
    sizes: list[int] = []
    for each in lists:
        sizes += each.sizes(*each.places(page, page)).tolist()
    if skeleton_bytes is not None:
        check_rows_fit(max(sizes, default=0), skeleton_bytes)
    return sizes


def check_rows_fit(longest: int, skeleton_bytes: int) -> None:
    """Make sure that the longest row, alone in a line, is not longer than any line may be.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    if skeleton_bytes + longest > LONGEST_LINE:
        raise InvalidRecordError(
            Reason.LINE_TOO_LONG,
            f"a single row has {longest} bytes; with what every part repeats it is longer than {LONGEST_LINE}, "
            "the longest line that readers take",
        )
