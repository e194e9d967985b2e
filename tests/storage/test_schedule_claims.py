"""What schedulers know of each other, on real stores."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from framehaul.pipelines.ledger.first_put import FirstPut
from framehaul.pipelines.ledger.ledger import Ledger
from framehaul.pipelines.watch.seen_tables import ProgressHead, ProgressStore, WatchProgress
from schedule.machines import SetClock
from storage.stores import Store

KEY = "20261122T020000Z"
NOW = "2026-11-22 02:00:00"


@pytest.fixture
def folder(store: Store) -> str:
    return f"{store.new_bucket()}/exports/.framehaul/schedules/nightly"


def test_one_scheduler_owns_a_claim_and_the_others_see_it(store: Store, folder: str) -> None:
    ledgers = [Ledger(store.objects(f"{folder}/claims"), SetClock(NOW)) for _ in range(6)]
    assert ledgers[0].attempts() == {}
    with ThreadPoolExecutor(len(ledgers)) as pool:
        claims = list(pool.map(lambda ledger: ledger.put(KEY, "nightly-x"), ledgers))
    (claim,) = [claim for claim in claims if claim is not None]
    owner = next(ledger for ledger in ledgers if ledger.owner == claim.owner)
    other = next(ledger for ledger in ledgers if ledger.owner != claim.owner)
    assert other.read(KEY, 1) == claim
    owner.clock.sleep(60)
    renewed = owner.renew(claim)
    assert renewed is not None
    assert other.read(KEY, 1) == renewed != claim
    taken = other.put(KEY, "nightly-x", attempt=2)
    assert taken is not None
    assert owner.renew(renewed) is None
    other.end(taken, "done", 0)
    assert owner.attempts() == {KEY: 2}
    ended = owner.read(KEY, 2)
    assert ended is not None
    assert (ended.state, ended.exit_code) == ("done", 0)
    assert owner.read("none", 1) is None


def test_one_watcher_takes_a_step_and_old_steps_go(store: Store, folder: str) -> None:
    first, second = (
        ProgressStore(FirstPut(store.objects(f"{folder}/progress"), SetClock(NOW))) for _ in range(2)
    )
    assert first.newest(ProgressHead) == ProgressHead()
    for number in range(1, 6):
        assert first.take(WatchProgress(number=number, owner="first"))
        assert not second.take(WatchProgress(number=number, owner="second"))
    assert second.newest(WatchProgress) == WatchProgress(number=5, owner="first")
    assert len(first.first.store.paths("")) == 3
