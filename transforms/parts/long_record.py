"""A record that gets shards of its own: planned as a whole, written shard by shard."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec
import numpy as np

from framehaul.transforms.exchange.blocks import Block
from framehaul.transforms.parts.cutting import PageBytes, Part
from framehaul.transforms.parts.expanded import expanded
from framehaul.transforms.parts.row_lists import part_lines, rows_without_pages
from framehaul.transforms.parts.skeleton import Skeleton
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.video.expansion import VideoOptions
from framehaul.transforms.video.rows import Row

Rows = list[Row]


class LongShard(msgspec.Struct, array_like=True):
    """One shard of a record, with all that is needed to write it.

    Attributes:
        skeleton: the bytes that every line repeats.
        parts: the lines of this shard.
        first_index: of the first of them among the ``count`` parts of the record.
        frames: of a video, else ``None``.
        without_page: rows that have no page, list by list.
        rows: rows that have a page, with the key frames next to them.
        members: how many records of each table of its kind are in the record; only its first shard tells.
    """

    skeleton: Skeleton
    parts: list[Part]
    first_index: int
    count: int
    frames: int | None
    without_page: list[Rows]
    rows: list[Rows]
    members: tuple[int, ...]

    @property
    def pages(self) -> tuple[int, int] | None:
        """First and last page of a video's shard."""
        return None if self.frames is None else (self.parts[0].first_page, self.parts[-1].last_page)

    def written(self, options: VideoOptions) -> tuple[Iterator[bytes], ToolCounts]:
        """The lines, and the figures of the tools in them.

        The figures are empty for an asset that is no video, which is counted while it is assembled.
        """
        if self.pages is None or self.frames is None:
            lists = [rows_without_pages([row.text for row in rows]) for rows in self.without_page]
            counts = ToolCounts({})
        else:
            lists, counts = expanded(self.without_page, self.rows, self.pages, self.frames, options)
        is_video = self.frames is not None
        lines = part_lines(self.skeleton, lists, self.parts, self.first_index, self.count, is_video=is_video)
        return lines, counts


@dataclass(frozen=True)
class LongRecord:
    """All shards of one record.

    Attributes:
        asset_key, task_id: those of the record.
        parts: of the record.
        page_bytes: bytes of the rows of each page; an upper bound where they are not made yet.
        without_page: see ``LongShard``.
        window: the rows needed for a range of pages, list by list.
        members: how many records of each table of its kind it is made of.
    """

    asset_key: str
    task_id: str
    skeleton: Skeleton
    parts: Sequence[Part]
    page_bytes: PageBytes
    frames: int | None
    without_page: Sequence[Rows]
    window: Callable[[int, int], list[Rows]]
    members: tuple[int, ...]

    def shards(self, shard_bytes: int) -> Iterator[LongShard]:
        """The shards in order, each of about ``shard_bytes``."""
        first_index = 0
        for _, group in groupby(
            zip(self._shard_of_each(shard_bytes), self.parts, strict=True), lambda pair: pair[0]
        ):
            parts = [part for _, part in group]
            yield self._shard(parts, first_index)
            first_index += len(parts)

    def _shard_of_each(self, shard_bytes: int) -> Sequence[int]:
        """Number of the shard that each part is in; the parts of one page of a video stay together."""
        total = int(self.page_bytes.sum()) + len(self.parts) * self.skeleton.size_bytes
        numbers = np.arange(len(self.parts))
        if self.frames is None:
            before = numbers * (total / len(self.parts))
        else:
            first_pages = np.array([part.first_page for part in self.parts])
            first_parts = np.searchsorted(first_pages, first_pages)  # of those that share a page
            before = (np.cumsum(self.page_bytes) - self.page_bytes)[first_pages]
            before = before + first_parts * self.skeleton.size_bytes
        shards = -(-total // shard_bytes)
        shard_of_each: list[int] = np.minimum((before / total * shards).astype(np.int64), shards - 1).tolist()
        return shard_of_each

    def _shard(self, parts: list[Part], first_index: int) -> LongShard:
        is_first = first_index == 0
        nothing: list[Rows] = [[] for _ in self.without_page]
        if self.frames is None:
            without_page, rows = self._slices(parts[0].first_row, parts[-1].end_row), nothing
            moved = parts[0].first_row
            if not parts[0].has_whole_pages:
                parts = [Part(0, 0, part.first_row - moved, part.end_row - moved) for part in parts]
        else:
            without_page = list(self.without_page) if is_first else nothing
            rows = self.window(parts[0].first_page, parts[-1].last_page)
        return LongShard(
            self.skeleton,
            parts,
            first_index,
            len(self.parts),
            self.frames,
            without_page,
            rows,
            self.members if is_first else (),
        )

    def _slices(self, first_row: int, end_row: int) -> list[Rows]:
        """The rows from ``first_row`` to ``end_row``, counted through all lists; all rows where ``end_row`` is -1."""
        if end_row < 0:
            return list(self.without_page)
        slices, before = [], 0
        for rows in self.without_page:
            slices.append(rows[max(0, first_row - before) : max(0, end_row - before)])
            before += len(rows)
        return slices


class LongShardBlock(msgspec.Struct, frozen=True, array_like=True):
    """A shard of a long record, before the shards of its asset have names.

    Attributes:
        number: of the shard among those of its task.
        pages: first and last, of a video.
        parts: how many are in it.
        frames: of the video.
        content: a ``LongShard``.
    """

    task_id: str
    number: int
    pages: tuple[int, int] | None
    parts: int
    frames: int
    content: Block
