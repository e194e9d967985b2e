"""Which exports retention lets go."""

from datetime import UTC, datetime, timedelta

import pytest

from framehaul.pipelines.exports.history import ExportSummary, State
from framehaul.pipelines.exports.retention import Retention, expendable

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


def summary(day: int, *, state: State = State.WHOLE, latest: bool = False) -> ExportSummary:
    time = f"2026-11-{day:02d}T12:00:00.000Z"
    return ExportSummary(
        folder=f"x{day}",
        url=f"exports/x{day}",
        state=state,
        latest=latest,
        started_at=time,
        finished_at=time,
        seconds=0.0,
    )


EXPORTS = [summary(day, latest=day == 8) for day in (3, 1, 2, 8, 5)]


@pytest.mark.parametrize(
    ("retention", "days"),
    [
        (Retention(), []),
        (Retention(keep=2), [1, 2, 3]),
        (Retention(keep=5), []),
        (Retention(keep=50), []),
        (Retention(max_age=timedelta(days=7)), [1, 2]),  # that of the third is not older than seven days
        (Retention(max_age=timedelta(days=7, seconds=-1)), [1, 2, 3]),
        (Retention(max_age=timedelta(seconds=1)), [1, 2, 3, 5]),
        (Retention(keep=4, max_age=timedelta(days=1)), [1]),
        (Retention(keep=1, max_age=timedelta(days=8)), [1]),
    ],
    ids=str,
)
def test_what_no_rule_keeps_may_go_oldest_first(retention: Retention, days: list[int]) -> None:
    assert [export.folder for export in expendable(EXPORTS, retention, NOW)] == [f"x{day}" for day in days]


@pytest.mark.parametrize("state", [State.RUNNING, State.INCOMPLETE, State.UNREADABLE])
def test_what_is_not_whole_neither_goes_nor_counts(state: State) -> None:
    exports = [*EXPORTS, summary(9, state=state), summary(4, state=state)]
    assert [export.folder for export in expendable(exports, Retention(keep=3), NOW)] == ["x1", "x2"]


def test_only_the_latest_and_the_newest_are_beyond_every_rule() -> None:
    exports = [summary(1, latest=True), summary(2), summary(3)]
    assert [export.folder for export in expendable(exports, Retention(keep=1), NOW)] == ["x2"]
    assert expendable([], Retention(keep=1), NOW) == []
