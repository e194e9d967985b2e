"""What a plan says about tables, selection, videos and output."""

import gzip
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.pipelines.survey.plan import plan_export
from framehaul.transforms.errors import ConfigError


def write(path: Path, *records) -> Path:
    lines = [record if isinstance(record, bytes) else orjson.dumps(record) for record in records]
    path.write_bytes(b"\n".join([*lines, b""]))
    return path


def plan(folder: Path, *, tables=("tasks", "stage_history"), suffix="ndjson", **sections):
    files = {table: str(folder / f"{table.replace('_', '-')}-*.{suffix}") for table in tables}
    return plan_export(check_config({"source": files, **sections}, "export.yaml"), lambda _: None)


def table(outlook, name):
    (found,) = (each for each in outlook.input if each.table == name)
    return found


def task(task_id, stage="Complete", **keys):
    return {"taskId": task_id, "assetId": f"asset of {task_id}", "stage": stage, **keys}


def video(task_id, *rows, frames=1000, **keys):
    return task(task_id, metadata={"frameTotal": frames}, answer={"tools": list(rows)}, **keys)


def row(page, track="a", **keys):
    return {"objectId": track, "page": page, "interpolationStopped": False, **keys}


def test_tasks_are_counted_as_a_run_counts_them(tmp_path):
    write(
        tmp_path / "tasks-0.ndjson",
        task("t1", updatedAt="2024-05-01"),
        task("t1", updatedAt="2024-05-02", stage="Review"),
        task("t2"),
        b"",
        {"_id": {"$oid": "t3"}, "stage": "Complete"},
        {"taskId": "t4"},
        b"not json",
        task("t5", updatedAt="never"),
        task("t6", type="consensus"),
    )
    write(
        tmp_path / "stage-history-0.ndjson",
        {"taskId": "t1", "stage": "Label", "completedAt": 0},
        {"labelTask": "t2", "stage": "Label", "completedAt": 0},
        {"task": {"$oid": "t3"}, "stage": "Label", "completedAt": 0},
        {"taskId": "nobody", "stage": "Label", "completedAt": 0},
        {"stage": "Label"},
    )
    outlook = plan(tmp_path)
    tasks, history = table(outlook, "tasks"), table(outlook, "stage_history")
    assert (tasks.files, tasks.records, tasks.bytes) == (1, 8, (tmp_path / "tasks-0.ndjson").stat().st_size)
    assert (tasks.selected, tasks.not_selected, tasks.duplicates, tasks.set_aside) == (2, 2, 1, 3)
    counts = (history.selected, history.not_selected, history.orphans, history.set_aside)
    assert counts == (2, 1, 1, 1)
    assert outlook.output.estimated_records == 2


def test_only_selected_videos_are_listed_the_longest_first(tmp_path):
    write(
        tmp_path / "tasks-0.ndjson",
        video("short", row(0)),
        video("long", row(0), row(1), row(2), row(2, "b"), {"objectId": "c"}),
        video("elsewhere", row(0), stage="Label"),
        task("pages", metadata={"frameTotal": 5}, dataset=["1.png"], answer={"tools": [row(0)]}),
        task("image", metadata={"width": 5}),
    )
    outlook = plan(tmp_path, tables=["tasks"], limits={"long_video_frames": 2})
    listed = [(each.task_id, each.frames, each.annotated_frames, each.is_long) for each in outlook.videos]
    assert listed == [("long", 1000, 3, True), ("short", 1000, 1, False)]


def test_a_video_is_long_only_above_the_limit(tmp_path):
    write(tmp_path / "tasks-0.ndjson", video("t", row(0), row(1)))
    for limit, is_long in ((1, True), (2, False)):
        (found,) = plan(tmp_path, tables=["tasks"], limits={"long_video_frames": limit}).videos
        assert found.is_long is is_long


