"""Known answers: which rows of a video the reference writes (transforms/README.md, "Video")."""

import json
from typing import Any

import pytest

from awkward.lines import tables_of
from reference.export import ReferenceExport, reference_export

Json = dict[str, Any]


def export_of(rows: list[Any], frames: int, name: str = "tools", **video: bool) -> ReferenceExport:
    task = {"taskId": "t1", "stage": "Complete", "metadata": {"frameTotal": frames}, "answer": {name: rows}}
    return reference_export(tables_of(tasks=[task]), {"video": video})


def rows_of(rows: list[Any], frames: int, name: str = "tools", **video: bool) -> list[Json]:
    (record,) = export_of(rows, frames, name, **video).records
    written: list[Json] = record["task"][name]
    return written


def car(page: Any, x: float | None = None, **keys: Any) -> Json:
    """As in transforms/README.md, "Video": a box whose x says where it is."""
    shape = {} if x is None else {"bounding-box": {"x": x, "y": 10, "height": 20, "width": 20}}
    return {**shape, "objectId": "o1", "classifications": [], "page": page, "title": "Car", **keys}


def places(rows: list[Json]) -> list[tuple[int, Any]]:
    return [(row["page"], row["bounding-box"]["x"]) for row in rows]


ON, OFF = {"interpolationStopped": False}, {"interpolationStopped": True}
EXAMPLE = [car(0, 10, **ON), car(20, 50, **ON), car(25, 50, **OFF)]


def test_the_example_of_the_format_page() -> None:
    rows = rows_of(EXAMPLE, 100)
    assert [row["page"] for row in rows] == [*range(26)]
    assert [row["bounding-box"]["x"] for row in rows] == [10, *range(12, 50, 2), *[50] * 6]
    assert json.dumps(rows[1]) == (
        '{"bounding-box": {"x": 12.0, "y": 10, "height": 20, "width": 20}, "objectId": "o1", '
        '"classifications": [], "page": 1, "title": "Car", "interpolationStopped": false}'
    )
    assert export_of(EXAMPLE, 100).annotations_by_title == {"Car": 26}


def test_only_key_frames_of_the_example_are_its_rows() -> None:
    assert rows_of(EXAMPLE, 100, only_key_frames=True) == EXAMPLE


def test_the_answers_of_the_format_page_hold_until_the_next_or_a_stop() -> None:
    steps = [("First", 0, False), ("Second", 10, False), ("Second", 20, True), ("Third", 49, False)]
    rows = [
        {"objectId": "c1", "answer": answer, "page": page, "interpolationStopped": stopped}
        for answer, page, stopped in [*steps, ("Third", 60, True)]
    ]
    written = rows_of(rows, 100, "classifications")
    shown = {row["page"]: row["answer"] for row in written if not row["interpolationStopped"]}
    assert shown == {
        **dict.fromkeys(range(10), "First"),
        **dict.fromkeys(range(10, 20), "Second"),
        **dict.fromkeys(range(49, 60), "Third"),
    }
    assert [row["page"] for row in written if row["interpolationStopped"]] == [20, 60]


def test_after_its_last_key_frame_an_object_holds_until_the_video_ends() -> None:
    assert places(rows_of([car(3, 1)], 6)) == [(3, 1), (4, 1), (5, 1)]


def test_an_object_moves_towards_a_stop_and_is_off_until_its_next_key_frame() -> None:
    rows = rows_of([car(0, 0), car(2, 4, **OFF), car(4, 9), car(5, 10, **OFF)], 8)
    assert places(rows) == [(0, 0), (1, 2.0), (2, 4), (4, 9), (5, 10)]


def test_a_stop_without_a_start_stands_alone_and_towards_one_without_a_shape_nothing_moves() -> None:
    assert places(rows_of([car(2, 4, **OFF)], 8)) == [(2, 4)]
    rows = rows_of([car(0, 0), car(2, **OFF)], 8)
    assert [row.get("bounding-box", {}).get("x") for row in rows] == [0, 0, None]


@pytest.mark.parametrize("flags", [{"keyFrame": False}, {"interpolated": True}])
def test_a_computed_row_is_kept_and_is_no_end_of_a_way(flags: Json) -> None:
    rows = [car(0, 0), car(2, 77, **flags), car(4, 8), car(6, 5, **flags)]
    assert places(rows_of(rows, 8)) == [(0, 0), (1, 2.0), (2, 77), (3, 6.0), (4, 8), (5, 8), (6, 5), (7, 8)]
    assert places(rows_of(rows, 8, only_key_frames=True)) == [(0, 0), (4, 8)]
    for only, counted in ((False, (2, 6)), (True, (2, 0))):
        counts = export_of(rows, 8, only_key_frames=only).counts
        assert (counts["keyFrameRows"], counts["interpolatedRows"]) == counted


def test_computed_rows_where_the_object_is_off_are_kept_too() -> None:
    computed = {"keyFrame": False}
    rows = [car(0, 1, **computed), car(2, 2), car(3, 3, **OFF), car(5, 5, **computed)]
    assert places(rows_of(rows, 8)) == [(0, 1), (2, 2), (3, 3), (5, 5)]


