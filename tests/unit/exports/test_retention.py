"""Which exports retention lets go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from framehaul.pipelines.exports.groups import GroupBy
from framehaul.pipelines.exports.history import ExportSummary, State
from framehaul.pipelines.exports.retention import Retention, expendable
from framehaul.transforms.exports.verdict import Verdict

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


def summary(day: int, *, state: State = State.WHOLE, is_good: bool = True, **facts: Any) -> ExportSummary:
    time = f"2026-11-{day:02d}T12:00:00.000Z"
    verdict = Verdict.GOOD if is_good else Verdict.TOO_FEW_RECORDS
    facts = {"folder": f"x{day}", **facts}
    return ExportSummary(
        **facts,
        url=f"exports/{facts['folder']}",
        state=state,
        verdict=verdict if state is State.WHOLE else None,
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


def gone(exports: list[ExportSummary], retention: Retention) -> list[str]:
    return [export.folder for export in expendable(exports, retention, NOW)]


def test_an_export_that_does_not_count_as_good_takes_no_place_of_a_good_one() -> None:
    exports = [summary(1), summary(2), *(summary(day, is_good=False) for day in (3, 4, 5))]
    assert gone(exports, Retention(keep=2)) == ["x3"], (
        "the newest two of all stay, and the newest two good ones"
    )
    assert gone(exports, Retention(keep=1)) == ["x1", "x3", "x4"]


def test_an_export_that_does_not_count_as_good_stays_no_longer_than_a_good_one() -> None:
    exports = [summary(1, is_good=False), summary(2), summary(3)]
    assert gone(exports, Retention(keep=2)) == ["x1"]
    assert gone(exports, Retention(max_age=timedelta(days=60))) == []
    assert gone(exports, Retention(max_age=timedelta(seconds=1))) == ["x1", "x2"]


IN_ONE_FOLDER = [
    *(summary(day, folder=f"nightly-202611{day:02d}T020000Z") for day in (1, 2)),
    *(summary(day, folder=f"nightly-t00000{day}-p1-202611{day:02d}T030000Z", project="p1") for day in (3, 4)),
    *(summary(day, folder=f"hourly-202611{day:02d}T040000Z", project="p1") for day in (5, 6)),
    *(summary(day, folder=f"by-hand-{day}") for day in (7, 8)),
]


@pytest.mark.parametrize(
    ("group_by", "days"),
    [
        ([GroupBy.PROJECT, GroupBy.SCHEDULE], [1, 3, 5, 7]),
        ([GroupBy.PROJECT], [1, 2, 3, 4, 5, 7]),
        ([GroupBy.SCHEDULE], [1, 2, 3, 5, 7]),
        ([], [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_exports_of_a_project_and_a_schedule_are_counted_by_themselves(
    group_by: list[GroupBy], days: list[int]
) -> None:
    folders = [export.folder for export in IN_ONE_FOLDER]
    assert gone(IN_ONE_FOLDER, Retention(keep=1, group_by=group_by)) == [folders[day - 1] for day in days]
