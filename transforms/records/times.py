"""Times of records.

A time is kept as text, ``YYYY-MM-DDTHH:MM:SS.ffffff`` in UTC: comparing the
text compares the times, at the full precision that the source has. ``""`` is
"no time" and sorts before every time.
"""

from datetime import UTC, datetime, timedelta

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.reasons import Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TIME = ""


def parse_time(value: str | float | None, key: str) -> str:
    """A time of the input as sortable text.

    Args:
        value: ISO-8601 text (without a zone it is UTC) or epoch milliseconds.
        key: where it stood, for the message.

    Raises:
        InvalidRecordError: ``bad_time``, not a time of the years 1 to 9999.

    >>> parse_time("2024-05-02T10:00:00.5+02:00", "updatedAt")
    '2024-05-02T08:00:00.500000'
    >>> parse_time(1714636800000, "updatedAt")
    '2024-05-02T08:00:00.000000'
    """
    if value is None:
        return NO_TIME
    try:
        if not isinstance(value, str):
            return _from_milliseconds(value)
        moment = datetime.fromisoformat(value)
        if (
            len(value) == 24
            and value[7] == "-"
            and value[10] == "T"
            and value[19] == "."
            and value[23] == "Z"
        ):
            return f"{value[:23]}000"  # the platform's own form needs no conversion
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        raise InvalidRecordError(
            Reason.BAD_TIME,
            f"{key} is {value!r}; allowed are ISO-8601 text and epoch milliseconds, years 1 to 9999",
        ) from None


def format_time(time: str) -> str | None:
    """ISO-8601 UTC with milliseconds and ``Z``; finer digits are cut off.

    >>> format_time("2024-05-02T08:00:00.123999")
    '2024-05-02T08:00:00.123Z'
    """
    return f"{time[:23]}Z" if time else None


def _from_milliseconds(milliseconds: float) -> str:
    if milliseconds != int(milliseconds):
        raise ValueError("fraction of a millisecond")
    moment = _EPOCH + timedelta(milliseconds=int(milliseconds))
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")
