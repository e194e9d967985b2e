"""What time it is; tests have a clock of their own."""

import time
from datetime import UTC, datetime


class Clock:
    """The clock of this machine, which people and time servers may put forward and back."""

    def now(self) -> datetime:
        """In UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds since some moment; nobody can put them forward or back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
