"""Measurement of the pages of a video, in bytes, before and after their rows are made."""

import numpy as np
from numpy.typing import NDArray

from framehaul.transforms.parts.expanded import expanded
from framehaul.transforms.parts.row_lists import RowList, sizes_of_page
from framehaul.transforms.parts.skeleton import Skeleton
from framehaul.transforms.parts.video_rows import VideoRows
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.video.expansion import VideoOptions
from framehaul.transforms.video.page_bytes import PageBytes

EXACT_BYTES = 64 << 20
"""A video of at most so many bytes is expanded as a whole to find its cuts; a longer one, so many bytes at a time."""


def measured(rows: VideoRows, frames: int, options: VideoOptions) -> tuple[NDArray[np.int64], int]:
    """The bound of ``PageBytes`` for the bytes of each page, and the number of superseded rows."""
    total = np.zeros(frames, np.int64)
    measures: dict[int, PageBytes] = {}  # of lists with rows: each takes memory by the length of the video
    superseded = 0
    for chunk in rows.chunks():
        superseded += chunk.superseded
        for index, found in enumerate(chunk.lists):
            if found and index not in measures:
                measures[index] = PageBytes(frames, options)
            if found:
                measures[index].add(found)
    while measures:
        total += measures.popitem()[1].totals()
    total[0] += sum(len(row.text) + 1 for each in rows.without_page for row in each)
    return total, superseded


class RowSizes:
    """``sizes_of_page`` of a long video: pages are asked for in order, and expanded many at a time."""

    def __init__(
        self, rows: VideoRows, sizes: NDArray[np.int64], skeleton: Skeleton | None, options: VideoOptions
    ) -> None:
        self._rows = rows
        self._ends = np.cumsum(sizes)
        self._skeleton_bytes = None if skeleton is None else skeleton.size_bytes
        self._options = options
        self._last = -1
        self._lists: list[RowList] = []

    def __call__(self, page: int) -> list[int]:
        if page > self._last:
            frames = len(self._ends)
            before = int(self._ends[page - 1]) if page else 0
            fitting = int(np.searchsorted(self._ends, before + EXACT_BYTES, side="right")) - 1
            self._last = max(page, fitting)
            self._lists, _ = expanded_pages(self._rows, (page, self._last), frames, self._options)
        return sizes_of_page(self._lists, page, self._skeleton_bytes)


def expanded_pages(
    rows: VideoRows, pages: tuple[int, int], frames: int, options: VideoOptions
) -> tuple[list[RowList], ToolCounts]:
    """``expanded`` for all lists at some pages."""
    at_start = [[] for _ in rows.without_page] if pages[0] else rows.without_page
    return expanded(at_start, rows.window(*pages), pages, frames, options)