def test_flags_of_the_source_go_and_missing_keys_come_last() -> None:
    rows = [car(0, 0, keyFrame=True, interpolated=False), {"interpolationStopped": None, **car(1.0, 0)}]
    first, second = rows_of(rows, 2)
    assert list(first) == [
        "bounding-box",
        "objectId",
        "classifications",
        "page",
        "title",
        "interpolationStopped",
    ]
    assert json.dumps(second).startswith('{"interpolationStopped": false, "bounding-box"')
    assert json.dumps(second["page"]) == "1"


def test_the_key_frame_flag_is_the_last_key_of_every_video_row() -> None:
    rows = rows_of([car(0, 0), car(2, 2, keyFrame=False), {"title": "x"}], 4, key_frame_flag=True)
    assert rows[0] == {"title": "x"}
    assert [row.popitem() for row in rows[1:]] == [("keyFrame", flag) for flag in (True, False, False, False)]


def test_rows_without_page_come_first_as_they_are_and_are_no_video_rows() -> None:
    rows = [car(0, 0), {"title": "b", "keyFrame": False}, {"title": "a", "page": None}]
    export = export_of(rows, 2, only_key_frames=True)
    assert export.records[0]["task"]["tools"] == [rows[1], rows[2], {**rows[0], **ON}]
    assert (export.counts["keyFrameRows"], export.counts["interpolatedRows"]) == (1, 0)
    assert export.counts["annotations"] == 3


def test_rows_are_sorted_by_page_then_track_as_bytes() -> None:
    rows = [{"objectId": name, "page": 0, **OFF} for name in ("o2", "o\U0001f697", "o\uff5e", "o10")]
    written = rows_of([*rows, {"page": 0, "title": "no track"}, {"objectId": "z", "page": 1}], 2)
    names = [row.get("objectId") for row in written]
    assert names == [None, "o10", "o2", "o\uff5e", "o\U0001f697", "z"]


def test_a_tool_without_object_id_and_a_classification_without_any_id_stand_at_their_own_page_only() -> None:
    rows = [{"schemaId": "s1", "page": 0, "title": "b"}, {"schemaId": "s1", "page": 0, "title": "a"}]
    assert [row["title"] for row in rows_of(rows, 3)] == ["a", "b"]
    assert [row["page"] for row in rows_of([{"title": "a", "page": 1}], 3, "classifications")] == [1]


def test_a_classification_without_object_id_is_tracked_by_its_schema() -> None:
    rows = [{"schemaId": "s1", "answer": "a", "page": 0}, {"schemaId": "s1", "answer": "b", "page": 1}]
    written = rows_of(rows, 3, "classifications")
    assert [(row["page"], row["answer"]) for row in written] == [(0, "a"), (1, "b"), (2, "b")]


def test_of_two_rows_of_one_track_on_one_page_the_last_wins() -> None:
    rows = [car(1, 1), car(0, 0), car(1, 5, keyFrame=False), car(1, 2, **OFF), {"page": 1}, {"page": 1}]
    export = export_of(rows, 3)
    tools = export.records[0]["task"]["tools"]
    assert [(row["page"], row.get("objectId")) for row in tools] == [
        (0, "o1"),
        (1, None),
        (1, None),
        (1, "o1"),
    ]
    assert places([tools[-1]]) == [(1, 2)]
    assert export.counts["supersededRows"] == 2


def test_a_computed_row_is_its_earlier_key_frame_with_all_it_holds() -> None:
    nested = [{"answer": "a", "page": 0, "interpolationStopped": True, "classifications": []}]
    metadata = {"page": 9, "keyFrame": True}
    rows = rows_of([car(0, 0, classifications=nested, metadata=metadata), car(2, 4, title="Van")], 3)
    assert rows[1] == {**car(1, 2.0, classifications=nested, metadata=metadata), **ON}


@pytest.mark.parametrize("page", [-1, 1.5, "0", True, 3, [], {}])
def test_a_page_that_the_video_does_not_have_sets_the_task_aside(page: Any) -> None:
    for name in ("tools", "classifications"):
        export = export_of([{"page": 0}, {"page": page}], 3, name)
        assert export.dead_letters == [("tasks", ("tasks-0.ndjson", 1), "bad_page")]
        assert export.records == []


@pytest.mark.parametrize(
    ("total", "reason"),
    [
        *((total, "frame_total_out_of_range") for total in (0, -5, 10_000_001, 10**12)),
        *((total, "wrong_type") for total in ("30", 2.5, True, [], {})),
    ],
)
def test_a_video_without_a_possible_length_is_set_aside(total: Any, reason: str) -> None:
    assert [letter[-1] for letter in export_of([], total).dead_letters] == [reason]


@pytest.mark.parametrize("metadata", [{}, {"frameTotal": None}, None])
def test_pages_of_what_is_no_video_are_not_looked_at(metadata: Any) -> None:
    rows = [{"page": "x", "keyFrame": False}, {"page": -1}]
    task = {"taskId": "t1", "stage": "Complete", "metadata": metadata, "answer": {"tools": rows}}
    several = task | {"metadata": {"frameTotal": -5}, "dataset": ["p1"]}
    for source in (task, several):
        export = reference_export(tables_of(tasks=[source]), {"video": {"only_key_frames": True}})
        assert export.records[0]["task"]["tools"] == rows
        assert export.counts["keyFrameRows"] == 0
