"""Rows of ``issues``, as they come (transforms/README.md, "Issue export")."""

from typing import Any

import msgspec
from msgspec import Raw

_ABSENT = Raw(b"null")

Time = str | int | float | None


class RawPerson(msgspec.Struct, rename="camel", gc=False):
    """A user, where the source has an object instead of an id."""

    own_id: str | None = msgspec.field(name="_id", default=None)
    name: str | None = None
    email: str | None = None


Person = str | RawPerson | None


class RawIssueAsset(msgspec.Struct, rename="camel", gc=False):
    """The asset of an issue; a dump may hold only its id."""

    own_id: str | None = msgspec.field(name="_id", default=None)
    asset_id: str | None = None
    external_id: str | None = None
    batches: list[str | None] | None = None


class RawComment(msgspec.Struct, rename="camel", gc=False):
    """A comment on an issue."""

    own_id: str | None = msgspec.field(name="_id", default=None)
    content: str | None = None
    created_by: Person = None
    created_at: Time = None
    updated_at: Time = None


class RawIssue(msgspec.Struct, rename="camel", gc=False):
    """A row of ``issues``."""

    own_id: str | None = msgspec.field(name="_id", default=None)
    project_id: str | None = None
    project: str | None = None
    asset: RawIssueAsset | str | None = None
    label_task: str | None = None
    task_id: str | None = None
    task: str | None = None
    stage: str | None = None
    stage_name: str | None = None
    stage_id: str | None = None
    created_by: Person = None
    created_at: Time = None
    status: str | None = None
    error_type: str | None = None
    error_code: str | int | None = None
    error_codes: Raw = _ABSENT
    content: str | None = None
    content_mentions: Raw = _ABSENT
    comments: list[RawComment] | None = None
    position: str | list[int | float] | None = None
    points: Raw = _ABSENT
    page: Any = None
    page_end: Any = None
    object_id: str | None = None
    plane: str | None = None
    data_index: int | float | str | None = None
    pct_details: Raw = _ABSENT
    resolved_by: Person = None
    resolved_at: Time = None
    updated_by: Person = None
    updated_at: Time = None


ISSUE = msgspec.json.Decoder(RawIssue)
