"""Rows of one video, read in order without holding them all.

The rows of the task and of its stage history are in memory, as the records
that they came in; those of the ``frames`` table, which may be many more, are
read when their pages are looked at.
"""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from framehaul.transforms.parts.answer_rows import OwnRows, Rows, classifications_of_frame, tools_of_frame
from framehaul.transforms.parts.outside_rows import OutsideRows
from framehaul.transforms.parts.skeleton import LISTS
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES
from framehaul.transforms.video.rows import Row, settled


@dataclass
class Chunk:
    """The rows of ``CHUNK_PAGES`` pages.

    Attributes:
        lists: settled rows, list by list.
        superseded: number of rows left out, since another one at their place was preferred.
    """

    lists: list[Rows]
    superseded: int


@dataclass
class _Track:
    """The first key frame of a track in each chunk that has one."""

    chunks: list[int] = field(default_factory=list)
    rows: Rows = field(default_factory=list)

    def first_after(self, chunk: int) -> Row | None:
        place = bisect.bisect_right(self.chunks, chunk)
        return self.rows[place] if place < len(self.rows) else None


class VideoRows:
    """The rows of a video, of its answer and of its stage history.

    Args:
        lists: as ``rows_of_answer`` gives them, for the answer and for each stage-history entry.
        frames: of the video.
        owners: index of the answer to which frames records belong, by history id; that of the task by ``""``.
            Frames records with another history id, or with a page beyond the video, are left out.
        table: the frames records of the task.
        is_filled: whether rows are computed between key frames. If not, a window needs no neighbours, and none
            are remembered: they take memory for every object at every chunk in which it is on.
    """

    def __init__(
        self,
        lists: Sequence[Rows],
        frames: int,
        owners: dict[str, int],
        table: OutsideRows | None,
        *,
        is_filled: bool = True,
    ) -> None:
        self._is_filled = is_filled
        self._lists = [OwnRows(rows) for rows in lists]
        self._frames = frames
        self._owners = owners
        self._table = table
        chunks = set().union(*(each.chunks() for each in self._lists), table.chunks() if table else ())
        self._held: dict[int, Chunk] = {}
        self._chunks = sorted(chunk for chunk in chunks if chunk * CHUNK_PAGES < frames)
        # For each list: its tracks by name, and the last key row of every track that is on where each chunk begins.
        self._tracks: list[dict[str, _Track]] = [{} for _ in lists]
        self._on: list[list[dict[str, Row]]] = [[] for _ in lists]

    @property
    def without_page(self) -> list[Rows]:
        return [each.without_page for each in self._lists]

    def chunks(self) -> Iterator[Chunk]:
        """All rows that have a page, in the order of the video. It has to be read to its end before ``window``."""
        self._on = [[{}] for _ in self._lists]
        for chunk in self._chunks:
            found = self._load(chunk)
            for index, rows in enumerate(found.lists):
                self._remember(index, chunk, rows)
            yield found

    def _load(self, chunk: int) -> Chunk:
        if chunk in self._held:
            return self._held[chunk]
        found = self._settled(chunk)
        if self._table is None:  # its rows are in memory anyway
            self._held[chunk] = found
        return found

    def _settled(self, chunk: int) -> Chunk:
        of_table: list[Rows] = [[] for _ in self._lists]
        for entry in self._table.entries(chunk) if self._table else ():
            owner = self._owners.get(entry.history_id)
            if owner is not None and entry.page < self._frames:
                of_table[LISTS * owner] += tools_of_frame(entry)
                of_table[LISTS * owner + 1] += classifications_of_frame(entry)
        chosen = [settled(each.rows(chunk), rows) for each, rows in zip(self._lists, of_table, strict=True)]
        return Chunk([rows for rows, _ in chosen], sum(superseded for _, superseded in chosen))

    def _remember(self, index: int, chunk: int, rows: Rows) -> None:
        tracks, is_on = self._tracks[index], dict(self._on[index][-1])
        for row in rows:
            if row.key and row.track and self._is_filled:
                track = tracks.setdefault(row.track, _Track())
                if not track.chunks or track.chunks[-1] != chunk:
                    track.chunks.append(chunk)
                    track.rows.append(row)
                _switch(is_on, row)
        self._on[index].append(is_on)

    def window(self, first: int, last: int) -> list[Rows]:
        """The rows that are needed to expand the pages ``first`` to ``last``, list by list.

        These are the rows at the pages and, of each track that is on, the key frames next to them.
        """
        start = bisect.bisect_left(self._chunks, first // CHUNK_PAGES)
        end = bisect.bisect_right(self._chunks, last // CHUNK_PAGES)
        loaded = [self._load(chunk).lists for chunk in self._chunks[start:end]]
        return [
            self._window_of_list(index, start, end, [lists[index] for lists in loaded], first, last)
            for index in range(len(self._lists))
        ]

    def _window_of_list(  # noqa: PLR0913, PLR0917 - a range of chunks and one of pages
        self, index: int, start: int, end: int, chunks: list[Rows], first: int, last: int
    ) -> Rows:
        is_on = dict(self._on[index][start])
        inside: Rows = []
        after: dict[str, Row] = {}
        before: Rows | None = None
        for row in (row for rows in chunks for row in rows):
            if row.page >= first and before is None:
                before = list(is_on.values())
            if row.page > last:
                if row.key:
                    after.setdefault(row.track, row)
                continue
            if row.page >= first:
                inside.append(row)
            if row.key and row.track and self._is_filled:
                _switch(is_on, row)
        if before is None:
            before = list(is_on.values())
        following = (
            after.get(track) or self._tracks[index][track].first_after(self._chunks[end - 1] if end else -1)
            for track in is_on
        )
        return _sorted(before) + inside + _sorted([row for row in following if row is not None])


def _switch(is_on: dict[str, Row], row: Row) -> None:
    if row.stopped:
        is_on.pop(row.track, None)
    else:
        is_on[row.track] = row


def _sorted(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row.page, row.track))
