"""Claims on exports that are due: objects on the store that say who runs each, or has run it."""

import re
from datetime import UTC, datetime
from typing import Literal

import msgspec

State = Literal["running", "done", "failed", "died", "stopped", "skipped"]

# A run that died is taken up again, but not for ever: what killed it (too little memory, say) may stay.
MOST_ATTEMPTS = 3


class DueClaim(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One attempt at one export.

    Attributes:
        key: of the export: its due time, or the change that has triggered it.
        attempt: from 1.
        owner: a word that no other scheduler has.
        host: for people.
        export_id: the same for all attempts.
        state: ``died``: killed, or its machine went away; ``stopped``: with its scheduler; ``skipped``: never begun.
        claimed_at, renewed_at, ended_at: ISO-8601 UTC, by the clock of the owner.
        exit_code: of the run.
        reason: why it was skipped.
    """

    key: str
    attempt: int = 1
    owner: str
    host: str
    export_id: str
    state: State
    claimed_at: str
    renewed_at: str
    ended_at: str | None = None
    exit_code: int | None = None
    reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether no further attempt will follow."""
        return self.state != "running" and not self.may_be_resumed

    @property
    def may_be_resumed(self) -> bool:
        return self.state in {"died", "stopped"} and self.attempt < MOST_ATTEMPTS


_NAME = re.compile(r"(?P<key>[A-Za-z0-9._-]+)\.(?P<attempt>\d{3})\.json")


def name_of(key: str, attempt: int) -> str:
    """Name of a claim's object.

    >>> name_of("20261122T021500Z", 2)
    '20261122T021500Z.002.json'
    """
    return f"{key}.{attempt:03d}.json"


def newest_attempts(names: list[str]) -> dict[str, int]:
    """The newest attempt for each key among names of objects; the newest key is last.

    >>> newest_attempts(["b.001.json", "a.001.json", "a.002.json", "else"])
    {'a': 2, 'b': 1}
    """
    found = sorted(
        (match["key"], int(match["attempt"])) for name in names if (match := _NAME.fullmatch(name))
    )
    return dict(found)


def key_of(due: datetime) -> str:
    """Key of a due time; keys sort like the times.

    >>> key_of(datetime(2026, 11, 22, 2, 15, tzinfo=UTC))
    '20261122T021500Z'
    """
    return f"{due.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def time_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