def test_rows_of_the_frames_table_are_annotated_frames_too(tmp_path):
    write(
        tmp_path / "tasks-0.ndjson",
        video("v", row(0), row(7)),
        task("image"),
        video("no", row(0), stage="Label"),
    )
    write(
        tmp_path / "frames-0.ndjson",
        {"taskId": "v", "page": 7, "objects": [{"objectId": "a"}]},
        {"taskId": "v", "page": 9, "tools": [{"objectId": "a"}, {"objectId": "b"}]},
        {"taskId": "v", "page": 9, "classifications": [{"schemaId": "s"}]},
        {"taskId": "v", "page": 11, "historyId": "h1", "tools": [{"objectId": "a"}]},
        {"taskId": "v", "page": 11, "historyId": "h9", "tools": [{"objectId": "a"}]},
        {"taskId": "v", "page": 1000, "tools": [{"objectId": "a"}]},
        {"taskId": "v", "tools": []},
        {"taskId": "image", "page": 0},
        {"taskId": "no", "page": 0},
        {"taskId": "nobody", "page": 0},
    )
    write(
        tmp_path / "stage-history-0.ndjson", {"_id": "h1", "taskId": "v", "stage": "Label", "completedAt": 0}
    )
    outlook = plan(tmp_path, tables=["tasks", "stage_history", "frames"])
    assert [each.annotated_frames for each in outlook.videos] == [3]
    frames = table(outlook, "frames")
    counts = (frames.records, frames.selected, frames.not_selected, frames.orphans, frames.set_aside)
    assert counts == (10, 4, 1, 2, 3)
    without_history = {"fields": {"stage_history": False}}
    frames = table(
        plan(tmp_path, tables=["tasks", "stage_history", "frames"], export=without_history), "frames"
    )
    assert (frames.selected, frames.not_selected, frames.orphans) == (3, 3, 1)


@pytest.mark.parametrize("total", [0, -1, 10**12, 2.5, "many"])
def test_a_video_of_an_impossible_length_is_set_aside(tmp_path, total):
    write(tmp_path / "tasks-0.ndjson", video("v", row(0), frames=total))
    assert table(plan(tmp_path, tables=["tasks"]), "tasks").set_aside == 1


def test_a_bad_page_sets_its_record_aside(tmp_path):
    write(tmp_path / "tasks-0.ndjson", video("v", row(1000)), video("w", row(-1)), video("x", row(999)))
    tasks = table(plan(tmp_path, tables=["tasks"]), "tasks")
    assert (tasks.set_aside, tasks.selected) == (2, 1)


def test_the_output_is_about_as_large_as_what_it_is_made_of(tmp_path):
    write(
        tmp_path / "tasks-0.ndjson", task("t1", asset="x" * 5000), task("t2", stage="Label", asset="x" * 9000)
    )
    write(tmp_path / "stage-history-0.ndjson", {"taskId": "t1", "stage": "Label", "stageId": "x" * 3000})
    output = plan(tmp_path, output={"shard_bytes": "1MiB", "max_line_bytes": "2KiB"}).output
    assert 8000 < output.estimated_bytes < 8500
    assert (output.estimated_records, output.estimated_shards) == (4, 1)


def test_a_video_grows_with_the_frames_that_are_computed(tmp_path):
    write(tmp_path / "tasks-0.ndjson", video("v", row(0), row(999)))
    whole = plan(tmp_path, tables=["tasks"])
    keys = plan(tmp_path, tables=["tasks"], export={"video": {"only_key_frames": True}})
    assert whole.videos[0].estimated_rows == 1000
    assert keys.videos[0].estimated_rows == 2
    row_bytes = len(orjson.dumps([row(0), row(999)])) / 2
    grown = whole.output.estimated_bytes - keys.output.estimated_bytes
    assert grown == pytest.approx(998 * row_bytes, rel=0.01)


def test_assets_over_a_shard_get_shards_of_their_own(tmp_path):
    long = [task(f"t{number}", asset="x" * 900, assetId="shared") for number in range(4)]
    write(tmp_path / "tasks-0.ndjson", *long, task("small", asset="x" * 500), task("other", asset="x" * 500))
    outlook = plan(tmp_path, tables=["tasks"], output={"shard_bytes": 2000})
    (asset,) = outlook.long_assets
    assert (asset.asset_id, asset.tasks, asset.estimated_shards) == ("shared", 4, 2)
    assert 3600 < asset.estimated_bytes < 4000
    assert outlook.output.estimated_shards == 3


def test_a_table_without_records_gives_an_empty_plan(tmp_path):
    write(tmp_path / "tasks-0.ndjson")
    outlook = plan(tmp_path, tables=["tasks"])
    assert (table(outlook, "tasks").records, outlook.videos, outlook.long_assets) == (0, [], [])
    assert (outlook.output.estimated_records, outlook.output.estimated_shards) == (0, 1)


SAMPLE = {"tasks": 60, "videos": 3, "frames": 300, "objects": 7, "frames_table": True}
ALL_TABLES = ("tasks", "stage_history", "frames")


def facts(outlook):
    """All that does not depend on how the tables are stored."""
    videos = [(each.task_id, each.annotated_frames, each.estimated_rows) for each in outlook.videos]
    keys = ("records", "selected", "not_selected", "duplicates", "orphans", "set_aside")
    return videos, [[getattr(each, key) for key in keys] for each in outlook.input]


