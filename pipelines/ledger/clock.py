"""Clock of the schedulers; tests have one of their own."""

import time
from datetime import UTC, datetime


class Clock:
    """The clock of this machine, which people and time servers may put forward and back."""

    def now(self) -> datetime:
        """Time in UTC."""
        return datetime.now(UTC)

    def elapsed_seconds(self) -> float:
        """Seconds since some moment, by a clock that nobody can put forward or back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
