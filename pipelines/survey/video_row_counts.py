"""Counts of the rows of a video, with and without the rows that are computed.

A count is exact where the rows of a track come in order of their pages, else an upper bound. It takes no more
than a bit for a frame and a few numbers for a track, however many rows there are.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from framehaul.pipelines.config.selection_settings import VideoSection
from framehaul.pipelines.survey.video_row_heads import RowHead, rows_in
from framehaul.transforms.video.frame_numbers import page_of

_FLAG_BYTES = len(',"keyFrame":true')


class RowTotals(NamedTuple):
    """Figures of one answer.

    Attributes:
        annotated_frames: distinct pages that have a row.
        rows: in the export, at most.
        bytes: of these rows, if they are as long as those of the source are on average.
    """

    annotated_frames: int
    rows: int
    bytes: int


@dataclass(slots=True)
class _Track:
    first: int
    last: int
    stopped: bool
    off: int = 0  # frames between a stop and the next row; counted as long as rows come in order
    in_order: bool = True

    def add(self, page: int, stopped: bool) -> None:
        self.first = min(self.first, page)
        if page < self.last:
            self.off, self.in_order = 0, False
            return
        if self.stopped and self.in_order:
            self.off += max(page - self.last - 1, 0)
        self.last, self.stopped = page, stopped

    def frames_on(self, frames: int) -> int:
        """Number of frames from the first row to the end of the video, or to a stop that no row follows."""
        return (self.last + 1 if self.stopped else frames) - self.first - self.off


@dataclass(slots=True)
class VideoRowCounts:
    """The rows of one answer, in however many records they come.

    Attributes:
        frames: of the video.
        records: of the table ``frames`` that were added.
        row_bytes: of the lists that were added, rows without a page included.
    """

    frames: int
    records: int = 0
    row_bytes: int = 0
    _rows: int = 0
    _key_rows: int = 0
    _untracked: int = 0
    _tracks: dict[tuple[str, str], _Track] = field(default_factory=dict)
    _pages: bytearray = field(default_factory=bytearray)
    _totals: RowTotals | None = None

    def add(self, kind: str, content: memoryview, page: Any = None) -> None:
        """Add a list of rows; ``page`` is that of a record of the table ``frames``.

        Raises:
            InvalidRecordError: ``wrong_type`` or ``bad_page``; some rows may have been added then.
        """
        if not self._pages:
            self._pages = bytearray(self.frames // 8 + 1)
        for row in rows_in(content):
            place = row.page if page is None else page
            if place is not None:
                self._add_row(kind, row, page_of(place, self.frames - 1))
        self.row_bytes += len(content)

    def _add_row(self, kind: str, row: RowHead, page: int) -> None:
        self._rows += 1
        self._key_rows += row.is_key_frame
        self._pages[page >> 3] |= 1 << (page & 7)
        stopped = row.interpolation_stopped is True
        name = row.object_id or (row.schema_id if kind == "classifications" else None)
        if name is None:
            self._untracked += 1
            return
        track = self._tracks.get((kind, name))
        if track is None:
            self._tracks[kind, name] = _Track(page, page, stopped)
        else:
            track.add(page, stopped)

    @property
    def annotated_pages(self) -> bytes:
        """One bit for each page, set where a row was added; the lowest bit of a byte is its first page."""
        return bytes(self._pages)

    def totals(self, video: VideoSection) -> RowTotals:
        """Figures of these rows in an export with these settings, once all have been added."""
        if self._totals is None:
            self._totals = self._count(video)
            self._tracks, self._pages = {}, bytearray()
        return self._totals

    def _count(self, video: VideoSection) -> RowTotals:
        rows = self._key_rows if video.only_key_frames else self._expanded_rows()
        annotated = int.from_bytes(self._pages).bit_count()
        if not self._rows:
            return RowTotals(annotated, 0, self.row_bytes)
        flags = rows * _FLAG_BYTES if video.key_frame_flag else 0
        return RowTotals(annotated, rows, rows * self.row_bytes // self._rows + flags)

    def _expanded_rows(self) -> int:
        on = sum(track.frames_on(self.frames) for track in self._tracks.values())
        return max(on + self._untracked, self._rows)