def test_every_format_gives_the_same_plan(tmp_path):
    write_sample(tmp_path, **SAMPLE)
    expected = plan(tmp_path, tables=ALL_TABLES)
    for path in list(tmp_path.iterdir()):
        path.with_suffix(".jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
        items = b",".join(path.read_bytes().splitlines())
        path.with_suffix(".json").write_bytes(b"[" + items + b"]")
    for suffix in ("jsonl.gz", "json"):
        assert facts(plan(tmp_path, tables=ALL_TABLES, suffix=suffix)) == facts(expected)


def test_the_plan_of_parquet_is_that_of_ndjson_with_sizes_that_are_about_right(tmp_path):
    write_sample(tmp_path, **SAMPLE)
    write_sample(tmp_path, **SAMPLE, table_format="parquet")
    expected, found = (plan(tmp_path, tables=ALL_TABLES, suffix=suffix) for suffix in ("ndjson", "parquet"))
    assert facts(found) == facts(expected)
    assert found.output.estimated_bytes == pytest.approx(expected.output.estimated_bytes, rel=0.2)


def test_no_payload_of_parquet_is_read_but_those_of_selected_videos(tmp_path):
    """The payloads of the others are not even JSON: whoever read them would set them aside."""
    answers = [b'{"tools":[{"objectId":"a","page":3}]}', b"broken", b"broken"]
    columns = {
        "taskId": ["v", "image", "w"],
        "stage": ["Complete", "Complete", "Label"],
        "metadata": ['{"frameTotal":10}', "{}", '{"frameTotal":10}'],
        "answer": [answer.decode() for answer in answers],
    }
    pq.write_table(pa.table(columns), tmp_path / "tasks-0.parquet")
    outlook = plan(tmp_path, tables=["tasks"], suffix="parquet")
    assert [(each.task_id, each.annotated_frames) for each in outlook.videos] == [("v", 1)]
    assert table(outlook, "tasks").set_aside == 0


def test_the_order_of_the_frames_table_changes_no_count(tmp_path):
    write_sample(tmp_path, **SAMPLE)
    expected = facts(plan(tmp_path, tables=ALL_TABLES))
    path = tmp_path / "frames-00000.ndjson"
    path.write_bytes(b"\n".join(reversed(path.read_bytes().splitlines())))
    videos, counts = facts(plan(tmp_path, tables=ALL_TABLES))
    assert counts == expected[1]
    assert [each[:2] for each in videos] == [each[:2] for each in expected[0]]


def test_annotated_frames_do_not_depend_on_where_the_rows_are_kept(tmp_path):
    outlooks = []
    for name, frames_table in (("in", False), ("out", True)):
        folder = tmp_path / name
        write_sample(folder, **{**SAMPLE, "frames_table": frames_table})
        outlooks.append(plan(folder, tables=ALL_TABLES if frames_table else ALL_TABLES[:2]))
    whole, cut = ([(each.task_id, each.annotated_frames) for each in outlook.videos] for outlook in outlooks)
    assert whole == cut


def test_all_bytes_are_reported(tmp_path):
    paths = write_sample(tmp_path, **SAMPLE)
    source = {name: str(tmp_path / f"{name.replace('_', '-')}-*") for name in ALL_TABLES}
    reported: list[int] = []
    plan_export(check_config({"source": source}, "export.yaml"), reported.append)
    assert sum(reported) == sum(path.stat().st_size for path in paths)


@pytest.mark.parametrize("content", [None, b"PK\x03\x04", b'[{"taskId":"t"'])
def test_a_table_that_is_not_there_or_cannot_be_read_makes_the_config_wrong(tmp_path, content):
    if content is not None:
        (tmp_path / "tasks-0.json").write_bytes(content)
    with pytest.raises(ConfigError, match=r"tasks-"):
        plan(tmp_path, tables=["tasks"], suffix="json")


def test_notes_say_what_is_an_estimate(tmp_path):
    write(tmp_path / "tasks-0.ndjson", video("v", row(0)))
    whole = plan(tmp_path, tables=["tasks"]).notes
    keys = plan(
        tmp_path,
        tables=["tasks"],
        export={"video": {"only_key_frames": True}, "fields": {"annotation_metadata": False}},
    ).notes
    assert any("Estimated: records, bytes and shards" in note for note in whole)
    assert any("at most" in note for note in whole)
    assert not any("at most" in note for note in keys)
    assert any("annotation metadata" in note for note in keys)
