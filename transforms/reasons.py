"""Reasons for which a record is set aside: the one list of them.

The code is what other programs count by, in ``dead-letters.ndjson`` and in ``deadLetters.byReason`` of the manifest,
so a code never changes. The description is for the person who mends the record; the table in the documentation is
made from it.
"""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """A stable code, and one line that says what was found and what is allowed.

    Attributes:
        description: goes on after "the record"; Markdown.

    >>> f"{Reason.NOT_UTF8}: the record {Reason('not_utf8').description}"
    'not_utf8: the record has bytes that are not UTF-8; a record is UTF-8 text'
    """

    description: str

    def __new__(cls, code: str, description: str) -> Self:
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.description = description
        return reason

    NOT_UTF8 = "not_utf8", "has bytes that are not UTF-8; a record is UTF-8 text"
    NOT_JSON = (
        "not_json",
        "is not JSON: a cut-off line, `NaN`, half of a surrogate pair, a byte order mark; "
        "a record is one JSON object",
    )
    NUMBER_OUT_OF_RANGE = (
        "number_out_of_range",
        "has a number out of range, like `1e400`; allowed are finite doubles and whole numbers of 64 bits",
    )
    TOO_DEEP = (
        "too_deep",
        "nests lists and objects too deep; allowed are about 1,000 levels, but 254 in values that are written anew, "
        "as extended JSON and the annotations of the legacy generation are",
    )
    NOT_AN_OBJECT = "not_an_object", "is a list or a single value; a record is one JSON object"
    MISSING_KEY = (
        "missing_key",
        "lacks a key, or has an empty one, that every record of its table needs: `taskId` and `stage`; "
        "in stage history `completedAt` too; in frames `taskId` and `page`; in issues `_id`",
    )
    WRONG_TYPE = (
        "wrong_type",
        "has a known key of another type; the detail names the key and the allowed types",
    )
    BAD_TIME = (
        "bad_time",
        "has a time that cannot be read; allowed are ISO-8601 text and epoch milliseconds, in the years 1 to 9999",
    )
    BAD_PAGE = (
        "bad_page",
        "has a `page` that is no whole number, or is not in its video; "
        "allowed are 0 to `metadata.frameTotal` - 1",
    )
    FRAME_TOTAL_OUT_OF_RANGE = (
        "frame_total_out_of_range",
        "is a video with an impossible `metadata.frameTotal`; allowed are 1 to 10,000,000 frames",
    )
    NOT_A_VIDEO = (
        "not_a_video",
        "is a frames record of a task that is no video; a video has `metadata.frameTotal` and no `dataset`",
    )
    LINE_TOO_LONG = (
        "line_too_long",
        "is longer than `limits.max_record_bytes`; or cannot be cut into lines of `output.max_line_bytes`, "
        "since what every part repeats is longer, or a single row is over 16 MiB",
    )
    WITH_ITS_TASK = (
        "with_its_task",
        "is stage history or frames of a task that is set aside; mend the task, and read both again",
    )
