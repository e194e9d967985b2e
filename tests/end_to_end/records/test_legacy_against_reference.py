"""Legacy exports against the reference: assets, their tasks, their frames, and the parts of long ones."""

import json
import tempfile
from pathlib import Path

import orjson
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from awkward.legacy import BROKEN, OBJECTS, legacy_projects, legacy_selections
from awkward.lines import tables_of
from awkward.projects import MANY, Tables
from end_to_end.comparison import as_text, exported_tables, is_possible, set_aside, texts_set_aside
from end_to_end.exports import EVERYTHING, Json, lines_of, manifest_of, shard_lines
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.legacy_keys import add_legacy_keys
from framehaul.pipelines.sample.sample_tables import sample_records
from framehaul.transforms.storage.object_store import ObjectStore
from reference.legacy_export import legacy_order, reference_legacy_export

NOT_EXPLAINED = [phase for phase in Phase if phase is not Phase.explain]  # it takes minutes
SMALLEST_LINE = 1024
ROOM_FOR_PART = 150
LISTS = ("objects", "classifications", "relations")
LEGACY: Json = {**EVERYTHING, "generation": "legacy"}


@hypothesis_settings(
    max_examples=8, deadline=None, phases=NOT_EXPLAINED, suppress_health_check=list(HealthCheck)
)
@given(
    tables=legacy_projects(fewest=MANY),
    export=legacy_selections(),
    room=st.integers(0, 3000),
    shard_bytes=st.sampled_from(["64MiB", 20_000, 3_000]),
)
def test_any_project_is_exported_as_the_documents_say(
    tables: Tables, export: Json, room: int, shard_bytes: str | int
) -> None:
    assume(is_possible(export))
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), tables, export, room, shard_bytes)


def test_a_realistic_project_is_exported_as_the_documents_say(tmp_path: Path) -> None:
    """Assets that several tasks share, videos, and every fault that a legacy key can have."""
    sample = add_legacy_keys(sample_records(120, 2, 60, 3, seed=3), 3)
    tasks = [dict(task) for task, _ in sample]
    broken = [{"taskId": f"b{number}", "stage": "Complete", **fault} for number, fault in enumerate(BROKEN)]
    objects = {"taskId": "objects", "stage": "Complete", "answer": {"objects": list(OBJECTS)}}
    lines = [orjson.dumps(record) for record in (*tasks, *broken, objects)]
    toggles = {"segmentation_points": True, "box_image_content": True, "mask_host": "https://h.example"}
    export = {**LEGACY, "fields": {"legacy": toggles}}
    exported = compare(tmp_path, tables_of(tasks=lines), export, 4000, "64kB")
    counts = manifest_of(exported)["counts"]
    assert counts["deadLetterTasks"] == len(BROKEN)
    assert counts["assets"] < counts["tasksExported"]
    assert manifest_of(exported)["longAssets"]


def compare(folder: Path, tables: Tables, export: Json, room: int, shard_bytes: str | int) -> Path:
    expected = reference_legacy_export(tables, export)
    max_line_bytes = max(SMALLEST_LINE, *map(bytes_without_rows, expected.records), 0) + room
    output = {"max_line_bytes": max_line_bytes, "shard_bytes": shard_bytes}
    exported = exported_tables(folder, tables, export, output)
    manifest, lines = manifest_of(exported), lines_of(exported)

    store = ObjectStore(str(exported))
    join_export(store, "ndjson", folder / "joined.ndjson")
    records = [orjson.loads(line) for line in shard_lines(folder / "joined.ndjson")]
    assert as_text(sorted(records, key=legacy_order)) == as_text(expected.records)
    assert as_text(joined(lines)) == as_text(expected.records)
    for line in lines:
        assert len(line) <= max_line_bytes or rows_in(orjson.loads(line)) == 1
    assert manifest["counts"] == expected.counts | {"records": len(lines)}
    assert manifest["annotationsByTitle"] == expected.annotations_by_title
    assert sorted(set_aside(exported)) == sorted(expected.dead_letters)
    assert texts_set_aside(exported) == expected.texts
    assert verify_export(store) == []
    return exported


def joined(lines: list[bytes]) -> list[Json]:
    """The records, each put together from its parts by nobody but this test."""
    by_asset: dict[tuple[str, str], list[Json]] = {}
    for record in map(orjson.loads, lines):
        by_asset.setdefault(legacy_order(record), []).append(record)
    whole = []
    for key in sorted(by_asset):
        first, *others = sorted(by_asset[key], key=lambda record: record["part"]["index"])
        assert [record["part"]["count"] for record in (first, *others)] == [len(others) + 1] * (
            len(others) + 1
        )
        for other in others:
            for mine, theirs in zip(first["tasks"], other["tasks"], strict=True):
                assert without_rows(mine) == without_rows(theirs)
                for name in LISTS:
                    mine[name] += theirs[name]
            first["part"]["lastPage"] = other["part"]["lastPage"]
        first["part"]["count"] = 1
        whole.append(first)
    return whole


def without_rows(task: Json) -> Json:
    return {key: value for key, value in task.items() if key not in LISTS}


def rows_in(record: Json) -> int:
    return sum(len(task[name]) for task in record["tasks"] for name in LISTS)


def bytes_without_rows(record: Json) -> int:
    """At most: what every part of the record holds, with everything escaped that can be."""
    bare = {**record, "tasks": [without_rows(task) | {key: [] for key in LISTS} for task in record["tasks"]]}
    return len(json.dumps(bare, separators=(",", ":"))) + ROOM_FOR_PART
