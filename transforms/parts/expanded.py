"""Expansion of the rows of a record to rows as they are written."""

from collections.abc import Sequence

import numpy as np

from framehaul.transforms.parts.entries import Entries, entries_of
from framehaul.transforms.parts.row_lists import RowList
from framehaul.transforms.parts.skeleton import CLASSIFICATIONS, LISTS
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.video.expansion import VideoOptions, expand
from framehaul.transforms.video.rows import Row


def expanded(
    without_page: Sequence[Sequence[Row]],
    rows: Sequence[Sequence[Row]],
    pages: tuple[int, int],
    frames: int,
    options: VideoOptions,
) -> tuple[list[RowList], ToolCounts]:
    """The rows at some pages of a video, list by list, and the figures of its tools.

    Args:
        without_page: rows that come before all pages; counted as annotations, but not as key frames.
        rows: settled, with the key frames next to ``pages``.
        pages: first and last, both inclusive.
    """
    lists: list[RowList] = []
    counts = ToolCounts({})
    for number, (first_rows, others) in enumerate(zip(without_page, rows, strict=True)):
        found = expand(others, *pages, frames - 1, options)
        if not lists or (options.counts_all_answers and number % LISTS == 0):  # the tools of an answer
            titles = dict(counts.titles)
            for title, rows_of_it in found.titles.items():
                titles[title] = titles.get(title, 0) + rows_of_it
            for row in first_rows:
                titles[row.title] = titles.get(row.title, 0) + 1
            counts = ToolCounts(
                titles, counts.key_rows + found.key_rows, counts.computed_rows + found.computed_rows
            )
        places = np.concatenate([np.zeros(len(first_rows), np.int64), found.pages])
        entries: Entries | None = None
        if options.with_entries:
            is_classified = number % LISTS == CLASSIFICATIONS
            entries = entries_of(len(first_rows), others, found.sources, classifications=is_classified)
        lists.append(RowList(places, [row.text for row in first_rows] + found.texts, entries))
    return lists, counts
