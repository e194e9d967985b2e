"""One copy of an issue: decoded, checked, selected or not, and rendered."""

from collections.abc import Iterator
from typing import Any

import msgspec
import orjson
from orjson import Fragment

from framehaul.transforms.kinds.ango_issues.issue_row import (
    ISSUE,
    Person,
    RawComment,
    RawIssue,
    RawIssueAsset,
    RawPerson,
    Time,
)
from framehaul.transforms.records.json_fields import decoded, first, raw_list, required
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import format_time, parse_time
from framehaul.transforms.records.winners import Rank, rank_of
from framehaul.transforms.video.frame_numbers import MOST_FRAMES, page_of

_ASSET_DECODER = msgspec.json.Decoder(RawIssueAsset)
_COMMENTS = b',"comments":'


class Issue(msgspec.Struct, array_like=True, gc=False):
    """An issue as it travels from reading to assembling.

    Attributes:
        task_id: the ``_id`` of the issue, named as for tasks: copies of one record are grouped by it.
        updated_at: sortable time; ranks the copies.
        selected: whether the export's filters select this copy.
        rendered: the record without ``part``.
        source: index of the split it was read from, and its place there.
        comments_at: where the list of comments begins in ``rendered``, and where it ends.
    """

    task_id: str
    updated_at: str
    selected: bool
    rendered: bytes
    source: tuple[int, int]
    comments_at: tuple[int, int]

    @property
    def size_bytes(self) -> int:
        return len(self.rendered)

    @property
    def slot(self) -> int:
        return 0

    @property
    def rank(self) -> Rank:
        return rank_of(self.updated_at, self.rendered, selected=self.selected)


def decode_issue(text: bytes, source: tuple[int, int], selection: Selection) -> Issue:
    """A row of ``issues``, known to be sound and plain JSON, as an ``Issue``.

    Raises:
        InvalidRecordError: ``not_an_object``, ``missing_key``, ``wrong_type``, ``bad_time`` or ``bad_page``.
    """
    raw = decoded(ISSUE, text)
    own_id = required(raw.own_id, "_id")
    asset = _asset(raw.asset)
    created_at, updated_at = parse_time(raw.created_at, "createdAt"), parse_time(raw.updated_at, "updatedAt")
    task_id = first(raw.label_task, raw.task_id, raw.task)
    before = {"_id": own_id, "asset": asset, "labelTask": task_id, **dict(_before_comments(raw, created_at))}
    after = dict(_after_comments(raw, updated_at))
    start = orjson.dumps(before)[:-1] + _COMMENTS
    comments = orjson.dumps([_comment(comment) for comment in raw.comments or ()])
    selected = selection.selects_issue(
        task_id=task_id,
        project=first(raw.project_id, raw.project),
        batches=asset["batches"],
        updated_at=updated_at,
        created_at=created_at,
    )
    rendered = b"".join((start, comments, b",", orjson.dumps(after)[1:]))
    places = (len(start), len(start) + len(comments))
    return Issue(own_id, updated_at, selected, rendered, source, places)


def _asset(raw: RawIssueAsset | str | None) -> dict[str, Any]:
    if isinstance(raw, str) and raw.startswith("{"):  # a column of Parquet, which holds JSON text
        raw = decoded(_ASSET_DECODER, raw.encode())
    if not isinstance(raw, RawIssueAsset):
        raw = RawIssueAsset(own_id=raw)
    asset_id = first(raw.own_id, raw.asset_id)
    batches = [name for name in raw.batches or () if name is not None]
    return {
        **({} if asset_id is None else {"_id": asset_id}),
        "externalId": raw.external_id,
        "batches": batches,
    }


def _before_comments(raw: RawIssue, created_at: str) -> Iterator[tuple[str, Any]]:
    yield "stage", first(raw.stage, raw.stage_name)
    yield "stageId", raw.stage_id
    yield "createdBy", _person(raw.created_by)
    yield "createdAt", format_time(created_at)
    yield "status", raw.status
    yield "errorType", raw.error_type
    yield "errorCode", raw.error_code
    yield "errorCodes", Fragment(raw_list(raw.error_codes, "errorCodes") or b"[]")
    yield "content", raw.content
    yield "contentMentions", Fragment(raw_list(raw.content_mentions, "contentMentions") or b"[]")


def _after_comments(raw: RawIssue, updated_at: str) -> Iterator[tuple[str, Any]]:
    """The keys behind the comments. The place of an issue has other keys for each kind of asset, so only those with
    a value are written.
    """
    yield "position", _position(raw.position)
    optional = {
        "points": _free(raw.points),
        "page": _page(raw.page),
        "pageEnd": _page(raw.page_end),
        "objectId": raw.object_id,
        "plane": raw.plane,
        "dataIndex": raw.data_index,
        "pctDetails": _free(raw.pct_details),
    }
    yield from ((key, value) for key, value in optional.items() if value is not None)
    yield "resolvedBy", _person(raw.resolved_by)
    yield "resolvedAt", _time(raw.resolved_at, "resolvedAt")
    yield "updatedBy", _person(raw.updated_by)
    yield "updatedAt", format_time(updated_at)


def _comment(raw: RawComment) -> dict[str, Any]:
    return {
        "_id": raw.own_id,
        "content": raw.content,
        "createdBy": _person(raw.created_by),
        "createdAt": _time(raw.created_at, "comments.createdAt"),
        "updatedAt": _time(raw.updated_at, "comments.updatedAt"),
    }


def _person(raw: Person) -> Any:
    if not isinstance(raw, RawPerson):
        return raw
    known = {"_id": raw.own_id, "name": raw.name, "email": raw.email}
    return {key: value for key, value in known.items() if value is not None}


def _position(raw: str | list[int | float] | None) -> str | None:
    """The text ``"[x, y]"``, as the platform writes a position."""
    return f"[{', '.join(orjson.dumps(number).decode() for number in raw)}]" if isinstance(raw, list) else raw


def _free(raw: msgspec.Raw) -> Fragment | None:
    content = bytes(raw)
    return None if content == b"null" else Fragment(content)


def _page(value: Any) -> int | None:
    return None if value is None else page_of(value, MOST_FRAMES - 1)


def _time(value: Time, key: str) -> str | None:
    return format_time(parse_time(value, key))
