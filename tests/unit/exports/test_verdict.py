"""Whether an export counts as good, from its manifest alone."""

from typing import Any

import pytest

from framehaul.transforms.exports.manifest import DeadLetters, Manifest, SourceEntry, Tool
from framehaul.transforms.exports.verdict import Verdict, fault_of, verdict_of

DEFAULTS = {"max_dead_letters": 0, "min_records": 1}


def manifest(*, read: int = 9, records: int = 5, set_aside: int = 0, limits: Any = DEFAULTS) -> Manifest:
    return Manifest(
        export_id="x",
        tool=Tool(name="framehaul", version="0"),
        started_at="2026-11-22T02:00:00.000Z",
        finished_at="2026-11-22T02:10:00.000Z",
        config={} if limits is None else {"limits": limits},
        source=[SourceEntry(table="tasks", url="t.ndjson", bytes=1, records=read)],
        counts={"records": records},
        annotations_by_title={},
        shards=[],
        dead_letters=DeadLetters(count=set_aside),
    )


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, Verdict.GOOD),
        ({"set_aside": 1}, Verdict.TOO_MANY_SET_ASIDE),
        ({"set_aside": 7, "limits": {"max_dead_letters": 7}}, Verdict.GOOD),
        ({"set_aside": 8, "limits": {"max_dead_letters": 7}}, Verdict.TOO_MANY_SET_ASIDE),
        ({"records": 0}, Verdict.TOO_FEW_RECORDS),
        ({"records": 0, "limits": {"min_records": 0}}, Verdict.GOOD),
        ({"records": 9, "limits": {"min_records": 10}}, Verdict.TOO_FEW_RECORDS),
        ({"records": 10, "limits": {"min_records": 10}}, Verdict.GOOD),
        ({"records": 0, "read": 0}, Verdict.GOOD),
        ({"records": 0, "set_aside": 9}, Verdict.TOO_MANY_SET_ASIDE),
    ],
    ids=str,
)
def test_an_export_counts_as_good_within_the_limits_of_its_run(
    facts: dict[str, Any], verdict: Verdict
) -> None:
    judged = manifest(**facts)
    assert verdict_of(judged) is verdict
    assert (fault_of(judged) is None) == verdict.is_good


@pytest.mark.parametrize(
    "limits", [None, {}, {"max_dead_letters": None, "min_records": "1"}, ["min_records"], "none"], ids=str
)
def test_a_limit_that_a_manifest_does_not_hold_is_none(limits: Any) -> None:
    """Older versions knew no least number of records, and a manifest may come from anywhere."""
    assert verdict_of(manifest(records=0, set_aside=9, limits=limits)) is Verdict.GOOD


def test_all_that_is_wrong_is_told() -> None:
    assert fault_of(manifest(read=1009, records=0, set_aside=1009)) == (
        "1,009 records were set aside, 0 are allowed (limits.max_dead_letters); "
        "0 records were exported of 1,009 read, at least 1 are expected (limits.min_records)"
    )
