"""Rows at each page of a video: key frames, and the rows between them (transforms/README.md, "Video")."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framehaul.transforms.video.filling import Filled, filled
from framehaul.transforms.video.rows import Row, columns_of
from framehaul.transforms.video.tracks import Columns, Ints, gaps, in_order


@dataclass(frozen=True)
class VideoOptions:
    """``export.video`` of the config.

    Attributes:
        only_key_frames: leave out rows that are computed, by us or by the editor.
        key_frame_flag: say in every row whether it is a key frame.
        counts_all_answers: count the tools of all answers of a record, not those of the first alone. Answers of a
            legacy record are the tasks of one asset; in v3 all but the first are stage history.
        layout: ``frames``: a list holds rows; ``tracks``: it holds entries, see ``exports.track_entries``.
    """

    only_key_frames: bool = False
    key_frame_flag: bool = False
    layout: str = "frames"
    counts_all_answers: bool = False

    def ending(self, *, key: bool) -> bytes:
        """The end of a row, in place of its closing brace."""
        if not self.key_frame_flag:
            return b"}"
        return b',"keyFrame":true}' if key else b',"keyFrame":false}'

    @property
    def with_entries(self) -> bool:
        return self.layout == "tracks"


@dataclass(frozen=True)
class FrameRows:
    """Rows of one list at a range of pages, by page and track.

    Attributes:
        pages: of each row; ascending.
        texts: of each row, as written.
        titles: number of rows by title; ``""`` where there is none.
        key_rows: rows that a person made.
        computed_rows: rows that were computed, by us or by the editor.
        sources: for each row, the index of the given row that it is or is computed from.
    """

    pages: NDArray[np.int64]
    texts: list[bytes]
    titles: dict[str, int]
    key_rows: int
    computed_rows: int
    sources: NDArray[np.int64]


def expand(rows: Sequence[Row], first: int, last: int, last_page: int, options: VideoOptions) -> FrameRows:
    """Expand the rows of one list to those that stand at the pages ``first`` to ``last``.

    From a key frame on an object is on, up to a stop row or the end of the video. Where it is on and has no
    row, a row is computed: the earlier key frame with another page, and with interpolated coordinates where
    the next key frame fits.

    Args:
        rows: settled. Of rows outside the pages it is enough to give, for each track, the last key row before
            the pages and the first one after them.
        last_page: of the video; an object that is never switched off holds up to it.
    """
    columns = columns_of(rows)
    chosen = (columns.pages >= first) & (columns.pages <= last)
    if options.only_key_frames:
        chosen &= columns.keys
    own = np.flatnonzero(chosen)
    parts = [Filled(columns.pages[own], own, _texts(rows, own, options))]
    if not options.only_key_frames and len(rows):
        found = gaps(columns, first=first, end=last + 1, open_end=last_page + 1)
        if len(found.start):
            parts += filled(rows, found, options.ending(key=False))
    pages, sources, texts = _in_order(parts, columns)
    key_rows = int(columns.keys[own].sum())
    return FrameRows(pages, texts, _titles(rows, sources), key_rows, len(texts) - key_rows, sources)


def _in_order(parts: list[Filled], columns: Columns) -> Filled:
    """Merge parts by page and track. The first part is in order already."""
    if len(parts) == 1:
        return parts[0]
    pages = np.concatenate([part.pages for part in parts])
    sources = np.concatenate([part.sources for part in parts])
    texts = [text for part in parts for text in part.texts]
    order = np.argsort(
        columns._replace(pages=pages, ranks=columns.ranks[sources]).order_keys(), kind="stable"
    )
    return Filled(pages[order], sources[order], in_order(texts, order))


def _texts(rows: Sequence[Row], places: Ints, options: VideoOptions) -> list[bytes]:
    own = in_order(rows, places)
    if not options.key_frame_flag:
        return [row.text for row in own]
    endings = options.ending(key=False), options.ending(key=True)
    return [row.text[:-1] + endings[row.key] for row in own]


def _titles(rows: Sequence[Row], sources: Ints) -> dict[str, int]:
    titles: dict[str, int] = {}
    counts = np.bincount(sources, minlength=len(rows)).tolist()
    for row, count in zip(rows, counts, strict=True):
        if count:
            titles[row.title] = titles.get(row.title, 0) + count
    return titles
