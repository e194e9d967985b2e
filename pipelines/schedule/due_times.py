"""Due times of exports: cron expressions in a time zone, spread by a jitter that all machines agree on.

Where clocks are put forward, a time in the missing hour is due at the end of that hour; where they are put back, a
time that comes twice is due once, unless minute or hour begin with a star (the rules of Debian's cron, which
``cronsim`` follows).
"""

import hashlib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from framehaul.pipelines.config.schedule_settings import ScheduleSection

_CHANGE = timedelta(hours=3)  # more than clocks are ever put back


@dataclass(frozen=True)
class DueTimes:
    """The due times of one schedule.

    Attributes:
        name: of the schedule; two schedules at one time get different jitter.
    """

    section: ScheduleSection
    name: str

    def latest(self, now: datetime) -> datetime | None:
        """The newest due time (UTC, without jitter) whose run should have begun by ``now``."""
        before = None
        for due in self._due_times_around(now):
            if self.start_of(due) > now:
                break
            before = due
        return before

    def next_start(self, now: datetime) -> datetime | None:
        """Start of the next run, jitter included (UTC)."""
        return next(
            (start for due in self._due_times_around(now) if (start := self.start_of(due)) > now), None
        )

    def start_of(self, due: datetime) -> datetime:
        """Start of the run of a due time: with a jitter that is random, but the same on every machine."""
        chance = hashlib.blake2b(f"{self.name} {due.isoformat()}".encode(), digest_size=8).digest()
        most = round(self.section.jitter.total_seconds())
        return due + timedelta(seconds=int.from_bytes(chance) % (most + 1))

    def _due_times_around(self, now: datetime) -> Iterator[datetime]:
        """Due times in order, from one or two whose runs must have begun by ``now``."""
        zone = zoneinfo.ZoneInfo(self.section.timezone)
        earlier = now - self.section.jitter
        backwards = CronSim(self.section.cron, earlier.astimezone(zone), reverse=True)
        candidates = [due for due, _ in zip(backwards, range(2), strict=False)]
        # Going forward is what decides: backwards, the hour that comes twice is gone through once.
        begin = min((due.astimezone(UTC) for due in candidates), default=earlier) - _CHANGE
        for due in CronSim(self.section.cron, begin.astimezone(zone)):
            yield due.astimezone(UTC)
