"""The rows of an answer, as the records of the input hold them."""

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from framehaul.transforms.parts.outside_rows import OutsideRow
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES
from framehaul.transforms.video.rows import NO_PAGE, Row, rows_of

Rows = list[Row]

_RAWS = msgspec.json.Decoder(list[Raw])


def rows_of_answer(contents: Sequence[bytes], frames: int) -> list[Rows]:
    """The rows of the three lists of an answer, which are JSON text.

    Raises:
        InvalidRecordError: ``bad_page`` or ``wrong_type``.
    """
    tools, classifications, relations = contents
    return [
        rows_of(tools, last_page=frames - 1, classifications=False),
        rows_of(classifications, last_page=frames - 1, classifications=True),
        [row_without_page(bytes(raw)) for raw in _RAWS.decode(relations)],
    ]


def row_without_page(text: bytes) -> Row:
    """A row that is handed through as it came."""
    return Row(NO_PAGE, "", stopped=False, key=True, text=text, title="")


def tools_of_frame(entry: OutsideRow) -> Rows:
    """The rows that a frames record adds to the tools of its answer."""
    return rows_of(entry.tools, last_page=entry.page, classifications=False, page=entry.page)


def classifications_of_frame(entry: OutsideRow) -> Rows:
    """The rows that a frames record adds to the classifications of its answer."""
    return rows_of(entry.classifications, last_page=entry.page, classifications=True, page=entry.page)


class OwnRows:
    """One list of a record, rows of the ``frames`` table left out.

    Attributes:
        without_page: in the order of the source.
    """

    def __init__(self, rows: Rows) -> None:
        self.without_page = [row for row in rows if row.page == NO_PAGE]
        paged = [row for row in rows if row.page != NO_PAGE]
        paged.sort(key=lambda row: row.page)
        self._rows = paged
        self._pages: NDArray[np.int64] = np.fromiter((row.page for row in paged), np.int64, len(paged))

    def chunks(self) -> set[int]:
        return set(np.unique(self._pages // CHUNK_PAGES).tolist())

    def rows(self, chunk: int) -> Rows:
        start, end = np.searchsorted(self._pages, (chunk * CHUNK_PAGES, (chunk + 1) * CHUNK_PAGES))
        return self._rows[start:end]
