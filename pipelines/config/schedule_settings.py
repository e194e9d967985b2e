"""The section ``schedule``: the times at which an export is due, and how many of its exports are kept."""

import difflib
import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cronsim import CronSim, CronSimError
from cronsim.cronsim import Field as CronField
from pydantic import AfterValidator, Field, model_validator

from framehaul.pipelines.config.durations import Duration
from framehaul.pipelines.config.setting_values import Section

_FIELDS = (
    (CronField.MINUTE, "minute", "0-59"),
    (CronField.HOUR, "hour", "0-23"),
    (CronField.DAY, "day of month", "1-31, L (the last) or LW (the last weekday)"),
    (CronField.MONTH, "month", "1-12 or JAN-DEC"),
    (CronField.DOW, "day of week", "0-7 or SUN-SAT, 5L (the last Friday), 1#2 (the second Monday)"),
)
_WRITTEN = "numbers, *, lists, ranges and steps such as 1,5 or 9-17 or */15"


def _check_cron(expression: str) -> str:
    """Check that an expression has five sound fields, and return it.

    Seconds are not taken: nobody exports every second, and a sixth field is where
    dialects of cron differ.
    """
    words = expression.upper().split()
    if len(words) != len(_FIELDS):
        raise ValueError(
            f"a cron expression has 5 fields (minute, hour, day of month, month, day of week), "
            f'this one has {len(words)}; write for example "15 2 * * *" for every day at 02:15'
        )
    for place, (word, (field, name, allowed)) in enumerate(zip(words, _FIELDS, strict=True), 1):
        if not _is_sound(field, word):
            raise ValueError(f"field {place} ({name}) is {word!r}; allowed are {allowed}, as {_WRITTEN}")
    return " ".join(words)


def _is_sound(field: CronField, word: str) -> bool:
    try:
        field.parse(word)
    except (CronSimError, AssertionError, ValueError, IndexError):
        return False
    return True


def _check_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        nearest = difflib.get_close_matches(name, zoneinfo.available_timezones(), n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else "write for example UTC or Europe/Berlin"
        raise ValueError(f"no such time zone; {hint}") from None
    return name


def check_plain_name(name: str) -> str:
    """Check that a name can stand in names of folders and exports, and return it. Raises ``ValueError``."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise ValueError("allowed are letters, digits, '.', '_' and '-', beginning with a letter or digit")
    return name


class KeepSection(Section):
    """Rules for finished exports when a scheduled one has been added; an export stays if any rule keeps it."""

    last: int | None = Field(None, ge=1, description="so many of the newest")
    within: Duration | None = Field(None, description="those that are younger than this, e.g. 30d")


class ScheduleSection(Section):
    """Times at which an export is due."""

    cron: Annotated[str, AfterValidator(_check_cron)] = Field(description="five fields, e.g. 15 2 * * *")
    timezone: Annotated[str, AfterValidator(_check_zone)] = Field("UTC", description="of the cron expression")
    jitter: Duration = Field(
        timedelta(0), le=timedelta(hours=6), description="begin up to so much later, by chance"
    )
    catch_up: bool = Field(True, description="after downtime, run once for what was missed")
    name: Annotated[str, AfterValidator(check_plain_name)] | None = Field(
        None, description="of the schedule, in its export ids; null is the name of the file"
    )
    keep: KeepSection | None = None

    @model_validator(mode="after")
    def _check_some_date_matches(self) -> "ScheduleSection":
        try:
            next(CronSim(self.cron, datetime(2000, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration):
            raise ValueError(f"no date ever matches {self.cron!r}: look at day and month") from None
        return self
