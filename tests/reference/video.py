"""Which rows of a video the reference writes, and on which frames (transforms/README.md, "Video").

Part of the independent judge (see ``reference.export``). One dict for every
row and frame: plain and slow.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import orjson

from reference.interpolation import moved_shapes
from reference.reading import SetAsideError

Json = dict[str, Any]

FLAGS = ("keyFrame", "interpolated")


@dataclass
class Row:
    """A row with a page.

    Attributes:
        track: ``""`` for a row that belongs to none: it stands at its own page only.
        key: whether it is a key frame; stop rows always are.
        value: as it is written, but for the flag of ``key_frame_flag``.
    """

    page: int
    track: str
    stopped: bool
    key: bool
    value: Json

    @property
    def text(self) -> bytes:
        return orjson.dumps(self.value)

    @property
    def position(self) -> tuple[int, bytes, bytes]:
        return self.page, self.track.encode(), self.text


@dataclass
class VideoList:
    """One list of an answer as it is written, and what is counted of it."""

    values: list[Any]
    key_rows: int
    computed_rows: int
    superseded: int


def video_list(
    record_rows: list[Any],
    table_rows: Iterable[tuple[int, Any]],
    last_page: int,
    video: Mapping[str, bool],
    *,
    classifications: bool = False,
) -> VideoList:
    """The tools or the classifications of one answer.

    Args:
        record_rows: as they are rendered for any asset.
        table_rows: (page, row) of the frames table, in any order.
        video: ``export.video`` of the config, complete.

    Raises:
        SetAsideError: ``wrong_type`` or ``bad_page``, of a row of the record.
    """
    for row in record_rows:
        check_row(row)
    without_page = [row for row in record_rows if row.get("page") is None]
    own = [
        as_row(row, checked_page(row["page"], last_page), classifications=classifications)
        for row in record_rows
        if row.get("page") is not None
    ]
    from_table = [as_row(row, page, classifications=classifications) for page, row in table_rows]
    rows = settled(own, from_table)
    written = [row for row in rows if row.key] if video["only_key_frames"] else expanded(rows, last_page)
    return VideoList(
        values=without_page + [_flagged(row, video["key_frame_flag"]) for row in written],
        key_rows=sum(row.key for row in written),
        computed_rows=sum(not row.key for row in written),
        superseded=len(own) + len(from_table) - len(rows),
    )


def check_row(row: Any) -> None:
    """Raises ``SetAsideError`` (``wrong_type``) for what is no row of a video."""
    if not isinstance(row, dict):
        raise SetAsideError("wrong_type")
    for key, kind in (
        *((key, str) for key in ("objectId", "schemaId")),
        *((key, bool) for key in ("interpolationStopped", *FLAGS)),
    ):
        if not isinstance(row.get(key), kind | None):
            raise SetAsideError("wrong_type")


def checked_page(value: Any, last_page: int | None = None) -> int:
    """A whole number from 0 on, however it is written; without ``last_page`` its upper bound is not known.

    Raises:
        SetAsideError: ``bad_page``.
    """
    is_whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not is_whole or value < 0 or (last_page is not None and value > last_page):
        raise SetAsideError("bad_page")
    return int(value)


def as_row(source: Json, page: int, *, classifications: bool) -> Row:
    stopped = source.get("interpolationStopped") is True
    is_computed = source.get("keyFrame") is False or source.get("interpolated") is True
    value = {key: member for key, member in source.items() if key not in FLAGS}
    track = source.get("objectId") or (classifications and source.get("schemaId")) or ""
    # A key that is there keeps its place, any other comes last.
    return Row(
        page,
        track,
        stopped,
        stopped or not is_computed,
        value | {"page": page, "interpolationStopped": stopped},
    )


def settled(record_rows: Iterable[Row], table_rows: Iterable[Row]) -> list[Row]:
    """In order, with one row for each page of a track: of the record the last, above it the table's greatest."""
    untracked = [row for row in (*record_rows, *table_rows) if not row.track]
    by_place = {(row.page, row.track): row for row in record_rows if row.track}
    by_place |= {
        (row.page, row.track): row for row in sorted(table_rows, key=lambda row: row.text) if row.track
    }
    return sorted([*untracked, *by_place.values()], key=lambda row: row.position)


def expanded(rows: Iterable[Row], last_page: int) -> list[Row]:
    """With a computed row at every page where an object is on and has no row yet."""
    rows = list(rows)
    tracks = defaultdict(list)
    for row in rows:
        if row.track:
            tracks[row.track].append(row)
    filled = [row for track in tracks.values() for row in _filled(track, last_page)]
    return sorted(rows + filled, key=lambda row: row.position)


def _filled(track: list[Row], last_page: int) -> Iterator[Row]:
    taken = {row.page for row in track}
    keys = [row for row in track if row.key]
    for earlier, later in zip_longest(keys, keys[1:]):
        end = later.page if later else last_page + 1
        for page in range(earlier.page + 1, end):
            if not earlier.stopped and page not in taken:
                yield _computed(earlier, later, page)


def _computed(earlier: Row, later: Row | None, page: int) -> Row:
    shapes = moved_shapes(earlier.value, later.value, earlier.page, later.page, page) if later else {}
    return Row(page, earlier.track, False, False, earlier.value | shapes | {"page": page})


def _flagged(row: Row, key_frame_flag: bool) -> Json:
    return {**row.value, "keyFrame": row.key} if key_frame_flag else row.value
