"""Known answers: how the reference reads lines, checks records and parses times."""

from collections.abc import Callable
from typing import Any

import pytest

from awkward.lines import tables_of
from reference.checks import check_stage_history, check_task
from reference.export import reference_export
from reference.reading import SetAsideError, instant, parsed_object, unwrapped, written_time

TASK = {"taskId": "t1", "stage": "Complete"}
ENTRY = {"taskId": "t1", "stage": "Label", "completedAt": "2024-05-01T00:00:00Z"}


def refusal(check: Callable[[dict[str, Any]], None], record: dict[str, Any]) -> str:
    with pytest.raises(SetAsideError) as caught:
        check(record)
    return caught.value.reason


def test_blank_lines_are_no_records_but_count_as_lines() -> None:
    content = b'\n \t\n{"taskId":"t1","stage":"Complete"}\r\n\r\n\nbroken\n'
    export = reference_export({"tasks": {"a.ndjson": content}}, {})
    assert export.counts["tasksRead"] == 2
    assert export.dead_letters == [("tasks", ("a.ndjson", 6), "not_json")]


def test_a_last_line_without_line_end_is_a_record() -> None:
    files = {
        "a.ndjson": b'{"taskId":"t1","stage":"Complete"}\n{"taskId":"t2","stage":"Complete"}',
        "b.ndjson": b"",
    }
    assert reference_export({"tasks": files}, {}).counts["tasksExported"] == 2


def test_a_byte_order_mark_is_skipped_at_the_start_of_a_file_only() -> None:
    line = b'\xef\xbb\xbf{"taskId":"t1","stage":"Complete"}\n'
    export = reference_export({"tasks": {"a.ndjson": line + line, "b.ndjson": line}}, {})
    assert export.counts["tasksRead"] == 3
    assert export.dead_letters == [("tasks", ("a.ndjson", 2), "not_json")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"k": "\xff"}', "not_utf8"),
        (b'{"k": "\xed\xa0\x80"}', "not_utf8"),
        (b"not json \xff", "not_utf8"),
        (b"{", "not_json"),
        (b'{"k": NaN}', "not_json"),
        (b'{"k": -Infinity}', "not_json"),
        (b'{"k": 01}', "not_json"),
        (b'{"k": "\\ud800"}', "not_json"),
        (b'{"\\udc00": 1}', "not_json"),
        (b'{"k": [{"k": "\\ud83d \\ude00"}]}', "not_json"),
        (b'{"k": 1e400} x', "not_json"),
        (b'{"k": [1e400]}', "number_out_of_range"),
        (b'{"k": 18446744073709551616}', "number_out_of_range"),
        (b'{"k": -9223372036854775809}', "number_out_of_range"),
        (b'{"k": {"$numberLong": "18446744073709551616"}}', "number_out_of_range"),
        (b'{"k": {"$numberDouble": "NaN"}}', "number_out_of_range"),
        (b'{"k": ' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b"[1e400]", "number_out_of_range"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
    ],
)
def test_a_line_that_is_no_object_has_one_reason(line: bytes, reason: str) -> None:
    with pytest.raises(SetAsideError, match=reason):
        parsed_object(line)


def test_the_edges_of_json_are_read() -> None:
    line = rb' {"a": 18446744073709551615, "b": -9223372036854775808, "c": 1e-400, "d": "\ud83d\ude00", "e": 1E2} '
    assert parsed_object(line) == {"a": 2**64 - 1, "b": -(2**63), "c": 0.0, "d": "\U0001f600", "e": 100.0}


