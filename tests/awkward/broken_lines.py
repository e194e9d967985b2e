"""Lines that a reader must set aside, by reason. Each has one fault only, so that its reason is beyond dispute."""

from collections.abc import Callable, Sequence
from typing import Any

from awkward import values
from awkward.lines import written
from awkward.values import Json

REASONS = (
    "not_utf8",
    "not_json",
    "number_out_of_range",
    "not_an_object",
    "missing_key",
    "wrong_type",
    "bad_time",
)
VIDEO_REASONS = ("frame_total_out_of_range", "bad_page")
REASONS_OF = {
    "tasks": REASONS,
    "stage_history": REASONS,
    "frames": (*(reason for reason in REASONS if reason != "bad_time"), "bad_page"),
}


def broken_lines(table: str, reason: str) -> list[bytes]:
    """Every broken line of this collection whose only fault is ``reason``."""
    if reason == "not_utf8":
        return _filled(table, "stageId", NOT_UTF8)
    if reason == "not_json":
        strings, numbers = NOT_JSON_STRINGS, NOT_JSON_NUMBERS
        return [*_cut_up(table), *_filled(table, "stageId", strings), *_filled(table, "duration", numbers)]
    if reason == "number_out_of_range":
        return _filled(table, "duration", TOO_LARGE)
    if reason == "not_an_object":
        return [written(value) for value in NOT_OBJECTS]
    faults = FAULTS[reason](table)
    return [written(valid_record(table, **fault)) for fault in faults]


def valid_record(table: str, **changes: Any) -> Json:
    """The smallest record that is not set aside, with changes; a key that is set to ``...`` is left out."""
    return {key: value for key, value in {**REQUIRED[table], **changes}.items() if value is not ...}


REQUIRED: dict[str, Json] = {
    "tasks": {"taskId": "t1", "stage": "Complete"},
    "stage_history": {
        "taskId": "t1",
        "stage": "Complete",
        "_id": "h1",
        "completedAt": "2024-05-01T08:00:00.000Z",
    },
    "frames": {"taskId": "t1", "page": 0},
}
HOLE = "<hole>"  # stands in a record for what Python's JSON writer would not write


def _filled(table: str, key: str, fillings: Sequence[bytes]) -> list[bytes]:
    """Lines in which ``key``, an unknown key, or a place deep inside holds one of ``fillings``."""
    row = {"extra": {"x": HOLE}, "classifications": [{"answer": [HOLE]}]}
    places: list[Json] = [
        {key: HOLE},
        {"note": HOLE},
        {"note": {"k": [0, HOLE]}},
        {"answer": {"tools": [row]}},
    ]
    lines = [written(valid_record(table, **place)) for place in places]
    return [line.replace(written(HOLE), filling) for line in lines for filling in fillings]


def _cut_up(table: str) -> list[bytes]:
    whole = written(valid_record(table))
    beside = [whole + b"}", whole + b",", whole + b" " + whole, whole + b"\x00", b"[" + whole]
    inside = [whole[:-1], whole[:-3], whole[1:], whole.replace(b'"', b"'"), whole[:-1] + b",}"]
    lone_surrogate_key = whole[:-1] + b',"\\udfff":1}'
    return [b"not json", b"[", b"\x00", *beside, *inside, lone_surrogate_key]


