"""Values of Parquet as JSON text, in every type of column that may hold them."""

import contextlib
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import check, rewrite_plain
from framehaul.transforms.formats.parquet import rows_of
from framehaul.transforms.kinds.ango_v3.task import decode_task
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import parse_time

ANSWER = '{"tools":[{"title":"car"}]}'
WRITES_VIEWS = pytest.mark.skipif(
    int(pa.__version__.split(".")[0]) < 21, reason="pyarrow 20 reads such columns, and cannot write them"
)


def rows(table: pa.Table) -> list[bytes]:
    file = io.BytesIO()
    pq.write_table(table, file)
    found = rows_of(file, "dump/tasks.parquet", 0, table.column_names, lambda _: True)
    return [row for some in found for row in some]


def values(column: str, array: pa.Array) -> list[Any]:
    """What a column becomes, beside one that is always there."""
    table = pa.table({"taskId": [f"t{index}" for index in range(len(array))], column: array})
    return [orjson.loads(row).get(column) for row in rows(table)]


@pytest.mark.parametrize(
    "column_type",
    [
        pa.string(),
        pa.binary(),
        pa.large_string(),
        pa.large_binary(),
        pytest.param(pa.string_view(), marks=WRITES_VIEWS),
        pytest.param(pa.binary_view(), marks=WRITES_VIEWS),
        pa.dictionary(pa.int32(), pa.string()),
    ],
    ids=str,
)
def test_json_text_is_the_json_that_it_holds_in_every_type_of_column(column_type: pa.DataType) -> None:
    for column, text in (("answer", ANSWER), ("metadata", '{"frameTotal":3}'), ("batches", '["a",null]')):
        array = pa.array([None, text, text]).cast(column_type)
        assert values(column, array) == [None, orjson.loads(text), orjson.loads(text)]


@pytest.mark.parametrize("column_type", [pa.large_string(), pa.dictionary(pa.int8(), pa.string())], ids=str)
def test_a_plain_text_is_a_string_in_every_type_of_column(column_type: pa.DataType) -> None:
    assert values("stage", pa.array(["Complete", None, "5"]).cast(column_type)) == ["Complete", None, "5"]


def test_a_native_value_is_the_same_as_its_json() -> None:
    answers = [{"tools": [{"title": "car", "page": None}, {"title": None, "page": 2}], "relations": None}]
    assert values("answer", pa.array(answers)) == [{"tools": [{"title": "car"}, {"page": 2}]}]
    assert values("batches", pa.array([["a", None], []])) == [["a", None], []]
    assert values("duration", pa.array([1.5, None, -0.0])) == [1.5, None, -0.0]
    assert values("duration", pa.array([2**64 - 1], pa.uint64())) == [2**64 - 1]


def test_the_lists_of_a_native_answer_may_be_json_text() -> None:
    answer = pa.array([{"tools": '[{"title":"car"}]', "relations": "[]"}])
    assert values("answer", answer) == [{"tools": [{"title": "car"}], "relations": []}]


def test_json_text_keeps_the_digits_of_its_numbers() -> None:
    (row,) = rows(pa.table({"taskId": ["t1"], "metadata": ['{"width":1.50,"height":1E2}']}))
    assert row == b'{"taskId":"t1","metadata":{"width":1.50,"height":1E2}}'


def test_what_is_null_does_not_stand_in_the_record() -> None:
    table = pa.table({"taskId": ["t1", "t2"], "stage": [None, "Review"], "answer": [ANSWER, None]})
    assert [list(orjson.loads(row)) for row in rows(table)] == [["taskId", "answer"], ["taskId", "stage"]]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "-09:30"])
def test_a_timestamp_is_the_moment_that_it_stands_for(unit: str, zone: str | None) -> None:
    moment = datetime(2024, 5, 2, 8, 0, 1, tzinfo=UTC)
    numbers = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
    column = pa.array([round(moment.timestamp()) * numbers[unit], None], pa.timestamp(unit, zone))
    found, absent = values("updatedAt", column)
    assert (parse_time(found, "updatedAt"), absent) == ("2024-05-02T08:00:01.000000", None)