@pytest.mark.parametrize(
    ("wrapped", "plain"),
    [
        ({"$oid": "65f0"}, "65f0"),
        ({"$numberLong": "-5"}, -5),
        ({"$numberInt": "7"}, 7),
        ({"$numberDouble": "1.5"}, 1.5),
        ({"$date": "2024-05-01"}, "2024-05-01"),
        ({"$date": 5}, 5),
        ({"$date": {"$numberLong": "1"}}, 1),
        ([{"k": [{"$oid": "a"}]}], [{"k": ["a"]}]),
        ({"$oid": "a", "k": 1}, {"$oid": "a", "k": 1}),
        ({"$oid": 5}, {"$oid": 5}),
        ({"$numberLong": "five"}, {"$numberLong": "five"}),
        ({"$numberDecimal": "1"}, {"$numberDecimal": "1"}),
    ],
)
def test_extended_json_is_unwrapped(wrapped: Any, plain: Any) -> None:
    assert unwrapped(wrapped) == plain
    assert type(unwrapped(wrapped)) is type(plain)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2024-05-02T08:00:01.120Z", "2024-05-02T08:00:01.120Z"),
        ("2024-05-02T08:00:01", "2024-05-02T08:00:01.000Z"),
        ("2024-05-02 08:00:01.1", "2024-05-02T08:00:01.100Z"),
        ("2024-05-02T08:00:01.9999999Z", "2024-05-02T08:00:01.999Z"),
        ("2024-05-02T08:00Z", "2024-05-02T08:00:00.000Z"),
        ("2024-05-02", "2024-05-02T00:00:00.000Z"),
        ("2024-05-02T01:30:00+02:00", "2024-05-01T23:30:00.000Z"),
        ("2024-05-01T23:30:00-0930", "2024-05-02T09:00:00.000Z"),
        (1714636800000, "2024-05-02T08:00:00.000Z"),
        (1714636800001.0, "2024-05-02T08:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        (-62135596800000, "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(value: Any, written: str) -> None:
    assert written_time(instant(value)) == written


@pytest.mark.parametrize(
    "value",
    [
        *(
            "yesterday",
            "",
            "2023-02-29",
            "2024-05-02T24:01:00Z",
            "2024-05-02T08:00:00+25:00",
            "1714636800000",
        ),
        *("0000-01-01", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-01:00", "10000-01-01"),
        *(253402300800000, -62135596800001, 10**18, 1e300, 0.5),
    ],
)
def test_a_time_that_cannot_be_is_set_aside(value: Any) -> None:
    for check, record in (
        (check_task, TASK | {"createdAt": value}),
        (check_stage_history, ENTRY | {"completedAt": value}),
    ):
        assert refusal(check, record) == "bad_time"


@pytest.mark.parametrize("key", ["taskId", "stage"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_required_key_must_have_a_value(key: str, value: str | None) -> None:
    for check, record in ((check_task, TASK), (check_stage_history, ENTRY)):
        assert refusal(check, record | {key: value}) == "missing_key"


def test_stage_history_needs_the_time_when_the_stage_was_left() -> None:
    assert refusal(check_stage_history, ENTRY | {"completedAt": None}) == "missing_key"


@pytest.mark.parametrize(
    "change",
    [
        *({"taskId": 5}, {"_id": 5}, {"stage": ["Complete"]}, {"stageId": 1}, {"type": {}}, {"project": 1}),
        *({"assetId": 1}, {"externalId": 1}, {"updatedBy": []}, {"brushDataUrl": True}),
        *({"duration": "5"}, {"totalDuration": True}, {"totalBlurDuration": []}, {"consensusAverage": "80"}),
        *({"metadata": []}, {"contextData": "x"}, {"dataset": [None]}, {"dataset": "x"}, {"batches": [5]}),
        *({"attachments": {}}, {"consensusDetailed": "x"}, {"answer": []}, {"answer": {"relations": {}}}),
        *({"answer": {"tools": [5]}}, {"answer": {"objects": [None]}}, {"answer": {"tools": [{"title": 5}]}}),
        *({"answer": {"tools": [{"keyFrame": 1}]}}, {"answer": {"tools": [{"interpolated": "true"}]}}),
    ],
)
def test_a_task_key_of_the_wrong_type_is_set_aside(change: dict[str, Any]) -> None:
    assert refusal(check_task, TASK | change) == "wrong_type"


@pytest.mark.parametrize(
    "change",
    [
        {"_id": 5},
        {"completedBy": 5},
        {"submittedBy": []},
        {"reviewStatus": 1},
        {"idleDuration": "5"},
        {"answer": {"tools": 5}},
    ],
)
def test_a_stage_history_key_of_the_wrong_type_is_set_aside(change: dict[str, Any]) -> None:
    assert refusal(check_stage_history, ENTRY | change) == "wrong_type"


def test_a_missing_key_is_named_before_a_wrong_type_and_a_wrong_type_before_a_bad_time() -> None:
    assert refusal(check_task, {"stage": 5, "updatedAt": "x"}) == "missing_key"
    assert refusal(check_task, TASK | {"stageId": 5, "updatedAt": "x"}) == "wrong_type"


def test_rows_of_history_answers_and_unknown_keys_are_not_looked_at() -> None:
    check_stage_history(
        ENTRY | {"answer": {"tools": [5, None, {"title": 5, "keyFrame": "x"}]}, "updatedAt": "x"}
    )
    check_task(TASK | {"stageName": 5, "answer": {"classifications": [5], "relations": [None]}})


def test_dead_letters_are_counted_apart_and_keep_their_place() -> None:
    export = reference_export(tables_of(tasks=[TASK, b"x", b"[]"], stage_history=[b"{}", ENTRY]), {})
    assert export.dead_letters == [
        ("tasks", ("tasks-0.ndjson", 2), "not_json"),
        ("tasks", ("tasks-0.ndjson", 3), "not_an_object"),
        ("stage_history", ("stage_history-0.ndjson", 1), "missing_key"),
    ]
    assert {name: count for name, count in export.counts.items() if count} == {
        **{"tasksRead": 3, "tasksExported": 1, "deadLetterTasks": 2},
        **{"stageHistoryRead": 2, "stageHistoryExported": 1, "deadLetterStageHistory": 1},
        **{"records": 1, "assets": 1},
    }
