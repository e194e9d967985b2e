"""One record, from its task and its stage history to the lines of a shard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw

from framehaul.transforms.parts.answer_rows import row_without_page
from framehaul.transforms.parts.cutting import cut_parts
from framehaul.transforms.parts.entries import kept_apart
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.parts.measuring import EXACT_BYTES, RowSizes, expanded_pages, measured
from framehaul.transforms.parts.outside_rows import OutsideRows
from framehaul.transforms.parts.row_lists import (
    check_rows_fit,
    page_bytes,
    part_lines,
    parts_of,
    rows_without_pages,
    stretches_of,
    written_bytes,
)
from framehaul.transforms.parts.skeleton import Skeleton, room_beside
from framehaul.transforms.parts.video_rows import VideoRows
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.video.expansion import VideoOptions
from framehaul.transforms.video.rows import Row

_RAWS = msgspec.json.Decoder(list[Raw])


@dataclass(frozen=True)
class RecordOptions:
    """Settings of how records are written.

    Attributes:
        with_history: whether records hold ``stageHistory``, be it empty.
        max_line_bytes: a longer record is cut into several parts.
        shard_bytes: a longer record gets shards of its own.
        splits: whether a record over ``max_line_bytes`` is cut. If not, only one over ``shard_bytes`` is, into
            parts of that size, so that no worker holds more.
    """

    with_history: bool
    max_line_bytes: int
    shard_bytes: int
    video: VideoOptions = field(default_factory=VideoOptions)
    splits: bool = True

    def fits(self, line: bytes) -> bool:
        """Tell whether a record that is no video may be one line."""
        return not self.splits or len(line) <= self.max_line_bytes

    def room(self, skeleton_bytes: int) -> int:
        """Bytes of rows that fit in a part of a record, beside what every part repeats.

        Raises:
            InvalidRecordError: ``line_too_long``, not even a line without rows fits.
        """
        return room_beside(skeleton_bytes, self.max_line_bytes) if self.splits else self.shard_bytes


def check_alone(skeleton: Skeleton, contents: Sequence[bytes], options: RecordOptions) -> None:
    """Make sure that a record can be written whatever else is in it.

    Args:
        skeleton: of a record with nothing but what is looked at.
        contents: its lists, as JSON text.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    options.room(skeleton.size_bytes)
    if options.splits:
        rows = (bytes(raw) for content in contents for raw in _RAWS.decode(content))
        check_rows_fit(max(map(len, rows), default=0), skeleton.size_bytes)


@dataclass(frozen=True)
class Finished:
    """A record as it goes into shards.

    Attributes:
        lines: its parts, in order; empty where it is ``long``.
        long: the same, for shards of its own.
        tools: figures of the answer, as far as they are known: those of a long video are when it is written.
        superseded: number of rows of a video that are left out, since another one at their place was preferred.
    """

    lines: list[bytes]
    long: LongRecord | None
    tools: ToolCounts
    superseded: int = 0

    def written(self, place: RecordPlace) -> Iterator[RecordLine | LongRecord]:
        """The lines of the record; of a long one, the line that stands for it, and itself."""
        if self.long is not None:
            yield place.line_elsewhere()
            yield self.long
        yield from place.lines(self.lines)


def still_parts(
    place: RecordPlace,
    skeleton: Skeleton,
    contents: Sequence[bytes],
    tools: ToolCounts,
    options: RecordOptions,
) -> Finished:
    """A record that is no video, in parts.

    Args:
        contents: its lists, as JSON text.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    lists = [rows_without_pages([bytes(raw) for raw in _RAWS.decode(content)]) for content in contents]
    sizes = page_bytes(lists, 1)
    parts = parts_of(skeleton, lists, None, options.max_line_bytes)
    if int(sizes.sum()) + len(parts) * skeleton.size_bytes <= options.shard_bytes:
        lines = part_lines(skeleton, lists, parts, 0, len(parts), is_video=False)
        return Finished(list(lines), None, tools)
    long = LongRecord(
        asset_key=place.asset_key,
        task_id=place.task_id,
        skeleton=skeleton,
        parts=parts,
        page_bytes=sizes,
        frames=None,
        without_page=[list(map(row_without_page, each.texts)) for each in lists],
        window=lambda first, last: [],
        members=place.members,
    )
    return Finished([], long, tools)


def video_parts(  # noqa: PLR0913, PLR0917 - a record and where its rows are
    place: RecordPlace,
    skeleton: Skeleton,
    lists: Sequence[list[Row]],
    frames: int,
    owners: dict[str, int],
    table: OutsideRows | None,
    options: RecordOptions,
) -> Finished:
    """The record of a video.

    Args:
        owners: see ``VideoRows``.

    Raises:
        InvalidRecordError: ``line_too_long``.
    """
    if options.video.with_entries:
        lists = kept_apart(lists)
    rows = VideoRows(lists, frames, owners, table, is_filled=not options.video.only_key_frames)
    sizes, superseded = measured(rows, frames, options.video)
    if int(sizes.sum()) > max(options.shard_bytes, EXACT_BYTES):
        parts = cut_parts(
            sizes,
            options.room(skeleton.size_bytes),
            RowSizes(rows, sizes, skeleton if options.splits else None, options.video),
        )
    else:
        whole, tools = expanded_pages(rows, (0, frames - 1), frames, options.video)
        sizes = page_bytes(whole, frames)
        parts = (
            parts_of(skeleton, whole, frames, options.max_line_bytes)
            if options.splits
            else stretches_of(skeleton, whole, frames, options.shard_bytes)
        )
        if written_bytes(whole, sizes) + len(parts) * skeleton.size_bytes <= options.shard_bytes:
            lines = part_lines(skeleton, whole, parts, 0, len(parts), is_video=True)
            return Finished(list(lines), None, tools, superseded)
    long = LongRecord(
        asset_key=place.asset_key,
        task_id=place.task_id,
        skeleton=skeleton,
        parts=parts,
        page_bytes=sizes,
        frames=frames,
        without_page=rows.without_page,
        window=rows.window,
        members=place.members,
    )
    return Finished([], long, ToolCounts({}), superseded)