def test_a_timestamp_is_read_to_the_microsecond_and_a_date_is_its_midnight() -> None:
    (found,) = values("updatedAt", pa.array([1_714_636_800_123_456_789], pa.timestamp("ns")))
    assert parse_time(found, "updatedAt") == "2024-05-02T08:00:00.123456"
    (found,) = values("updatedAt", pa.array([date(2024, 5, 2)]))
    assert parse_time(found, "updatedAt") == "2024-05-02T00:00:00.000000"


def test_decimals_are_numbers_and_maps_are_objects() -> None:
    assert values("duration", pa.array([Decimal("1.50"), None])) == [1.5, None]
    pairs = pa.array([[("width", 5), ("height", 7)]], pa.map_(pa.string(), pa.int64()))
    assert values("metadata", pairs) == [{"width": 5, "height": 7}]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_sets_its_record_aside(number: float) -> None:
    good, bad = rows(pa.table({"taskId": ["t1", "t2"], "duration": [1.0, number]}))
    check(good)
    with pytest.raises(InvalidRecordError, match="not_json"):
        check(bad)


@pytest.mark.parametrize("text", ['{"tools":[', "car", "{'tools':[]}", '{"tools":[]} x', "\ufeff{}", "1e400"])
def test_broken_json_text_sets_its_record_aside_and_no_other(text: str) -> None:
    table = pa.table({"taskId": ["t1", "t2"], "stage": ["Complete"] * 2, "answer": [ANSWER, text]})
    good, bad = rows(table)
    assert orjson.loads(good)["answer"] == orjson.loads(ANSWER)
    with pytest.raises(InvalidRecordError, match="wrong_type"):
        decode(bad)


def decode(row: bytes) -> Any:
    check(row)
    return decode_task(rewrite_plain(row), (0, 1), Selection(), Fields())


def test_json_text_with_spaces_is_read_like_compact_text() -> None:
    holes = '{"tools": [{"segmentation": {"zones": [{"region": [], "holes": [[1, 2], [3, 4]]}]}}]}'
    records = []
    for answer in (holes, holes.replace(" ", "")):
        head = {"taskId": ["65f0aa11bb22cc33dd44ee01"], "stage": ["Complete"], "externalId": ["cat.jpg" * 9]}
        (row,) = rows(pa.table({**head, "answer": [answer]}))
        records.append(orjson.loads(decode(row).rendered + b"}}"))
    assert records[0] == records[1]
    assert records[0]["task"]["tools"][0]["segmentation"]["zones"][0]["holes"] == [[[1, 2], [3, 4]]]


ODD_COLUMNS = {
    "a moment after the year 9999": ("updatedAt", pa.array([253_402_300_800_000], pa.timestamp("ms"))),
    "a moment that overflows": ("updatedAt", pa.array([10**14 + 777], pa.timestamp("s"))),
    "a moment before the year 1": ("updatedAt", pa.array([-(10**14)], pa.timestamp("ms"))),
    "nanoseconds inside a struct": (
        "metadata",
        pa.array([{"at": 1_714_636_800_123_456_789}], pa.struct([("at", pa.timestamp("ns"))])),
    ),
    "a map with one key twice": (
        "metadata",
        pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64())),
    ),
    "a map with numbers for keys": ("metadata", pa.array([[(1, 1)]], pa.map_(pa.int64(), pa.int64()))),
    "a length of time": ("duration", pa.array([timedelta(seconds=18)])),
    "a number as id": ("taskId", pa.array([5])),
    "bytes that are not UTF-8": ("externalId", pa.array([b"\xff"])),
}


@pytest.mark.parametrize(("column", "array"), ODD_COLUMNS.values(), ids=ODD_COLUMNS)
def test_an_odd_native_value_may_set_its_record_aside_but_never_stops_the_run(
    column: str, array: pa.Array
) -> None:
    (row,) = rows(pa.table({"taskId": ["t1"], "stage": ["Complete"]} | {column: array}))
    with contextlib.suppress(InvalidRecordError):
        assert decode(row).task_id == "t1"


def test_a_moment_that_does_not_fit_sets_its_record_aside_and_is_not_taken_for_another() -> None:
    # in microseconds it is 2**64 more than a moment of 2024
    milliseconds = (2**64 // 1000) + 1_714_636_800_000
    column = pa.array([milliseconds], pa.timestamp("ms"))
    (row,) = rows(pa.table({"taskId": ["t1"], "stage": ["Complete"], "updatedAt": column}))
    with pytest.raises(InvalidRecordError):
        decode(row)
