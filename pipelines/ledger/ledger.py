"""Ledger of one schedule: its claims, kept on the output store, so that any machine can take over.

**One owner.** A claim is an object that is put only if it is not there yet, see
``FirstPut``. The export id follows from the claim, so even two owners would meet in
one folder, where a run gives way to another.

**Takeover.** Owners renew their claims. A claim that is not renewed any more is
replaced by one for the next attempt, which is put in the same way. The clocks of two
machines are never compared: a scheduler that wants to take over must have watched the
claim stand still for ``LEASE_S``, by a clock of its own that nobody sets.
"""

import socket
import uuid
from dataclasses import dataclass, field

import msgspec
import orjson

from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.due_claim import DueClaim, State, name_of, newest_attempts, time_text
from framehaul.pipelines.ledger.first_put import FirstPut
from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore

RENEW_S = 60.0
LEASE_S = 5 * RENEW_S
_MOST_KEPT = 50

_CLAIMS = msgspec.json.Decoder(DueClaim)


@dataclass
class Ledger:
    """Claims below a folder of the output store."""

    store: ObjectStore
    clock: Clock
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self.first = FirstPut(self.store, self.clock)

    def attempts(self) -> dict[str, int]:
        """The newest attempt at every key that is known; the newest key is last."""
        return newest_attempts(self.store.paths(""))

    def read(self, key: str, attempt: int) -> DueClaim | None:
        """Read a claim; ``None`` for one that does not exist (any more), or that no program has written."""
        try:
            return _CLAIMS.decode(self.store.read(name_of(key, attempt)))
        except msgspec.MsgspecError:
            return None
        except StorageError:
            if self.store.size(name_of(key, attempt)) is None:
                return None
            raise

    def put(self, key: str, export_id: str, attempt: int = 1, reason: str | None = None) -> DueClaim | None:
        """Claim an attempt, or record that a key is skipped for a ``reason``; ``None`` if another was first."""
        now = time_text(self.clock.now())
        claim = DueClaim(
            key=key,
            attempt=attempt,
            owner=self.owner,
            host=socket.gethostname(),
            export_id=export_id,
            state="running" if reason is None else "skipped",
            claimed_at=now,
            renewed_at=now,
            reason=reason,
        )
        return claim if self.first.put(name_of(key, attempt), _encode(claim)) else None

    def renew(self, claim: DueClaim) -> DueClaim | None:
        """Record that the run goes on; ``None`` if another scheduler has taken it over, so that it must end here."""
        if self.attempts().get(claim.key, 0) > claim.attempt:
            return None
        found = self.read(claim.key, claim.attempt)
        if found is not None and found.owner != claim.owner:
            return None
        return self._replace(msgspec.structs.replace(claim, renewed_at=time_text(self.clock.now())))

    def end(self, claim: DueClaim, state: State, exit_code: int | None = None) -> DueClaim:
        """Record how an attempt has ended."""
        ended = time_text(self.clock.now())
        return self._replace(
            msgspec.structs.replace(claim, state=state, exit_code=exit_code, ended_at=ended, renewed_at=ended)
        )

    def _replace(self, claim: DueClaim) -> DueClaim:
        self.store.write(name_of(claim.key, claim.attempt), [_encode(claim)])
        return claim

    def forget_old(self) -> None:
        """Delete all but the newest claims; claims of due times and of triggers are counted apart."""
        names = self.store.paths("")
        keys = list(newest_attempts(names))
        by_kind = ([key for key in keys if key[0].isdigit()], [key for key in keys if not key[0].isdigit()])
        old = {key for kind in by_kind for key in kind[:-_MOST_KEPT]}
        for name in names:
            if name.rsplit(".", 2)[0] in old:
                self.store.delete(name)


def _encode(claim: DueClaim) -> bytes:
    return orjson.dumps(msgspec.to_builtins(claim), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
