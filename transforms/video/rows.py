"""Rows of a video: each stands at one page of one track, and is kept as the text that is written.

A track is the rows with one ``objectId``, or ``schemaId`` where a classification has none
(transforms/README.md, "Video"). Rows are handed through as the bytes they came as; only the keys that order them are
read.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

from framehaul.transforms.records.json_fields import decoded
from framehaul.transforms.video.frame_numbers import page_of
from framehaul.transforms.video.json_places import with_value, without_mark
from framehaul.transforms.video.tracks import Columns, Ints, in_order, track_ranks

NO_PAGE = -1


class Row(msgspec.Struct, array_like=True, gc=False):
    """One row of a list.

    Attributes:
        page: frame, from 0; ``NO_PAGE`` where the row holds for the whole video.
        track: ``""`` for a row that belongs to none.
        stopped: from this page on the object is off.
        key: made by a person, as every stop row is; otherwise the editor computed it.
        text: the row as it is written, but for the ``keyFrame`` that ``key_frame_flag`` adds.
        title: ``""`` where there is none.
    """

    page: int
    track: str
    stopped: bool
    key: bool
    text: bytes
    title: str


class _Head(msgspec.Struct, rename="camel", gc=False):
    page: Any = UNSET
    interpolation_stopped: bool | UnsetType | None = UNSET
    key_frame: bool | UnsetType | None = UNSET
    interpolated: bool | UnsetType | None = UNSET
    object_id: str | None = None
    schema_id: str | None = None
    title: str | None = None


_HEADS = msgspec.json.Decoder(list[_Head])
_RAWS = msgspec.json.Decoder(list[Raw])


def rows_of(content: bytes, *, last_page: int, classifications: bool, page: int | None = None) -> list[Row]:
    """The rows of a list of tools or of classifications, in the order of the source.

    Args:
        content: a JSON list, sound and without spaces between its tokens.
        last_page: of the video.
        classifications: whether the list is one of classifications.
        page: that of the ``frames`` record which holds the list; every row gets it.

    Raises:
        InvalidRecordError: ``bad_page``; ``wrong_type`` for a row that is no object or has a key of another type.
    """
    names: dict[str, str] = {}  # one string for each track and title, not one for each row
    rows = []
    heads: list[_Head] = decoded(_HEADS, content)
    for head, raw in zip(heads, _RAWS.decode(content), strict=True):
        text, key = bytes(raw), True
        place = head.page if page is None else page
        if place is None or place is UNSET:
            place = NO_PAGE
        else:
            if type(place) is not int or not 0 <= place <= last_page:
                place = page_of(place, last_page)
            if head.page is not place or not _is_plain(head):
                text, key = _written(text, head, place), _is_key(head)
        track = head.object_id or (classifications and head.schema_id) or ""
        title = head.title or ""
        track, title = names.setdefault(track, track), names.setdefault(title, title)
        rows.append(Row(place, track, head.interpolation_stopped is True, key, text, title))
    return rows


def _is_plain(head: _Head) -> bool:
    """Tell whether a row that has its page is written as it came, and is a key row."""
    stopped = head.interpolation_stopped
    return (stopped is False or stopped is True) and head.key_frame is UNSET and head.interpolated is UNSET


def _is_key(head: _Head) -> bool:
    computed = head.key_frame is False or head.interpolated is True
    return head.interpolation_stopped is True or not computed


def _written(text: bytes, head: _Head, page: int) -> bytes:
    if head.key_frame is not UNSET:
        text = without_mark(text, "keyFrame")
    if head.interpolated is not UNSET:
        text = without_mark(text, "interpolated")
    added = b""
    if head.page is UNSET:
        added = b',"page":%d' % page
    elif type(head.page) is not int or head.page != page:
        text = with_value(text, "page", b"%d" % page)
    if head.interpolation_stopped is UNSET:
        added += b',"interpolationStopped":false'
    elif head.interpolation_stopped is None:
        text = with_value(text, "interpolationStopped", b"false")
    return text[:-1] + (added if b'"' in text else added[1:]) + b"}"


def columns_of(rows: Sequence[Row]) -> Columns:
    """Rows as arrays; all rows have a page."""
    count = len(rows)
    return Columns(
        np.fromiter([row.page for row in rows], np.int64, count),
        track_ranks([row.track for row in rows]),
        np.fromiter([row.key for row in rows], np.bool_, count),
        np.fromiter([row.stopped for row in rows], np.bool_, count),
    )


def check_rows(content: bytes, last_page: int | None) -> None:
    """Refuse the lists that ``rows_of`` refuses, without making rows.

    Args:
        last_page: of the video; ``None`` for rows whose own pages do not count.

    Raises:
        InvalidRecordError: ``bad_page`` or ``wrong_type``.
    """
    for head in decoded(_HEADS, content):
        page = head.page
        if last_page is None or page is None or page is UNSET:
            continue
        if type(page) is not int or not 0 <= page <= last_page:
            page_of(page, last_page)


def settled(record_rows: Sequence[Row], table_rows: Sequence[Row]) -> tuple[list[Row], int]:
    """The rows that have a page, in order, without the superseded ones.

    Of the rows of one track at one page one stays. Within a record that is the last, a row of the ``frames``
    table wins over one of the record, and among rows of the table, which has no order, the bytewise greater
    one wins. Rows of no track all stay.

    Args:
        record_rows: one list of one record, in the order of the source.
        table_rows: those that the ``frames`` table adds to this list, in any order.

    Returns:
        The rows by page, track and text; and how many were superseded.
    """
    rows = [row for row in record_rows if row.page >= 0]
    of_record = len(rows)
    rows += [row for row in table_rows if row.page >= 0]
    keys = columns_of(rows).order_keys()
    if (keys[1:] > keys[:-1]).all():
        return rows, 0
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    kept: list[Row] = []
    done = 0
    for first, end in _ties(keys):
        kept += in_order(rows, order[done:first])
        kept += _winners(rows, order[first:end].tolist(), of_record)
        done = end
    kept += in_order(rows, order[done:])
    return kept, len(rows) - len(kept)


def _ties(keys: Ints) -> list[tuple[int, int]]:
    """The ranges, half open, at which ascending keys hold one key several times."""
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    ends = np.append(starts[1:], len(keys))
    several = ends - starts > 1
    return list(zip(starts[several].tolist(), ends[several].tolist(), strict=True))


def _winners(rows: list[Row], places: list[int], of_record: int) -> list[Row]:
    """The rows that stay, of those of one track at one page. Places below ``of_record`` are the record's, the
    others the table's.
    """
    several = [rows[place] for place in places]
    if not several[0].track:
        return sorted(several, key=_by_text)
    if places[-1] < of_record:
        return several[-1:]
    of_table = [row for row, place in zip(several, places, strict=True) if place >= of_record]
    return [max(of_table, key=_by_text)]


def _by_text(row: Row) -> tuple[bytes, bool]:
    return row.text, row.key  # rows that are written alike can differ in ``keyFrame``