NOT_UTF8 = (b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf0\x9f\x98"', b'"\xe9"', b'"\xf5\x80\x80\x80"')
NOT_JSON_STRINGS = (
    *(rb'"\ud800"', rb'"\udc00\ud800"', rb'"\ud83dx"'),  # halves of surrogate pairs
    *(rb'"\x41"', rb'"\u12"', b'"\x01"', b'"\t"', b"'x'", b"x"),
)
NOT_JSON_NUMBERS = (
    *(b"NaN", b"Infinity", b"-Infinity", b"nan", b"None", b"undefined"),
    *(b"01", b"+1", b".5", b"1.", b"0x1", b"1_0", b"1 2", b"/**/1", b"\xc2\xa01", b"", b"1,,"),
)
TOO_LARGE = (
    *(b"1e400", b"-1e400", b"1E+309"),
    *(b"18446744073709551616", b"-9223372036854775809", b"9" * 400, b"-" + b"1" * 5000),
)
NOT_OBJECTS: tuple[Any, ...] = ([], [valid_record("tasks")], "x", "", 5, -0.5, True, None)


def _missing(table: str) -> list[Json]:
    keys = REQUIRED[table].keys() - {"_id"}
    nothing: list[Any] = [..., None]
    empty: list[Json] = [{key: ""} for key in ("taskId", "stage") if key in keys]
    return [{key: value} for key in sorted(keys) for value in nothing] + empty


def _bad_times(table: str) -> list[Json]:
    keys = ["completedAt"] if table == "stage_history" else ["updatedAt", "createdAt"]
    return [{key: time} for key in keys for time in values.BAD_TIMES]


def _bad_pages(table: str) -> list[Json]:
    """Of a frames record its own; of a task those of its rows."""
    if table == "frames":
        return [{"page": page} for page in BAD_PAGES if page != TOO_LATE]
    answers = [
        {name: [{"page": page}]} for name in ("tools", "objects", "classifications") for page in BAD_PAGES
    ]
    return [{"metadata": {"frameTotal": TOO_LATE}, "answer": answer} for answer in answers]


def _bad_frame_totals(_: str) -> list[Json]:
    return [{"metadata": {"frameTotal": total}} for total in BAD_FRAME_TOTALS]


TOO_LATE = 30
BAD_PAGES: tuple[Any, ...] = (-1, 1.5, "3", True, [], {}, TOO_LATE, {"$numberInt": "-1"})
BAD_FRAME_TOTALS: tuple[Any, ...] = (0, -1, 10_000_001, 10**12, {"$numberLong": "1000000000000"})


def _wrong_types(table: str) -> list[Json]:
    return [{key: value} for keys, wrong in WRONG_TYPES[table] for key in keys.split() for value in wrong]


NOT_STRINGS: tuple[Any, ...] = (5, 1.5, True, [], ["x"], {"k": "x"}, {"$numberLong": "5"})
NOT_NUMBERS: tuple[Any, ...] = ("5", True, False, [], {}, {"$oid": "5"})
NOT_ANSWERS: tuple[Any, ...] = (
    *([], "x", 5, {"tools": {}}, {"objects": 5}),
    *({"classifications": "x"}, {"relations": True}),
)
NOT_TOOLS: tuple[Any, ...] = (
    *(5, None, "x", [], {"title": 5}, {"title": []}),
    *({"keyFrame": 1}, {"keyFrame": "true"}, {"interpolated": 0}),
)

NOT_VIDEO_ROWS: tuple[Any, ...] = (
    *(5, None, "x", [], {"keyFrame": 1}, {"interpolated": "no"}, {"interpolationStopped": 0}),
    *({"objectId": 5}, {"objectId": []}, {"schemaId": True}),
)

WRONG_TYPES: dict[str, list[tuple[str, Sequence[Any]]]] = {
    "tasks": [
        ("taskId stage stageId type projectId project assetId asset externalId updatedBy", NOT_STRINGS),
        ("brushDataUrl medicalBrushDataUrl", NOT_STRINGS),
        ("totalDuration duration totalIdleDuration totalBlurDuration consensusAverage", NOT_NUMBERS),
        ("metadata contextData", ("x", 5, True, [], [{}], {"$oid": "x"})),
        ("dataset", ("x", {}, 5, [5], ["x", None])),
        ("batches", ("Batch A", {}, 5, [5], ["b", ["b"]])),
        ("attachments consensusDetailed", ("x", {}, 5, False)),
        ("answer", (*NOT_ANSWERS, *({"tools": [{}, row]} for row in NOT_TOOLS), {"objects": [5]})),
    ],
    "stage_history": [
        ("taskId stage stageId _id completedBy submittedBy reviewStatus", NOT_STRINGS),
        ("brushDataUrl medicalBrushDataUrl", NOT_STRINGS),
        ("duration idleDuration blurDuration", NOT_NUMBERS),
        ("answer", NOT_ANSWERS),
    ],
    "frames": [
        ("taskId labelTask task historyId", NOT_STRINGS),
        ("tools objects classifications", ("x", 5, {}, True, *([{}, row] for row in NOT_VIDEO_ROWS))),
        ("tools objects", ([{"title": 5}], [{"title": []}])),
    ],
}

FAULTS: dict[str, Callable[[str], list[Json]]] = {
    "missing_key": _missing,
    "wrong_type": _wrong_types,
    "bad_time": _bad_times,
    "bad_page": _bad_pages,
    "frame_total_out_of_range": _bad_frame_totals,
}
