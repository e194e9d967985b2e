"""Exports of issues against the reference, parts of long ones included."""

import tempfile
from pathlib import Path

import orjson
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings

from awkward.issues import BROKEN, issue, issue_tables
from awkward.lines import tables_of
from awkward.projects import MANY, Tables, selections
from end_to_end.comparison import as_text, exported_tables, is_possible, set_aside, texts_set_aside
from end_to_end.exports import Json, lines_of, manifest_of, shard_lines
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_issues import sample_issues
from framehaul.transforms.storage.object_store import ObjectStore
from reference.issue_export import reference_issue_export

NOT_EXPLAINED = [phase for phase in Phase if phase is not Phase.explain]  # it takes minutes


@hypothesis_settings(
    max_examples=6, deadline=None, phases=NOT_EXPLAINED, suppress_health_check=list(HealthCheck)
)
@given(tables=issue_tables(fewest=MANY), export=selections())
def test_any_issues_are_exported_as_the_documents_say(tables: Tables, export: Json) -> None:
    assume(is_possible(export))
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), tables, export)


def test_many_issues_are_exported_as_the_documents_say(tmp_path: Path) -> None:
    """Realistic ones, odd ones with copies, every fault, and one with more comments than a line holds."""
    said = [{"_id": f"c{number}", "content": "x" * 300, "createdAt": number} for number in range(40)]
    records = [*sample_issues(100, 20, 5), *map(issue, range(0, 60_000, 997)), *BROKEN]
    records.append({"_id": "long", "comments": said, "objectId": "o1"})
    tables = tables_of(issues=[orjson.dumps(record) for record in records])
    exported = compare(tmp_path, tables, {})
    counts = manifest_of(exported)["counts"]
    assert counts["deadLetterIssues"] == len(BROKEN)
    assert counts["duplicateIssues"] > 10
    assert len(lines_of(exported)) > counts["issuesExported"]


def compare(folder: Path, tables: Tables, export: Json) -> Path:
    expected = reference_issue_export(tables, export)
    output = {"max_line_bytes": 4096, "shard_bytes": "20kB"}
    exported = exported_tables(folder, tables, {**export, "type": "issue"}, output)
    manifest, lines = manifest_of(exported), lines_of(exported)

    store = ObjectStore(str(exported))
    join_export(store, "ndjson", folder / "joined.ndjson")
    records = [orjson.loads(line) for line in shard_lines(folder / "joined.ndjson")]
    assert as_text(sorted(records, key=lambda record: record["_id"])) == as_text(expected.records)
    assert max(map(len, lines), default=0) <= 4096
    counts = {name: number for name, number in manifest["counts"].items() if number}
    assert counts == {name: n for name, n in expected.counts.items() if n} | (
        {"records": len(lines)} if lines else {}
    )
    assert "issuesRead" in manifest["counts"]
    assert sorted(set_aside(exported)) == sorted(expected.dead_letters)
    assert texts_set_aside(exported) == expected.texts
    assert verify_export(store) == []
    return exported
