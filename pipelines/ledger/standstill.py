"""Standstill: find out whether runs of other schedulers have died."""

from datetime import datetime, timedelta

from framehaul.pipelines.ledger.due_claim import MOST_ATTEMPTS, DueClaim
from framehaul.pipelines.ledger.ledger import LEASE_S, RENEW_S, Ledger


class Standstill:
    """Watches claims that others should renew, and says when one may be taken over."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[str, tuple[tuple[int, str], float]] = {}

    def next_attempt(self, claim: DueClaim) -> int | None:
        """Number of the attempt that may begin now; ``None`` where none may (yet)."""
        if claim.may_be_resumed:
            return claim.attempt + 1
        if claim.state != "running" or not self.has_died(claim):
            return None
        if claim.attempt < MOST_ATTEMPTS:
            return claim.attempt + 1
        self._ledger.end(claim, "died")
        return None

    def has_died(self, claim: DueClaim) -> bool:
        """Tell whether a claim has stood still for the whole of a lease, while this process looked."""
        now, mark = self._ledger.clock.elapsed_seconds(), (claim.attempt, claim.renewed_at)
        seen = self._seen.get(claim.key)
        if seen is None or seen[0] != mark:
            self._seen = {claim.key: (mark, now)}
            return False
        return now - seen[1] >= LEASE_S

    def looks_dead(self, claim: DueClaim) -> bool:
        """Guess from the claim's own time, which another machine's clock gave, whether ``has_died`` may soon hold."""
        renewed = datetime.fromisoformat(claim.renewed_at)
        return self._ledger.clock.now() - renewed > timedelta(seconds=2 * RENEW_S)
