"""One run at a time in a folder: who waits, who gives way, who is dead."""

import os
import threading
import time
from pathlib import Path

import msgspec
import pytest

from framehaul.transforms.errors import HeldError, LostError
from framehaul.transforms.runs import claims
from framehaul.transforms.runs.claims import (
    CLAIMS,
    LEASE_S,
    Claim,
    ClaimRecord,
    hold_folder,
    holders,
    keep_claim_alive,
    refuse_held,
)
from framehaul.transforms.runs.processes import Process, this_process
from framehaul.transforms.storage.object_store import ObjectStore
from storage.claim_contest import one_of_many

ELSEWHERE = Process(host="elsewhere", pid=7, machine="another/pid:[1]", started=1)
DEAD = msgspec.structs.replace(this_process(), started=1)


@pytest.fixture
def folder(tmp_path: Path) -> ObjectStore:
    return ObjectStore(str(tmp_path / "x"))


def put_claim(
    folder: ObjectStore, process: Process, *, token: str = "7f" * 8, held: bool = True, age_s: float = 0
) -> str:
    record = ClaimRecord(token=token, held=held, process=process, since="2026-11-22T12:00:00+00:00")
    path = f"{CLAIMS}/{token}.json"
    folder.write(path, [msgspec.json.encode(record)])
    then = time.time() - age_s
    os.utime(folder.url_of(path), (then, then))
    return path


def test_a_folder_is_held_until_the_end_and_then_nothing_is_left(folder: ObjectStore) -> None:
    with hold_folder(folder) as claim:
        assert folder.paths("") == [claim.path]
        claim.check_alone()
        for _ in range(2):
            with pytest.raises(HeldError, match=rf"x is held by another run: process {os.getpid()} on "):
                hold_folder(folder).__enter__()
        assert folder.paths("") == [claim.path]
        with pytest.raises(HeldError):
            refuse_held(folder)
    assert folder.paths("") == []
    assert not Path(folder.url_of(".framehaul")).exists()
    refuse_held(folder)


def test_of_many_that_ask_at_once_exactly_one_gets_it(folder: ObjectStore) -> None:
    for round_number in range(5):
        assert one_of_many(folder, 6) == 1, round_number


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    ("process", "age_s"), [(DEAD, 0), (ELSEWHERE, LEASE_S + 5)], ids=["here", "elsewhere"]
)
def test_the_claim_of_the_dead_is_removed(
    folder: ObjectStore, process: Process, age_s: float, held: bool
) -> None:
    put_claim(folder, process, age_s=age_s, held=held)
    refuse_held(folder)
    with hold_folder(folder) as claim:
        assert folder.paths(CLAIMS) == [claim.path]


@pytest.mark.parametrize(
    ("process", "age_s"),
    [(ELSEWHERE, LEASE_S - 20), (msgspec.structs.replace(DEAD, machine=""), 0)],
    ids=["elsewhere, not silent for long", "on a machine that does not tell"],
)
def test_who_may_be_alive_is_left_alone(folder: ObjectStore, process: Process, age_s: float) -> None:
    path = put_claim(folder, process, age_s=age_s)
    with pytest.raises(HeldError, match=r"since 2026-11-22T12:00:00\+00:00, last sign of life \d+ s ago"):
        hold_folder(folder).__enter__()
    assert folder.paths("") == [path]


def test_a_run_that_is_only_stopped_is_alive_on_its_own_machine(folder: ObjectStore) -> None:
    with hold_folder(folder) as claim:
        then = time.time() - 10 * LEASE_S
        os.utime(folder.url_of(claim.path), (then, then))
        with pytest.raises(HeldError):
            hold_folder(folder).__enter__()


def test_who_asks_waits_for_one_that_will_give_way_and_gives_way_to_a_smaller_token(
    folder: ObjectStore,
) -> None:
    path = put_claim(folder, ELSEWHERE, token="0" * 16, held=False)
    with pytest.raises(HeldError):
        hold_folder(folder).__enter__()
    folder.delete(path)
    path = put_claim(folder, ELSEWHERE, token="f" * 16, held=False)
    threading.Timer(0.5, folder.delete, [path]).start()
    with hold_folder(folder):
        assert folder.look_up(path) is None


def test_a_run_whose_claim_was_removed_publishes_nothing(folder: ObjectStore) -> None:
    with hold_folder(folder) as claim:
        folder.delete(claim.path)
        for check in (claim.check, claim.check_alone):
            with pytest.raises(LostError, match=r"x was taken over by another run.*nothing is published"):
                check()


def test_of_two_that_hold_a_folder_all_the_same_one_goes_on(folder: ObjectStore) -> None:
    """As after a listing that was behind."""
    with hold_folder(folder) as claim:
        path = put_claim(folder, ELSEWHERE, token="f" * 16)
        claim.check_alone()
        folder.delete(path)
        put_claim(folder, ELSEWHERE, token="0" * 16)
        with pytest.raises(HeldError, match="held by another run: process 7 on elsewhere"):
            claim.check_alone()


def test_a_sign_of_life_is_given_but_not_by_the_dead(
    folder: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "HEARTBEAT_S", 0.02)
    with hold_folder(folder) as claim:
        os.utime(folder.url_of(claim.path), (1, 1))
        with keep_claim_alive(claim):
            wait_until_younger(folder, claim)
            folder.delete(claim.path)
            time.sleep(0.2)
            assert folder.look_up(claim.path) is None


def wait_until_younger(folder: ObjectStore, claim: Claim) -> None:
    for _ in range(500):
        (holder,) = holders(folder)
        if holder.silent_s is not None and holder.silent_s < 60:
            assert holder.record.token == claim.token
            assert holder.record.held
            return
        time.sleep(0.02)
    pytest.fail("there was no sign of life")
