"""The export of issues in memory, plain and slow: the judge of the real one.

Part of the independent judge (see ``reference.export``): written from transforms/README.md, "Issues" and "Issue
export". No record is split.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from reference.checks import PROJECT_ID
from reference.export import ReferenceExport, dead_letters_of
from reference.reading import SetAsideError, first_present, instant_or_none, read_table, written_time
from reference.selection import is_between
from reference.table_records import EARLIEST

Json = dict[str, Any]
TASK_ID = ("labelTask", "taskId", "task")
PART = {"index": 0, "count": 1, "firstPage": None, "lastPage": None}


def reference_issue_export(
    tables: Mapping[str, Mapping[str, bytes]], export: Mapping[str, Any]
) -> ReferenceExport:
    """What exporting the table ``issues`` must give."""
    table = read_table(tables["issues"], check_issue)
    standing: dict[str, Json] = {}
    for issue in table.records:
        other = standing.get(issue["_id"], issue)
        standing[issue["_id"]] = max(other, issue, key=lambda each: rank(each, export))
    selected = [issue for issue in standing.values() if is_selected(issue, export)]
    records = [{**issue_record(issue), "part": PART} for issue in selected]
    read, dead = table.read, len(table.dead_letters)
    return ReferenceExport(
        records=sorted(records, key=lambda record: record["_id"]),
        counts={
            "issuesRead": read,
            "issuesExported": len(selected),
            "issuesNotSelected": len(standing) - len(selected),
            "duplicateIssues": len(table.records) - len(standing),
            "deadLetterIssues": dead,
            "records": len(records),
        },
        annotations_by_title={},
        **dead_letters_of({"issues": table}, [("issues", *letter) for letter in table.dead_letters]),
    )


def check_issue(issue: Json) -> None:
    """Raises ``SetAsideError``."""
    if issue.get("_id") in (None, ""):
        raise SetAsideError("missing_key")
    for key in ("_id", "status", "content", "objectId", "labelTask"):
        if not isinstance(issue.get(key), str | None):
            raise SetAsideError("wrong_type")
    for key in ("errorCodes", "contentMentions", "comments"):
        if not isinstance(issue.get(key), list | None):
            raise SetAsideError("wrong_type")
    if not isinstance(issue.get("asset"), dict | str | None):
        raise SetAsideError("wrong_type")
    comments = issue.get("comments") or []
    for time in [issue.get(key) for key in ("createdAt", "resolvedAt", "updatedAt")]:
        instant_or_none(time)
    for comment in comments:
        instant_or_none(comment.get("createdAt"))
        instant_or_none(comment.get("updatedAt"))
    for key in ("page", "pageEnd"):
        page = issue.get(key)
        if page is not None and (isinstance(page, bool | str | list | dict) or page != int(page) or page < 0):
            raise SetAsideError("bad_page")


def rank(issue: Json, export: Mapping[str, Any]) -> tuple[bool, datetime, bytes, bool]:
    """The greatest wins: newest, then bytewise greater, then selected."""
    updated_at = instant_or_none(issue.get("updatedAt"))
    record = orjson.dumps(issue_record(issue))
    return updated_at is not None, updated_at or EARLIEST, record, is_selected(issue, export)


def is_selected(issue: Json, export: Mapping[str, Any]) -> bool:
    """Stages and task types are filters of tasks."""
    project, tasks, batches = export.get("project"), export.get("tasks") or [], export.get("batches") or []
    return (
        (project is None or first_present(issue, PROJECT_ID) == project)
        and (not tasks or first_present(issue, TASK_ID) in tasks)
        and (not batches or any(batch in batches for batch in asset_of(issue)["batches"]))
        and is_between(issue.get("updatedAt"), export.get("updated_at"))
        and is_between(issue.get("createdAt"), export.get("created_at"))
    )


def asset_of(issue: Json) -> Json:
    asset = issue.get("asset") or {}
    asset = {"_id": asset} if isinstance(asset, str) else asset
    own_id = first_present(asset, ("_id", "assetId"))
    return {
        **({} if own_id is None else {"_id": own_id}),
        "externalId": asset.get("externalId"),
        "batches": [batch for batch in asset.get("batches") or [] if batch is not None],
    }


def issue_record(issue: Json) -> Json:
    """One record without ``part``."""
    position = issue.get("position")
    if isinstance(position, list):
        position = "[" + ", ".join(map(str, position)) + "]"
    places = ("points", "page", "pageEnd", "objectId", "plane", "dataIndex", "pctDetails")
    pages = {key: int(issue[key]) for key in ("page", "pageEnd") if issue.get(key) is not None}
    return {
        "_id": issue["_id"],
        "asset": asset_of(issue),
        "labelTask": first_present(issue, TASK_ID),
        "stage": first_present(issue, ("stage", "stageName")),
        "stageId": issue.get("stageId"),
        "createdBy": person(issue.get("createdBy")),
        "createdAt": time_of(issue, "createdAt"),
        "status": issue.get("status"),
        "errorType": issue.get("errorType"),
        "errorCode": issue.get("errorCode"),
        "errorCodes": issue.get("errorCodes") or [],
        "content": issue.get("content"),
        "contentMentions": issue.get("contentMentions") or [],
        "comments": [
            {
                "_id": comment.get("_id"),
                "content": comment.get("content"),
                "createdBy": person(comment.get("createdBy")),
                "createdAt": time_of(comment, "createdAt"),
                "updatedAt": time_of(comment, "updatedAt"),
            }
            for comment in issue.get("comments") or []
        ],
        "position": position,
        **{key: pages.get(key, issue[key]) for key in places if issue.get(key) is not None},
        "resolvedBy": person(issue.get("resolvedBy")),
        "resolvedAt": time_of(issue, "resolvedAt"),
        "updatedBy": person(issue.get("updatedBy")),
        "updatedAt": time_of(issue, "updatedAt"),
    }


def person(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: value[key] for key in ("_id", "name", "email") if value.get(key) is not None}


def time_of(record: Json, key: str) -> str | None:
    return written_time(instant_or_none(record.get(key)))
