"""Every way a run can end, on every channel that tells of it: they all say the same.

A good export is there before each run. A run counts as good exactly when its exit code is 0.
"""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from end_to_end.exports import write_lines
from end_to_end.gauges import gauges
from end_to_end.told_run import BEFORE, Ended, Figures, InHistory, Place, Told, told_by
from end_to_end.told_servers import told_servers
from end_to_end.web_receiver import web_receiver


def is_good(place: Place) -> Ended:
    return place.run("x")


def sets_too_many_aside(place: Place) -> Ended:
    write_lines(place.folder / "tables/tasks-2.ndjson", [b"{"])
    return place.run("x")


def sets_all_aside(place: Place) -> Ended:
    write_lines(place.folder / "tables/tasks-1.ndjson", [b'{"unknown": 1}', b'{"unknown": 2}'])
    return place.run("x")


def selects_nothing(place: Place) -> Ended:
    return place.run("x", "--set", "export.stages=[Compelte]")


def has_fewer_records_than_asked_for(place: Place) -> Ended:
    return place.run("x", "--set", "limits.min_records=4")


def reads_empty_tables(place: Place) -> Ended:
    write_lines(place.folder / "tables/tasks-1.ndjson", [])
    return place.run("x")


def is_allowed_to_be_empty(place: Place) -> Ended:
    return place.run("x", "--set", "export.stages=[Review]", "--set", "limits.min_records=0")


def is_refused_as_the_export_is_whole(place: Place) -> Ended:
    (place.folder / "tables/tasks-1.ndjson").unlink()  # which is not told either
    return place.run(BEFORE)


def is_refused_as_another_run_goes_on(place: Place) -> Ended:
    with place.held("x"):
        return place.run("x")


def fails(place: Place) -> Ended:
    return place.run("x", "--set", "source.tasks=none-*")


def is_killed(place: Place) -> Ended:
    return place.interrupted("x", signal.SIGKILL)


def is_stopped(place: Place) -> Ended:
    return place.interrupted("x", signal.SIGTERM)


def resumes_what_is_whole(place: Place) -> Ended:
    (place.folder / "tables/tasks-1.ndjson").unlink()
    return place.run(BEFORE, "--resume")


def resumes_what_is_unfinished(place: Place) -> Ended:
    place.interrupted("x", signal.SIGKILL)
    return place.run("x", "--resume")


GOOD = Told(
    exit_code=0,
    summary="x: 3 records of 3 assets",
    latest="x",
    history=InHistory("whole", "good"),
    textfile=Figures(run_failed=False, success="moved"),
    gateway=Figures(run_failed=False, success="moved"),
    mail="is ready",
    webhook=("ready", 0),
    chat="is ready",
    going=BEFORE,
)
TOO_MANY_SET_ASIDE = Told(
    exit_code=3,
    summary="failed         1 records were set aside, 0 are allowed (limits.max_dead_letters)",
    latest=BEFORE,
    history=InHistory("whole", "too_many_set_aside"),
    textfile=Figures(run_failed=True, success="kept"),
    gateway=Figures(run_failed=True, success="kept"),
    mail="set aside more records than allowed",
    webhook=("failed", 3),
    chat="set aside more records than allowed",
    going=None,
)
TOO_FEW_RECORDS = TOO_MANY_SET_ASIDE._replace(
    summary="failed         0 records were exported of 3 read, at least 1 are expected (limits.min_records)",
    history=InHistory("whole", "too_few_records"),
    mail="holds fewer records than expected",
    chat="holds fewer records than expected",
)
SILENT = Told(
    exit_code=1,
    summary="",
    latest=BEFORE,
    history=InHistory("whole", "good"),
    textfile=None,
    gateway=None,
    mail=None,
    webhook=None,
    chat=None,
    going=None,
)
FAILED = SILENT._replace(
    history=None,
    textfile=Figures(run_failed=True, success="kept"),
    gateway=Figures(run_failed=True, success="kept"),
    mail="failed",
    webhook=("failed", 1),
    chat="failed",
)

OUTCOMES: dict[Callable[[Place], Ended], Told] = {
    is_good: GOOD,
    reads_empty_tables: GOOD._replace(summary="x: 0 records of 0 assets"),
    is_allowed_to_be_empty: GOOD._replace(summary="x: 0 records of 0 assets"),
    resumes_what_is_unfinished: GOOD,
    sets_too_many_aside: TOO_MANY_SET_ASIDE,
    sets_all_aside: TOO_MANY_SET_ASIDE._replace(
        summary="failed         2 records were set aside, 0 are allowed (limits.max_dead_letters); 0 records were"
    ),
    selects_nothing: TOO_FEW_RECORDS,
    has_fewer_records_than_asked_for: TOO_FEW_RECORDS._replace(
        summary="failed         3 records were exported of 3 read, at least 4 are expected (limits.min_records)"
    ),
    fails: FAILED._replace(summary="none-* matches no file"),
    is_killed: SILENT._replace(exit_code=-9, history=InHistory("incomplete", None)),
    is_stopped: FAILED._replace(
        exit_code=143,
        summary="stopped; nothing is published",
        history=InHistory("incomplete", None),
        mail=None,
        webhook=None,
        chat=None,
    ),
    resumes_what_is_whole: SILENT._replace(exit_code=0, summary="before is already whole"),
    is_refused_as_the_export_is_whole: SILENT._replace(summary="already holds a finished export"),
    is_refused_as_another_run_goes_on: SILENT._replace(summary="is held by another run", history=None),
}
ON_EXPORT_BEFORE = {resumes_what_is_whole, is_refused_as_the_export_is_whole}


@dataclass
class Runs:
    """Each way to end, once for all channels.

    Attributes:
        place: with the export before, that all begin from.
        pushed: what the gateway knows of that.
    """

    place: Place
    pushed: dict[str, float]
    told: dict[Callable[[Place], Ended], Told] = field(default_factory=dict)

    def of(self, outcome: Callable[[Place], Ended]) -> Told:
        if outcome not in self.told:
            place = self.place.copied(self.place.folder.with_name(outcome.__name__))
            export_id = BEFORE if outcome in ON_EXPORT_BEFORE else "x"
            self.told[outcome] = told_by(place, self.pushed, export_id, lambda: outcome(place))
        return self.told[outcome]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("channels")
    with told_servers(folder) as servers, web_receiver() as gateway:
        place = Place(folder / "with-an-export", servers, gateway)
        place.prepare()
        ended = place.run(BEFORE)
        assert ended.exit_code == 0, ended.said
        (push,) = gateway.received
        yield Runs(place, gauges(push.body.decode()))


@pytest.mark.parametrize("channel", Told._fields)
@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.__name__)
def test_every_channel_says_the_same(runs: Runs, outcome: Callable[[Place], Ended], channel: str) -> None:
    told, expected = getattr(runs.of(outcome), channel), getattr(OUTCOMES[outcome], channel)
    if channel == "summary":
        assert expected in told
    else:
        assert told == expected


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.__name__)
def test_a_run_with_an_end_counts_as_good_exactly_when_its_exit_code_is_0(
    runs: Runs, outcome: Callable[[Place], Ended]
) -> None:
    told = runs.of(outcome)
    if told.textfile is None:  # nobody was told of it
        return
    is_good = told.exit_code == 0
    assert told.textfile == told.gateway
    assert (not told.textfile.run_failed, told.textfile.success == "moved") == (is_good, is_good)
    assert (told.latest == "x", told.going == BEFORE) == (is_good, is_good)
    assert told.webhook is None or told.webhook == ("ready" if is_good else "failed", told.exit_code)
