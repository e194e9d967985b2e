"""The keys of an asset and of a task in a legacy record, annotations left out.

Names and their order are those of the platform's own (transforms/README.md, "Legacy export"), and so are the values
of absent keys: empty texts for ``consensus`` and ``benchmark``, an empty list for ``completedBy`` of a review, and
``null`` for all others.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.task_identity import asset_keys
from framehaul.transforms.kinds.ango_legacy.legacy_row import (
    Number,
    RawIssueAuthor,
    RawLegacyTask,
    RawReview,
    RawTaskIssue,
    Time,
)
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.fields import LegacyToggles
from framehaul.transforms.records.times import format_time, parse_time

Keys = Iterator[tuple[str, Any]]


def legacy_asset(raw: RawLegacyTask, batches: list[str], toggles: LegacyToggles) -> dict[str, Any]:
    """The keys of the asset of a task.

    Raises:
        InvalidRecordError: ``wrong_type`` or ``bad_time``.
    """
    asset = asset_keys(raw, batches)
    del asset["batches"]  # stands behind the others, if it is wanted
    return {**asset, **dict(_of_asset(raw, batches, toggles))}


def _of_asset(raw: RawLegacyTask, batches: list[str], toggles: LegacyToggles) -> Keys:
    labeled_at, reviewed_at = _time(raw.labeled_at, "labeledAt"), _time(raw.reviewed_at, "reviewedAt")
    consensus = _consensus(raw)
    if toggles.labeled_at:
        yield "labeledAt", labeled_at
    if toggles.reviewed_at:
        yield "reviewedAt", reviewed_at
    if toggles.status:
        yield "status", raw.status
    if toggles.label_duration:
        yield "labelDuration(ms)", _number(raw.label_duration_ms, raw.label_duration)
    if toggles.consensus:
        yield "consensus", consensus
    if toggles.batch_name:
        yield "batches", batches


def legacy_task(
    raw: RawLegacyTask, task_id: str, updated_at: str | None, toggles: LegacyToggles
) -> dict[str, Any]:
    """The keys of a task before its annotations.

    Args:
        updated_at: as it is written.

    Raises:
        InvalidRecordError: ``bad_time``.
    """
    return {**dict(_of_task(raw, updated_at, toggles)), "taskId": task_id}


def _of_task(raw: RawLegacyTask, updated_at: str | None, toggles: LegacyToggles) -> Keys:
    completed_at = _time(raw.completed_at, "completedAt")
    review, issues = _review(raw.review or RawReview()), [_issue(issue) for issue in raw.issues or ()]
    if toggles.completion_info:
        yield from (("completedBy", raw.completed_by), ("completedAt", completed_at))
    if toggles.duration:
        # What was spent on the task as a whole: `duration` beside a total is that of its last stage.
        yield "duration(ms)", _number(raw.duration_ms, raw.total_duration, raw.duration)
    if toggles.skip_info:
        yield "isSkipped", raw.is_skipped
    if toggles.review:
        yield "review", review
    if toggles.task_status:
        yield "status", raw.status
    if toggles.update_info:
        yield from (("updatedBy", raw.updated_by), ("updatedAt", updated_at))
    if toggles.benchmark:
        yield "isBenchmark", _is_benchmark(raw)
        yield "benchmark", _score(raw.benchmark)
    if toggles.issues:
        yield "issues", issues


def _score(raw: float | str | None) -> str:
    """A score as text, as on the platform: of a column with texts and numbers readers have to guess the type."""
    if raw is None or isinstance(raw, str):
        return raw or ""
    return orjson.dumps(raw).decode()


def _is_benchmark(raw: RawLegacyTask) -> bool | None:
    if raw.is_benchmark is not None or raw.type is None:
        return raw.is_benchmark
    return raw.type == "benchmark"


def _consensus(raw: RawLegacyTask) -> float | str:
    score = raw.consensus_average if raw.consensus is None else raw.consensus
    if isinstance(score, str) and score:
        raise InvalidRecordError(
            Reason.WRONG_TYPE,
            f"consensus is {score[:40]!r}; allowed are a number from 0 to 100, an empty text and null",
        )
    return "" if score is None else score


def _review(review: RawReview) -> dict[str, Any]:
    return {
        "status": review.status,
        "completedBy": review.completed_by or [],
        "completedAt": _time(review.completed_at, "review.completedAt"),
        "duration(ms)": _number(review.duration_ms, review.duration),
        "isSkipped": review.is_skipped,
    }


def _issue(issue: RawTaskIssue) -> dict[str, Any]:
    made_by = issue.created_by
    if isinstance(made_by, RawIssueAuthor):
        created_by: Any = {"_id": made_by.own_id, "name": made_by.name}
    else:
        created_by = made_by
    return {
        "_id": issue.own_id,
        "status": issue.status,
        "createdBy": created_by,
        "updatedAt": _time(issue.updated_at, "issues.updatedAt"),
    }


def _time(value: Time, key: str) -> str | None:
    return format_time(parse_time(value, key))


def _number(*values: Number) -> Number:
    """The first value that is not ``None``, of a key and its other names."""
    return next((value for value in values if value is not None), None)
