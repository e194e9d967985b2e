"""Frame numbers: the values that a ``page`` and a ``frameTotal`` may have."""

from typing import Any

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.reasons import Reason

MOST_FRAMES = 10_000_000
"""Four days at 30 frames a second; a larger ``frameTotal`` is taken for a mistake, which would fill the disk."""

CHUNK_PAGES = 1024
"""Frames that are held at a time while a long video is gone through."""


def page_of(value: Any, last_page: int) -> int:
    """A ``page`` of the input as a frame number, from 0. A number like ``3.0``, which database dumps write, is whole.

    Raises:
        InvalidRecordError: ``bad_page``, not a whole number from 0 to ``last_page``.
    """
    page = int(value) if type(value) is float and value.is_integer() else value
    if type(page) is int and 0 <= page <= last_page:
        return page
    text = repr(value)
    found = text if len(text) <= 40 else f"{text[:40]}…"
    raise InvalidRecordError(
        Reason.BAD_PAGE, f"page is {found}; a page is a whole number from 0 to {last_page}"
    )


def frame_total_of(value: float | None) -> int | None:
    """``metadata.frameTotal`` as a number of frames; ``None`` where it is absent.

    Raises:
        InvalidRecordError: ``wrong_type``, not a whole number, or ``frame_total_out_of_range``.
    """
    if value is None:
        return None
    if value != int(value):
        raise InvalidRecordError(
            Reason.WRONG_TYPE, f"metadata.frameTotal is {value}; allowed are whole numbers"
        )
    if not 1 <= value <= MOST_FRAMES:
        raise InvalidRecordError(
            Reason.FRAME_TOTAL_OUT_OF_RANGE,
            f"metadata.frameTotal is {value}; allowed are 1 to {MOST_FRAMES} frames",
        )
    return int(value)
