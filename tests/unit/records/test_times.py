"""Times of records: known answers, what is refused, and that comparing the text compares the times."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.values import BAD_TIMES, EDGE_TIMES, TIMES
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.records.times import NO_TIME, format_time, parse_time
from reference.reading import instant, written_time

QUICK = settings(max_examples=200, deadline=None)
WRITINGS = [value for value in TIMES + EDGE_TIMES if not isinstance(value, dict)]

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 28), timezones=st.just(UTC))
NEARLY_ZERO = st.integers(-3, 3) | st.sampled_from([1000, -1000, 3_600_000_000])


@pytest.mark.parametrize(
    ("value", "sortable"),
    [
        ("2024-05-02T08:00:01.120Z", "2024-05-02T08:00:01.120000"),
        ("2024-05-02T08:00:01.123456Z", "2024-05-02T08:00:01.123456"),
        ("2024-05-02T08:00:01.123456789Z", "2024-05-02T08:00:01.123456"),
        ("2024-05-02T08:00:01", "2024-05-02T08:00:01.000000"),
        ("2024-05-02 08:00:01.1", "2024-05-02T08:00:01.100000"),
        ("2024-05-02T08:00Z", "2024-05-02T08:00:00.000000"),
        ("2024-05-02", "2024-05-02T00:00:00.000000"),
        ("2024-05-02T01:30:00+02:00", "2024-05-01T23:30:00.000000"),
        ("2024-05-02T01:30:00.123+02:00", "2024-05-01T23:30:00.123000"),
        ("2024-05-01T23:30:00-0930", "2024-05-02T09:00:00.000000"),
        ("0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000000"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999000"),
        (1714636800000, "2024-05-02T08:00:00.000000"),
        (1714636800001.0, "2024-05-02T08:00:00.001000"),
        (0, "1970-01-01T00:00:00.000000"),
        (-1, "1969-12-31T23:59:59.999000"),
    ],
)
def test_a_time_becomes_sortable_text_in_utc(value: Any, sortable: str) -> None:
    assert parse_time(value, "updatedAt") == sortable


def test_a_week_date_is_the_same_day_in_every_length() -> None:
    # "2024-W18-4" is as long as "2024-05-02"
    assert parse_time("2024-W18-4T08:00:00.123Z", "updatedAt") == "2024-05-02T08:00:00.123000"
    assert parse_time("2024-W18-4T08:00:00Z", "updatedAt") == "2024-05-02T08:00:00.000000"


@pytest.mark.parametrize("value", WRITINGS)
def test_every_writing_of_a_time_means_what_the_reference_says(value: Any) -> None:
    assert format_time(parse_time(value, "updatedAt")) == written_time(instant(value))
    assert parse_time(value, "updatedAt") == instant(value).replace(tzinfo=None).isoformat(
        timespec="microseconds"
    )


@pytest.mark.parametrize(
    "value",
    [
        *(value for value in BAD_TIMES if not isinstance(value, dict)),
        *("", " ", "now", "1714636800000", "2024-05-02T08:00:00+25:00", "2024-05-02T08:00:00Zx"),
        *(1e300, -1e300, 0.5, float("nan"), float("inf"), 2**64 - 1),
    ],
)
def test_what_is_no_time_is_refused_with_its_key_and_value(value: Any) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        parse_time(value, "completedAt")
    assert caught.value.reason == "bad_time"
    assert "completedAt" in caught.value.detail
    assert repr(value) in caught.value.detail
    assert "ISO-8601" in caught.value.detail


def test_no_time_sorts_before_every_time() -> None:
    assert parse_time(None, "updatedAt") == NO_TIME
    assert parse_time("0001-01-01T00:00:00Z", "updatedAt") > NO_TIME
    assert format_time(NO_TIME) is None


@QUICK
@given(MOMENTS, NEARLY_ZERO, ZONES, ZONES)
def test_comparing_the_text_compares_the_times(
    first: datetime, microseconds: int, zone: timezone, other_zone: timezone
) -> None:
    second = first + timedelta(microseconds=microseconds)
    text = parse_time(first.astimezone(zone).isoformat(), "updatedAt")
    other_text = parse_time(second.astimezone(other_zone).isoformat(), "updatedAt")
    assert (text < other_text, text == other_text) == (first < second, first == second)


@QUICK
@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_epoch_milliseconds_are_the_same_moment_as_their_text(milliseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert parse_time(milliseconds, "updatedAt") == parse_time(moment.isoformat(), "updatedAt")


@QUICK
@given(MOMENTS)
def test_the_written_time_is_cut_to_milliseconds_and_is_read_again_as_the_same(moment: datetime) -> None:
    written = format_time(parse_time(moment.isoformat(), "updatedAt"))
    assert written == moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    assert format_time(parse_time(written, "updatedAt")) == written
