"""One of many is first, on stores that know the condition and on those that overwrite."""

import threading
from pathlib import Path

import pytest

from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.first_put import FirstPut
from framehaul.pipelines.ledger.ledger import Ledger
from framehaul.transforms.storage.object_store import ObjectStore
from schedule.machines import SetClock

MANY = 8


class OverwritingStore(ObjectStore):
    """Takes the condition for granted, as older MinIO does."""

    def write_if_absent(self, path: str, content: bytes) -> bool:
        self.write(path, [content])
        return True


class MeetingStore(ObjectStore):
    """All look before any puts: the worst case."""

    met = threading.Barrier(MANY)

    def size(self, path: str) -> int | None:
        found = super().size(path)
        self.met.wait(20)
        return found


class MeetingOverwritingStore(MeetingStore, OverwritingStore):
    """The worst case on the worst store."""


class MeetingClock(Clock):
    """While one waits for the store to settle, all others have put theirs."""

    met = threading.Barrier(MANY)

    def sleep(self, seconds: float) -> None:
        self.met.wait(20)


@pytest.mark.parametrize("kind", [MeetingStore, MeetingOverwritingStore])
def test_of_many_schedulers_that_claim_at_once_one_is_first(tmp_path: Path, kind: type[ObjectStore]) -> None:
    won: list[bool] = []

    def claim() -> None:
        ledger = Ledger(kind(str(tmp_path)), MeetingClock())
        won.append(ledger.put("20261122T020000Z", "x") is not None)

    threads = [threading.Thread(target=claim) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(won) == [False] * (MANY - 1) + [True]


@pytest.mark.parametrize(("kind", "waited"), [(ObjectStore, 0), (OverwritingStore, 5)])
def test_only_a_store_that_overwrites_is_given_time_to_settle(
    tmp_path: Path, kind: type[ObjectStore], waited: float
) -> None:
    clock = SetClock("2026-11-22 02:00:00")
    first = FirstPut(kind(str(tmp_path)), clock)
    assert first.put("a", b"mine")
    assert clock.elapsed_seconds() == waited
    assert not first.put("a", b"another's")
    assert first.store.read("a") == b"mine"


def test_old_claims_are_forgotten_and_those_of_triggers_apart(tmp_path: Path) -> None:
    ledger = Ledger(ObjectStore(str(tmp_path)), SetClock("2026-11-22 02:00:00"))
    for number in range(55):
        (tmp_path / f"202611{number:02d}T020000Z.001.json").touch()
    (tmp_path / "t000001-p1.001.json").touch()
    (tmp_path / "note.txt").touch()
    ledger.forget_old()
    left = ledger.attempts()
    assert len(left) == 51
    assert {"20261105T020000Z", "20261154T020000Z", "t000001-p1"} <= left.keys()
    assert (tmp_path / "note.txt").exists()
