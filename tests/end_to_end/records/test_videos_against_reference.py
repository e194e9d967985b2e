"""Exports of videos against the reference: rows, frames table, parts and long assets.

The reference gives records that are not split. Parts are checked one by one
(``reference.parts``), put together, and then compared like any other record.
"""

import itertools
import json
import tempfile
from collections import defaultdict
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from awkward.lines import tables_of
from awkward.projects import MANY, Tables, projects, selections
from awkward.videos import video_projects
from end_to_end.comparison import as_text, exported_tables, is_possible, set_aside, texts_set_aside
from end_to_end.exports import EVERYTHING, Json, lines_of, manifest_of, order_of, shard_lines
from framehaul.pipelines.sample.sample_tables import sample_records
from reference.export import reference_export
from reference.parts import LISTS, answers_of, check_parts, joined

NOT_EXPLAINED = [phase for phase in Phase if phase is not Phase.explain]  # it takes minutes
SMALLEST_LINE = 1024
ROOM_FOR_PART = 150


@hypothesis_settings(
    max_examples=8, deadline=None, phases=NOT_EXPLAINED, suppress_health_check=list(HealthCheck)
)
@given(
    tables=projects(with_videos=True, fewest=MANY),
    export=selections(with_videos=True),
    room=st.integers(0, 3000),
    shard_bytes=st.sampled_from(["64MiB", 20_000, 3_000]),
)
def test_any_project_with_videos_is_exported_as_the_contract_says(
    tables: Tables, export: Json, room: int, shard_bytes: str | int
) -> None:
    assume(is_possible(export))
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), tables, export, room, shard_bytes)


@pytest.mark.parametrize("room", [0, 1000])
@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize("only", [False, True])
def test_many_videos_are_exported_as_the_contract_says(
    tmp_path: Path, only: bool, flag: bool, room: int
) -> None:
    """Awkward videos beside each other, every record of which is selected."""
    video = {"only_key_frames": only, "key_frame_flag": flag}
    tables = tables_of(**video_projects(range(12))._asdict())
    compare(tmp_path, tables, {**EVERYTHING, "video": video}, room, shard_bytes=5000)


@pytest.mark.parametrize("shard_bytes", ["64MiB", "64kB"])
def test_realistic_videos_are_exported_as_the_contract_says(tmp_path: Path, shard_bytes: str) -> None:
    """Three videos of 90 frames among other tasks, with stops, restarts and stage history."""
    sample = list(sample_records(20, 3, 90, 4, seed=3))
    history = [orjson.dumps(visit) for _, visits in sample for visit in visits]
    tables = tables_of(tasks=[orjson.dumps(task) for task, _ in sample], stage_history=history)
    compare(tmp_path, tables, EVERYTHING, room=2000, shard_bytes=shard_bytes)


def compare(folder: Path, tables: Tables, export: Json, room: int, shard_bytes: str | int) -> None:
    expected = reference_export(tables, export)
    max_line_bytes = max(SMALLEST_LINE, *map(bytes_without_rows, expected.records), 0) + room
    output = {"max_line_bytes": max_line_bytes, "shard_bytes": shard_bytes}
    exported = exported_tables(folder, tables, export, output)
    manifest = manifest_of(exported)

    records = []
    for lines in lines_by_record(exported).values():
        records.append(joined([orjson.loads(line) for line in lines]))
        last_page = records[-1]["part"]["lastPage"]
        is_video = last_page is not None
        frame_total = last_page + 1 if is_video else None
        check_parts(lines, max_line_bytes=max_line_bytes, is_video=is_video, frame_total=frame_total)
    assert as_text(sorted(records, key=order_of)) == as_text(expected.records)
    assert manifest["counts"] == expected.counts | {"records": len(lines_of(exported))}
    assert manifest["annotationsByTitle"] == expected.annotations_by_title
    assert sorted(set_aside(exported)) == sorted(expected.dead_letters)
    assert texts_set_aside(exported) == expected.texts
    check_shards(exported, manifest)


def bytes_without_rows(record: Json) -> int:
    """At most: what every part of the record holds, with everything escaped that can be."""
    bare: Json = orjson.loads(orjson.dumps(record))
    for answer in answers_of(bare):
        answer.update({name: [] for name in LISTS})
    return len(json.dumps(bare, separators=(",", ":"))) + ROOM_FOR_PART


def lines_by_record(exported: Path) -> dict[tuple[str, str], list[bytes]]:
    """By asset and task, the lines of its parts in order; a missing one is for ``check_parts`` to see."""
    found = defaultdict(list)
    for line in lines_of(exported):
        found[order_of(orjson.loads(line))].append(line)
    return {
        key: sorted(lines, key=lambda line: orjson.loads(line)["part"]["index"])
        for key, lines in found.items()
    }


def check_shards(exported: Path, manifest: Json) -> None:
    """Order within shards, and what the manifest says about assets that have shards of their own."""
    places = {
        shard["path"]: [place_of(line) for line in shard_lines(exported / shard["path"])]
        for shard in manifest["shards"]
    }
    assert all(found == sorted(found) for found in places.values())
    long_shards = {path for path in places if path.startswith("data/long-")}
    assert long_shards == {path for asset in manifest["longAssets"] for path in asset["shards"]}
    for asset in manifest["longAssets"]:
        own = itertools.chain.from_iterable(places[path] for path in asset["shards"])
        indices = [index for _, task_id, index in own if task_id == asset["taskId"]]
        assert indices == list(range(asset["parts"])), "all parts, in order, in the shards of their asset"


def place_of(line: bytes) -> tuple[str, str, int]:
    record = orjson.loads(line)
    return *order_of(record), record["part"]["index"]


ODD_ROWS = [
    rb'{"title":"\u00e9\/","objectId":"o1","point":[1.50,2E1],"page":0,"interpolationStopped":false,"n":1e2}',
    rb'{"objectId":"o1","interpolationStopped":false,"point":[3.5,20.0],"page":2,"title":"\ud83d\ude97"}',
    rb'{"page":3,"objectId":"o1","interpolationStopped":true,"n":[0.10,-0,1E+2]}',
]
BETWEEN = ODD_ROWS[0].replace(b'"page":0', b'"page":1').replace(b"1.50", b"2.5")
CHANGED_ROWS = {
    rb'{"keyFrame":true,"objectId":"\u006f2","page":2.0,"n":1E2}': rb'{"objectId":"\u006f2","page":2,"n":1E2,"interpolationStopped":false}',
    rb'{"interpolationStopped":null,"page":3,"interpolated":false,"objectId":"o2"}': rb'{"interpolationStopped":false,"page":3,"objectId":"o2"}',
}


@pytest.mark.parametrize("only", [False, True])
def test_rows_keep_their_bytes_where_nothing_has_to_change(tmp_path: Path, only: bool) -> None:
    first, second, stop = ODD_ROWS
    third, fourth = CHANGED_ROWS.values()
    rows = [first, second, third, stop, fourth] if only else [first, BETWEEN, second, third, stop, fourth]
    source = b",".join([*CHANGED_ROWS, *ODD_ROWS[::-1]])
    task = b'{"taskId":"v","stage":"Complete","metadata":{"frameTotal":4},"answer":{"tools":[%b]}}' % source
    tables = tables_of(tasks=[task])
    exported = exported_tables(tmp_path, tables, {"video": {"only_key_frames": only}}, {})
    (line,) = lines_of(exported)
    assert b'"tools":[%b],"classifications":[]' % b",".join(rows) in line
