"""Due times become runs: one each, on whichever machine, whatever the clocks do."""

from pathlib import Path
from typing import Any

import pytest

from framehaul.pipelines.ledger.ledger import LEASE_S
from framehaul.pipelines.schedule.begin import scheduler_of
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exports.manifest import DeadLetters, Manifest, Tool
from schedule.machines import GOES_ON, Machine, SetClock, claims_in, states_in

NIGHTLY = {"cron": "0 2 * * *"}
IS_KILLED = "import os; os.kill(os.getpid(), 9)"


def machine(folder: Path, now: str, program: str = "pass", **schedule: Any) -> Machine:
    return Machine(folder, SetClock(now), program, {"schedule": NIGHTLY | schedule})


def test_an_export_begins_when_it_is_due_and_only_then(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 01:59:00")
    assert one.look() == []
    assert one.wait(3) == []
    assert one.wait(1) == ["nightly-20261122T020000Z"]
    assert one.started[0] == [
        *("--export-id", "nightly-20261122T020000Z", "--trigger", "schedule=due 20261122T020000Z")
    ]
    assert one.end_run() == 0
    assert one.wait(100) == []
    one.clock.set("2026-11-23 02:00:10")
    assert one.look() == ["nightly-20261123T020000Z"]
    one.end_run()
    assert states_in(tmp_path) == [
        ("20261121T020000Z.001", "skipped"),  # before the schedule was first looked at
        ("20261122T020000Z.001", "done"),
        ("20261123T020000Z.001", "done"),
    ]


def test_of_two_schedulers_one_runs_an_export(tmp_path: Path) -> None:
    one, other = machine(tmp_path, "2026-11-22 02:00:05"), machine(tmp_path, "2026-11-22 02:00:05")
    assert one.look() + other.look() == ["nightly-20261122T020000Z"]
    one.end_run()
    assert one.wait(10) + other.wait(10) == []


def test_a_scheduler_that_is_started_again_runs_nothing_twice(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05")
    one.look()
    one.end_run()
    assert machine(tmp_path, "2026-11-22 02:03:00").wait(10) == []


@pytest.mark.parametrize(
    ("catch_up", "begun", "state"), [(True, ["nightly-20261125T020000Z"], "done"), (False, [], "skipped")]
)
def test_after_downtime_one_run_is_caught_up_with_or_none(
    tmp_path: Path, catch_up: bool, begun: list[str], state: str
) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05")
    one.look()
    one.end_run()
    later = machine(tmp_path, "2026-11-25 09:30:00", catch_up=catch_up)
    assert later.wait(3) == begun
    if begun:
        later.end_run()
    assert states_in(tmp_path)[-1] == ("20261125T020000Z.001", state)
    assert len(claims_in(tmp_path)) == 2
    later.clock.set("2026-11-26 02:00:05")
    assert later.look() == ["nightly-20261126T020000Z"]
    later.end_run()


def test_a_schedule_whose_last_run_is_still_going_is_not_started_again(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", "import time; time.sleep(0.5)")
    other = machine(tmp_path, "2026-11-23 02:00:05")
    assert one.look() == ["nightly-20261122T020000Z"]
    one.clock.set("2026-11-23 02:00:05")
    assert one.wait(2) == []
    assert other.look() == []
    one.clock.set("2026-11-23 07:00:00")
    one.end_run()
    other.clock.set("2026-11-23 07:00:30")
    assert one.look() + other.look() == []  # what came while it was going is left out for good
    for each in (one, other):
        each.clock.set("2026-11-24 02:00:05")
    assert one.look() + other.look() == ["nightly-20261124T020000Z"]
    one.end_run()


def test_a_clock_that_is_put_back_runs_no_due_time_twice(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05")
    one.look()
    one.end_run()
    for now in ("2026-11-22 01:59:55", "2026-11-22 02:00:05", "2026-11-19 12:00:00", "2026-11-22 02:01:00"):
        one.clock.set(now)
        assert one.look() == []
    assert machine(tmp_path, "2026-11-22 01:59:59").wait(5) == []


def test_a_clock_that_was_put_forward_by_mistake_stops_no_later_run(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05")
    one.look()
    one.end_run()
    one.clock.set("2026-12-24 12:00:00")
    assert one.look() == ["nightly-20261224T020000Z"]  # caught up with, once
    one.end_run()
    one.clock.set("2026-11-22 12:00:00")
    assert one.look() == []
    one.clock.set("2026-11-23 02:00:05")
    assert one.look() == ["nightly-20261123T020000Z"]
    one.end_run()
    one.clock.set("2026-12-24 02:00:05")
    assert one.look() == []


def test_a_run_whose_machine_is_gone_is_taken_over_with_resume(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", GOES_ON)
    one.look()
    one.crash()
    fresh = machine(tmp_path, "2026-11-22 02:30:00")
    looks = round(LEASE_S / 15)
    assert fresh.wait(looks) == []  # as long as it may only be slow
    assert fresh.wait(3) == ["nightly-20261122T020000Z"]
    assert "--resume" in fresh.started[0]
    fresh.end_run()
    assert states_in(tmp_path)[-1] == ("20261122T020000Z.002", "done")


def test_a_run_that_is_renewed_is_not_taken_over_whatever_the_clocks_say(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", GOES_ON)
    other = machine(tmp_path, "2026-11-22 17:00:00")  # its clock is hours ahead
    one.look()
    for _ in range(60):
        assert one.wait(1) == []
        assert other.wait(1) == []
    one.crash()


def test_a_scheduler_whose_claim_was_taken_over_ends_its_run(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", GOES_ON)
    one.look()
    other = machine(tmp_path, "2026-11-22 02:10:00")
    assert other.wait(100) == ["nightly-20261122T020000Z"]  # one was frozen all that time
    one.wait(5)
    assert not one.export.is_busy
    assert one.export.exit_codes == [1]
    assert states_in(tmp_path)[-1] == ("20261122T020000Z.002", "done")


def test_a_run_that_was_killed_is_tried_again_but_not_for_ever(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", IS_KILLED)
    begun = one.look()
    for _ in range(5):
        if one.export.is_busy:
            assert one.end_run() == -9
        begun += one.wait(2)
    assert begun == ["nightly-20261122T020000Z"] * 3
    assert [state for _, state in states_in(tmp_path)] == ["died"] * 3


def test_a_run_that_failed_is_not_tried_again_before_it_is_due_again(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", "raise SystemExit(1)")
    one.look()
    assert one.end_run() == 1
    assert one.wait(50) == []
    assert states_in(tmp_path) == [("20261122T020000Z.001", "failed")]


def test_a_run_that_was_stopped_with_its_scheduler_goes_on_at_once_elsewhere(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", GOES_ON)
    one.look()
    one.export.stop()
    other = machine(tmp_path, "2026-11-22 02:01:00")
    assert other.look() == ["nightly-20261122T020000Z"]
    assert "--resume" in other.started[0]
    other.end_run()


def test_a_run_that_cannot_be_resumed_is_begun_anew(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", GOES_ON)
    one.look()
    one.export.stop()
    other = machine(tmp_path, "2026-11-22 02:01:00", "raise SystemExit(2)")
    other.look()
    other.export._running.process._process.wait(20)  # type: ignore[union-attr]
    other.export.check_run()
    assert ["--resume" in arguments for arguments in other.started] == [True, False]
    assert other.end_run() == 2
    assert states_in(tmp_path)[-1] == ("20261122T020000Z.002", "failed")


def manifest_with(dead_letters: int) -> bytes:
    """Of an export that has set so much aside, where nothing may be."""
    return Manifest(
        export_id="nightly-20261122T020000Z",
        tool=Tool(name="framehaul", version="0"),
        started_at="2026-11-22T02:00:00.000Z",
        finished_at="2026-11-22T02:10:00.000Z",
        config={"limits": {"max_dead_letters": 0}},
        source=[],
        counts={},
        annotations_by_title={},
        shards=[],
        dead_letters=DeadLetters(count=dead_letters),
    ).to_json()


@pytest.mark.parametrize(
    ("manifest", "exit_code", "state"),
    [(manifest_with(0), 0, "done"), (manifest_with(1), 3, "failed"), (b"{", 1, "failed")],
    ids=["good", "not good", "damaged"],
)
def test_a_run_that_died_after_its_manifest_is_not_run_again(
    tmp_path: Path, manifest: bytes, exit_code: int, state: str
) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05", GOES_ON)
    one.look()
    one.export.stop()
    export = tmp_path / "exports/nightly-20261122T020000Z"
    export.mkdir()
    if exit_code != 1:
        (export / ".framehaul").mkdir()
        (export / ".framehaul/run.json").touch()
    (export / "manifest.json").write_bytes(manifest)
    other = machine(tmp_path, "2026-11-22 02:01:00")
    assert other.look() == []
    assert other.export.exit_codes == [exit_code]
    assert states_in(tmp_path)[-1] == ("20261122T020000Z.002", state)
    assert (tmp_path / "exports/latest.json").exists() == (exit_code == 0)


def test_one_round_does_what_is_due_and_ends_with_the_worst_exit_code(tmp_path: Path) -> None:
    assert machine(tmp_path, "2026-11-22 01:00:00").scheduler.run(once=True) == 0
    one = machine(tmp_path, "2026-11-22 02:00:05", "raise SystemExit(3)")
    assert one.scheduler.run(once=True) == 3
    two = machine(tmp_path, "2026-11-23 02:00:05", "raise SystemExit(1)")
    assert two.scheduler.run(once=True) == 1
    assert [state for _, state in states_in(tmp_path)] == ["skipped", "failed", "failed"]


def test_schedules_that_would_share_their_claims_are_refused(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 01:00:00")
    with pytest.raises(ConfigError, match=r"called nightly .*schedule\.name"):
        scheduler_of([one.export.path, one.export.path], [])


def test_a_config_that_does_not_say_when_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not say when to begin"):
        Machine(tmp_path, SetClock("2026-11-22 01:00:00"))
    with pytest.raises(ConfigError, match="has no `trigger:`"):
        Machine(tmp_path, SetClock("2026-11-22 01:00:00"), watches_only=True)


def test_a_store_that_fails_is_asked_again_at_the_next_look(tmp_path: Path) -> None:
    one = machine(tmp_path, "2026-11-22 02:00:05")
    (tmp_path / "exports").write_text("in the way")
    assert one.look() == []
    (tmp_path / "exports").unlink()
    assert one.look() == ["nightly-20261122T020000Z"]
    one.end_run()


def test_a_secret_that_is_not_in_the_environment_ends_the_scheduler(tmp_path: Path) -> None:
    storage = {"s3": {"key": {"env": "NO_SUCH_VARIABLE"}}}
    sections = {"schedule": NIGHTLY, "storage": storage, "output": {"url": "s3://bucket/exports"}}
    one = Machine(tmp_path, SetClock("2026-11-22 02:00:05"), sections=sections)
    with pytest.raises(ConfigError, match="NO_SUCH_VARIABLE, which is not set"):
        one.scheduler.run(once=True)
