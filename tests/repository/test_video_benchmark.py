"""The rivals of the video benchmark do the job that they are measured at."""

import importlib
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return lambda name: importlib.import_module(f"benchmarks.{name}")


def row(track, page, *, stopped=False, **shape):
    return {**shape, "objectId": track, "page": page, "interpolationStopped": stopped}


def expanded(benchmarks, folder, tools, classifications=(), frames=6):
    task = {
        "taskId": "t1",
        "stage": "Complete",
        "metadata": {"frameTotal": frames},
        "answer": {
            "tools": list(tools),
            "classifications": list(classifications),
            "relations": [{"from": "a"}],
        },
    }
    (folder / "tasks-00000.ndjson").write_bytes(orjson.dumps(task) + b"\n")
    benchmarks("video_loop").export(folder, "ndjson", folder)
    (line,) = (folder / "records.ndjson").read_bytes().splitlines()
    return orjson.loads(line)["task"]


def test_the_plain_loop_moves_a_box_between_two_key_frames_and_stops(benchmarks, tmp_path):
    rows = [
        row("a", 0, box={}, point=[0, 10]),
        row("a", 2, box={}, point=[1, 10]),
        row("a", 3, stopped=True, box={}, point=[3, 10]),
        row("a", 5, box={}, point=[9, 10]),
    ]
    found = expanded(benchmarks, tmp_path, rows)["tools"]
    assert [(each["page"], each["point"][0]) for each in found] == [(0, 0), (1, 0.5), (2, 1), (3, 3), (5, 9)]


def test_the_plain_loop_holds_what_cannot_be_computed_until_the_end_of_the_video(benchmarks, tmp_path):
    rows = [
        row("b", 1, polygon=[[0, 0], [1, 1], [2, 0]]),
        row("b", 3, polygon=[[0, 0], [1, 1]]),
        row("a", 4, polyline=[[0, 0]]),
    ]
    found = expanded(benchmarks, tmp_path, rows)["tools"]
    pages = [(each["page"], each["objectId"]) for each in found]
    assert pages == [(1, "b"), (2, "b"), (3, "b"), (4, "a"), (4, "b"), (5, "a"), (5, "b")]
    assert [len(each["polygon"]) for each in found if "polygon" in each] == [3, 3, 2, 2, 2]


def test_the_plain_loop_keeps_what_has_no_frame_before_all_rows(benchmarks, tmp_path):
    whole = {"objectId": "w", "answer": "rain"}
    task = expanded(benchmarks, tmp_path, [], [row("c", 3, answer="x"), whole])
    assert [each.get("page") for each in task["classifications"]] == [None, 3, 4, 5]
    assert task["tools"] == []
    assert task["relations"] == [{"from": "a"}]


def test_label_studio_gets_every_key_frame_of_every_object(benchmarks, tmp_path):
    sample_tables = benchmarks("sample_tables")
    tables = sample_tables.sample_videos(tmp_path, sample_tables.Size(300, 7))
    results = orjson.loads(benchmarks("label_studio_tracks").label_studio_input(tables).read_bytes())
    rows = [
        each
        for line in (tables / "tasks-00000.ndjson").read_bytes().splitlines()
        for each in orjson.loads(line)["answer"]["tools"]
    ]
    assert len(results) == 7
    frames = [frame for result in results for frame in result["value"]["sequence"]]
    assert sorted(frame["frame"] - 1 for frame in frames) == sorted(each["page"] for each in rows)
    assert sum(not frame["enabled"] for frame in frames) == sum(each["interpolationStopped"] for each in rows)


def test_an_export_has_the_rows_of_the_plain_loop(benchmarks, tmp_path):
    tables = benchmarks("sample_tables")
    benchmarks("same_rows").refuse_other_rows(tables.sample_videos(tmp_path, tables.Size(500, 7)))
