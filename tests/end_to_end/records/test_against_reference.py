"""The real export against the reference, which knows nothing of it but transforms/README.md.

What is compared: every record with the order of its keys, the order of the
records, all counts, the titles, and what was set aside with its place and reason.
Videos have a test of their own, ``test_videos_against_reference``.
"""

import random
import tempfile
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from awkward.lines import split_into_files, tables_of
from awkward.projects import MANY, Tables, projects, selections
from end_to_end.comparison import as_text, exported_tables, is_possible, set_aside, texts_set_aside
from end_to_end.exports import EVERYTHING, Json, manifest_of, order_of, records_of, shard_lines
from framehaul.pipelines.sample.sample_tables import sample_records
from reference.export import reference_export

NOT_EXPLAINED = [phase for phase in Phase if phase is not Phase.explain]  # it takes minutes


@hypothesis_settings(
    max_examples=8, deadline=None, phases=NOT_EXPLAINED, suppress_health_check=list(HealthCheck)
)
@given(tables=projects(fewest=MANY), export=selections(), shard_bytes=st.sampled_from(["64MiB", "1kB"]))
def test_any_project_is_exported_as_the_contract_says(tables: Tables, export: Json, shard_bytes: str) -> None:
    assume(is_possible(export))
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), tables, export, shard_bytes)


HOLES = {"holes": [[1, 2], [3, 4]]}
DONE: Json = {"taskId": "t1", "stage": "Complete", "updatedAt": 5, "duration": 5}

# Tables on which the export and the reference once disagreed, or that chance seldom makes.
PINNED: dict[str, tuple[Tables, Json]] = {
    "of copies as new as each other the bytewise greater record, one of which has a key more": (
        tables_of(tasks=[DONE, {**DONE, "consensusAverage": 1}]),
        EVERYTHING,
    ),
    "a greater copy that is not selected wins by its payload": (
        tables_of(
            tasks=[
                {**DONE, "projectId": "p1", "answer": {"tools": [{"title": "a"}]}},
                {**DONE, "projectId": "p2", "answer": {"tools": [{"title": "b"}]}},
            ]
        ),
        {"project": "p1"},
    ),
    "an older copy that is selected never stands in": (
        tables_of(tasks=[DONE, {**DONE, "stage": "Review", "updatedAt": 6}]),
        {},
    ),
    "holes outside of a segmentation are the user's own data": (
        tables_of(
            tasks=[
                {**DONE, "metadata": HOLES, "contextData": HOLES, "answer": {"tools": [{"metadata": HOLES}]}}
            ]
        ),
        EVERYTHING,
    ),
    "the smallest whole number over 64 bits": (
        tables_of(tasks=[b'{"taskId":"t1","stage":"Complete","note":18446744073709551616}']),
        EVERYTHING,
    ),
    "lines that are JSON only together": (
        tables_of(
            tasks=[
                *(b'{"taskId":"t1","stage":"Complete","n":[1', b"2]}"),
                *(b'{"taskId":"t2","stage":"Complete","n":"a', b'b"}'),
                *(b'{"taskId":"t3","stage":"Complete"},{"taskId":"t4","stage":"Complete"}', b"5,6"),
                *(b'{"taskId":"t5","stage":"Complete","n":{"k":[', b"{}", b"]}}"),
            ]
        ),
        EVERYTHING,
    ),
    "one stage-history id in two tasks": (
        tables_of(
            tasks=[DONE, {**DONE, "taskId": "t2"}],
            stage_history=[
                {"_id": "h", "taskId": task_id, "stage": "Label", "completedAt": 5}
                for task_id in ("t1", "t2")
            ],
        ),
        EVERYTHING,
    ),
    "one word for all task types": (tables_of(tasks=[{**DONE, "type": "consensus"}]), {"task_types": "*"}),
}


@pytest.mark.parametrize("case", PINNED)
def test_a_pinned_project_is_exported_as_the_contract_says(tmp_path: Path, case: str) -> None:
    tables, export = PINNED[case]
    compare(tmp_path, {"stage_history": {"stage_history-0.ndjson": b""}, **tables}, export, "64MiB")


@pytest.mark.parametrize("fields", [{}, {"annotation_metadata": False, "idle_blur_durations": True}])
def test_a_larger_project_is_exported_as_the_contract_says(tmp_path: Path, fields: Json) -> None:
    """Some hundred tasks that are no videos, with copies, orphans and broken lines, in many files, cut into many shards."""
    compare(tmp_path, larger_project(), {**EVERYTHING, "fields": fields}, "64kB")


def larger_project() -> Tables:
    chance = random.Random(20261122)
    tasks, history = [], []
    for task, visits in sample_records(250, 0, 1, 0, seed=3):
        tasks.append(task)
        tasks += [copy_of(task, chance) for _ in range(chance.choice([0, 0, 0, 1, 3]))]
        history += [visit for visit in visits for _ in range(chance.choice([1, 1, 1, 2]))]
    history += [{**visit, "taskId": "never read"} for visit in history[::40]]
    lines = {"tasks": list(map(orjson.dumps, tasks)), "stage_history": list(map(orjson.dumps, history))}
    broken = [b"{", b"[1]", b"\xff", b"", b'{"taskId":"t"}', b'{"stage":"Complete"}', b'{"duration":1e400}']
    tables = {}
    for table, content in lines.items():
        mixed = chance.sample(content + broken * 5, len(content) + len(broken) * 5)
        tables[table] = split_into_files(table, mixed, [chance.randrange(len(mixed)) for _ in range(6)])
    return tables


def copy_of(task: Json, chance: random.Random) -> Json:
    """Another record of the task: older, newer or just as old, and maybe at another stage."""
    changes = {
        "updatedAt": chance.choice([task.get("updatedAt"), "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"]),
        "stage": chance.choice([task["stage"], "Review"]),
        "externalId": chance.choice([task.get("externalId"), "b.jpg"]),
    }
    return {**task, **changes}


def compare(folder: Path, tables: Tables, export: Json, shard_bytes: str) -> None:
    expected = reference_export(tables, export)
    exported = exported_tables(folder, tables, export, {"shard_bytes": shard_bytes})
    manifest = manifest_of(exported)
    records = records_of(exported)

    assert as_text(sorted(records, key=order_of)) == as_text(expected.records)
    for shard in manifest["shards"]:
        in_shard = [order_of(orjson.loads(line)) for line in shard_lines(exported / shard["path"])]
        assert in_shard == sorted(in_shard)
    assert manifest["counts"] == expected.counts
    assert manifest["annotationsByTitle"] == expected.annotations_by_title
    assert list(set_aside(exported)) == expected.dead_letters
    assert texts_set_aside(exported) == expected.texts


def test_the_comparison_sees_what_python_takes_for_equal() -> None:
    assert as_text([{"a": 0.0}]) != as_text([{"a": -0.0}])
    assert as_text([{"a": 1, "b": 1}]) != as_text([{"b": 1, "a": 1}])
