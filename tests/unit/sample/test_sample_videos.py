"""Video tasks of a sample: rows of key frames as transforms/README.md, "Video rows", has them."""

import itertools
import json
from collections import defaultdict

import orjson
import pytest

from framehaul.pipelines.sample.sample_tables import sample_records

FRAMES = 400


def decoded(tasks, videos, frames, objects, seed=0):
    return [
        (json.loads(orjson.dumps(task)), [json.loads(orjson.dumps(visit)) for visit in visits])
        for task, visits in sample_records(tasks, videos, frames, objects, seed)
    ]


@pytest.fixture(scope="module")
def videos():
    return decoded(0, 12, FRAMES, 7)


@pytest.fixture(scope="module")
def answers(videos):
    """Every answer of a video, its own and those of its stage history."""
    found = [task["answer"] for task, _ in videos]
    return [*found, *(visit["answer"] for _, visits in videos for visit in visits if "answer" in visit)]


def tracks_of(answer):
    tracks = defaultdict(list)
    for kind in ("tools", "classifications"):
        for row in answer[kind]:
            if "page" in row:
                tracks[kind, row["objectId"]].append(row)
    return tracks


def test_a_video_is_known_by_its_metadata(videos):
    for task, _ in videos:
        assert task["metadata"].keys() == {"width", "height", "frameTotal", "frameRate"}
        assert task["metadata"]["frameTotal"] == FRAMES
        assert "dataset" not in task
        assert task["stage"] == "Complete", "an export with default settings must hold it"


def test_every_object_is_a_track(videos):
    for task, _ in videos:
        assert len({row["objectId"] for row in task["answer"]["tools"]}) == 7


def test_rows_are_inside_the_video_and_one_per_object_and_page(answers):
    for answer in answers:
        for rows in tracks_of(answer).values():
            pages = [row["page"] for row in rows]
            assert pages == sorted(set(pages))
            assert pages[0] >= 0
            assert pages[-1] < FRAMES
            assert all(row["interpolationStopped"] in (True, False) for row in rows)


def test_a_track_stops_only_while_it_is_on_and_may_start_again(answers):
    stops = restarts = 0
    for answer in answers:
        for rows in tracks_of(answer).values():
            assert not rows[0]["interpolationStopped"]
            for before, after in itertools.pairwise(rows):
                assert not (before["interpolationStopped"] and after["interpolationStopped"])
                restarts += before["interpolationStopped"]
                stops += after["interpolationStopped"]
    assert stops > restarts > 0


def test_a_stop_repeats_the_last_shape_or_has_none(videos):
    bare = 0
    for task, _ in videos:
        for (kind, _), rows in tracks_of(task["answer"]).items():
            for before, stop in itertools.pairwise(rows):
                if kind == "tools" and stop["interpolationStopped"]:
                    bare += len(stop) < len(before)
                    assert {**before, "page": 0, "interpolationStopped": True} == {
                        **before,
                        **stop,
                        "page": 0,
                    }
    assert bare


def test_answers_change_with_the_frames_and_one_holds_in_the_whole_video(videos):
    for task, _ in videos:
        rows = task["answer"]["classifications"]
        assert sum("page" not in row for row in rows) == 1
        changing = [
            track for (kind, _), track in tracks_of(task["answer"]).items() if kind == "classifications"
        ]
        assert len(changing) == 3
        assert any(len({json.dumps(row["answer"]) for row in track}) > 1 for track in changing)


def test_shapes_that_can_be_computed_between_and_shapes_that_cannot(videos):
    """A polygon keeps its points most of the time, and is drawn anew with others now and then."""
    same = other = 0
    for task, _ in videos:
        for rows in tracks_of(task["answer"]).values():
            counts = [len(row["polygon"]) for row in rows if "polygon" in row]
            same += sum(a == b for a, b in itertools.pairwise(counts))
            other += sum(a != b for a, b in itertools.pairwise(counts))
    assert same > other > 0


def test_the_first_visit_had_come_to_the_middle_of_the_video(videos):
    for task, (_, first, *later) in videos:
        pages = [row["page"] for row in first["answer"]["tools"]]
        assert max(pages, default=0) < FRAMES / 2
        for visit in later:
            assert len(visit["answer"]["tools"]) == len(task["answer"]["tools"])


@pytest.mark.parametrize(("frames", "objects"), [(1, 3), (2, 1), (5, 40), (50, 0)])
def test_short_videos_and_videos_without_objects(frames, objects):
    ((task, _),) = decoded(0, 1, frames, objects)
    rows = task["answer"]["tools"]
    assert len({row["objectId"] for row in rows}) == objects
    assert all(row["page"] < frames for row in rows)


def test_key_frames_grow_with_the_length_of_the_video():
    ((task, _),) = decoded(0, 1, 20_000, 2)
    assert 2_000 < len(task["answer"]["tools"]) < 5_000
