"""Rows of ``tasks`` with the keys that only the legacy generation uses (transforms/README.md, "Tables"), as they come.

Durations come with and without ``(ms)`` in their name: published samples have both.
"""

import msgspec

from framehaul.transforms.kinds.ango.table_rows import RawTask

Time = str | int | float | None
Number = int | float | None
People = str | list[str] | None
"""A name; the platform wrote ``[]`` where there is none."""


class RawIssueAuthor(msgspec.Struct, gc=False):
    """The user who has made an issue."""

    own_id: str | None = msgspec.field(name="_id", default=None)
    name: str | None = None


class RawTaskIssue(msgspec.Struct, rename="camel", gc=False):
    """An issue, as its task holds it."""

    own_id: str | None = msgspec.field(name="_id", default=None)
    status: str | None = None
    created_by: RawIssueAuthor | str | None = None
    updated_at: Time = None


class RawReview(msgspec.Struct, rename="camel", gc=False):
    """The review of a task: its outcome, who did it, and when."""

    status: str | None = None
    completed_by: People = None
    completed_at: Time = None
    duration: Number = None
    duration_ms: Number = msgspec.field(name="duration(ms)", default=None)
    is_skipped: bool | None = None


class RawLegacyTask(RawTask, rename="camel", gc=False):
    """A row of ``tasks`` with the keys that only the legacy generation uses."""

    labeled_at: Time = None
    reviewed_at: Time = None
    status: str | None = None
    label_duration: Number = None
    label_duration_ms: Number = msgspec.field(name="labelDuration(ms)", default=None)
    consensus: int | float | str | None = None
    completed_by: People = None
    completed_at: Time = None
    duration_ms: Number = msgspec.field(name="duration(ms)", default=None)
    is_skipped: bool | None = None
    review: RawReview | None = None
    is_benchmark: bool | None = None
    benchmark: int | float | str | None = None
    issues: list[RawTaskIssue] | None = None
