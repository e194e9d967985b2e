"""When an export is due, on days when clocks change too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.pipelines.config.schedule_settings import ScheduleSection
from framehaul.pipelines.schedule.due_times import DueTimes


def due_times(cron: str, timezone: str = "Europe/Berlin", **more: Any) -> DueTimes:
    return DueTimes(ScheduleSection(cron=cron, timezone=timezone, **more), "nightly")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "now", "latest"),
    [
        ("15 2 * * *", "2026-11-22 01:14:59", "2026-11-21 01:15"),
        ("15 2 * * *", "2026-11-22 01:15", "2026-11-22 01:15"),
        ("0 0 29 2 *", "2026-11-22 00:00", "2024-02-28 23:00"),
        # 2026-03-29: 02:00 becomes 03:00. What is due in between is due at 03:00, which is 01:00 UTC.
        ("30 2 * * *", "2026-03-29 00:59", "2026-03-28 01:30"),
        ("30 2 * * *", "2026-03-29 01:00", "2026-03-29 01:00"),
        ("30 2 * * *", "2026-03-30 00:29", "2026-03-29 01:00"),
        # 2026-10-25: 03:00 becomes 02:00. 02:30 comes at 00:30 and at 01:30 UTC, and is due once.
        ("30 2 * * *", "2026-10-25 00:30", "2026-10-25 00:30"),
        ("30 2 * * *", "2026-10-25 01:15", "2026-10-25 00:30"),
        ("30 2 * * *", "2026-10-25 02:00", "2026-10-25 00:30"),
        ("*/30 * * * *", "2026-10-25 01:15", "2026-10-25 01:00"),
    ],
)
def test_the_newest_due_time_is_found_where_clocks_change_too(cron: str, now: str, latest: str) -> None:
    assert due_times(cron).latest(utc(now)) == utc(latest)


def test_a_time_zone_that_is_not_utc_is_meant() -> None:
    assert due_times("0 2 * * *", "Asia/Kolkata").latest(utc("2026-11-22 12:00")) == utc("2026-11-21 20:30")


CRONS = ["15 2 * * *", "*/20 * * * *", "30 1-3 * * *", "0 */6 * * SUN", "59 23 L * *", "30 2,3 * 3,10,11 *"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo"]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CRONS),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1)),
    st.integers(0, 3600),
)
def test_no_time_lies_between_the_newest_due_time_and_the_following_one(
    cron: str, zone: str, at: datetime, jitter: int
) -> None:
    times, now = due_times(cron, zone, jitter=timedelta(seconds=jitter)), at.replace(tzinfo=UTC)
    latest, following = times.latest(now), times.next_start(now)
    assert latest is not None
    assert following is not None
    assert times.start_of(latest) <= now < following
    if not jitter:
        assert times.latest(following) == following
        assert times.latest(following - timedelta(seconds=1)) == latest


def test_jitter_is_the_same_on_every_machine_and_another_for_every_run() -> None:
    times = due_times("0 2 * * *", jitter=timedelta(minutes=30))
    days = [utc("2026-06-01 00:00") + timedelta(days=day) for day in range(50)]
    delays = {(times.start_of(day) - day).total_seconds() for day in days}
    assert [times.start_of(day) for day in days] == [
        due_times("0 2 * * *", jitter=timedelta(minutes=30)).start_of(day) for day in days
    ]
    assert len(delays) > 40
    assert 0 <= min(delays) < 400
    assert 1400 < max(delays) <= 1800


def test_an_export_does_not_begin_before_its_jitter_is_over() -> None:
    times = due_times("0 2 * * *", "UTC", jitter=timedelta(minutes=30))
    due = utc("2026-11-22 02:00")
    start = times.start_of(due)
    assert times.latest(start - timedelta(seconds=1)) == due - timedelta(days=1)
    assert times.latest(start) == due
    assert times.next_start(start - timedelta(seconds=1)) == start
