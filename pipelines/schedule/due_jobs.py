"""Runs that are due by a cron expression."""

import re
from datetime import datetime, timedelta

from framehaul.pipelines.ledger.due_claim import DueClaim, key_of
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.ledger import Ledger
from framehaul.pipelines.ledger.standstill import Standstill
from framehaul.pipelines.schedule.due_times import DueTimes

LATE = timedelta(minutes=10)  # what begins later than this has been missed
_DUE = re.compile(r"\d{8}T\d{6}Z")


class DueJobs:
    """Decides about every due time of one schedule: it gets a run, or a reason why there is none.

    Each due time is decided once, even if the clocks of machines differ, since its claim stays on the store.
    """

    is_reading = False

    def __init__(self, due_times: DueTimes, ledger: Ledger) -> None:
        self._due_times = due_times
        self._ledger = ledger
        self._standstill = Standstill(ledger)
        self._settled: datetime | None = None
        self.is_watching = False  # a run of another scheduler, which may have died

    def look(self, *, busy: bool) -> Job | None:
        """The run that should begin now.

        Args:
            busy: a run of this schedule is going on in this process.
        """
        if busy:
            return None
        due = self._due_times.latest(self._ledger.clock.now())
        if due is None or due == self._settled:
            return None
        attempts = {key: n for key, n in self._ledger.attempts().items() if _DUE.fullmatch(key)}
        newest_key = max(attempts, default="")
        newest = self._ledger.read(newest_key, attempts[newest_key]) if attempts else None
        if key_of(due) not in attempts:
            return self._decide(due, newest)
        if newest is None or newest.is_over:
            self._settled, self.is_watching = due, False
            return None
        attempt = self._standstill.next_attempt(newest)
        self.is_watching = newest.state == "running" and self._standstill.looks_dead(newest)
        return None if attempt is None else self._job(newest.key, attempt)

    def _decide(self, due: datetime, newest: DueClaim | None) -> Job | None:
        if newest is not None and self._is_going_on(newest):
            return None
        self.is_watching = False
        if newest is not None and self._was_due_during(due, newest):
            self._settled = due
            return None
        reason = self._reason_to_skip(due, newest)
        if reason is None:
            return self._job(key_of(due))
        self._settled = due
        if reason:
            self._ledger.put(key_of(due), "", reason=reason)
        return None

    def _is_going_on(self, newest: DueClaim) -> bool:
        """Tell whether the run before is still going on, as far as can be seen."""
        if newest.state != "running":
            return False
        if self._standstill.has_died(newest):
            self._ledger.end(newest, "died")  # what is due now stands in for it
            return False
        self.is_watching = self._standstill.looks_dead(newest)
        return True

    def _was_due_during(self, due: datetime, newest: DueClaim) -> bool:
        """Tell whether it was due while the run before was still going on, and so is left out."""
        if newest.ended_at is None:
            return False
        begun, ended = datetime.fromisoformat(newest.claimed_at), datetime.fromisoformat(newest.ended_at)
        return begun <= self._due_times.start_of(due) < ended

    def _reason_to_skip(self, due: datetime, newest: DueClaim | None) -> str | None:
        """Reason not to run it; ``None`` to run it. An empty reason is not recorded."""
        late = self._ledger.clock.now() - self._due_times.start_of(due) > LATE
        if newest is None:
            return "it was over when this schedule was first looked at" if late else None
        if newest.key > key_of(due):  # the clock was put back: there is nothing to catch up with
            return "" if late else None
        if late and not self._due_times.section.catch_up:
            return "it was missed, and catch_up is false"
        return None

    def _job(self, key: str, attempt: int = 1) -> Job:
        export_id = f"{self._due_times.name}-{key}"
        return Job(key, export_id, (f"schedule=due {key}",), attempt=attempt, resume=attempt > 1)
