"""The awkward projects are as awkward as they promise, and their lines mean what they say."""

import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from awkward.broken_lines import REASONS, REASONS_OF, VIDEO_REASONS, broken_lines, valid_record
from awkward.lines import WRITINGS, split_into_files, tables_of, written
from awkward.projects import projects, selections
from awkward.records import stage_history_entry, task
from awkward.shapes import KINDS
from awkward.videos import video_project
from reference.export import reference_export
from reference.interpolation import MOVED

QUICK = settings(max_examples=30, deadline=None)
EVERYTHING = {"stages": "*", "task_types": "*"}


def no_dead_letters_in(table: str, record: Any) -> bool:
    return not reference_export({"tasks": {}, **tables_of(**{table: [record]})}, EVERYTHING).dead_letters


BROKEN = {(table, reason) for table, reasons in REASONS_OF.items() for reason in reasons}


@pytest.mark.parametrize(
    ("table", "reason"), sorted({*BROKEN, *(("tasks", reason) for reason in VIDEO_REASONS)})
)
def test_a_broken_line_is_broken_for_the_reason_it_names(table: str, reason: str) -> None:
    lines = broken_lines(table, reason)
    letters = reference_export({"tasks": {}, **tables_of(**{table: lines})}, {}).dead_letters
    assert lines
    assert letters == [(table, (f"{table}-0.ndjson", number), reason) for number in range(1, len(lines) + 1)]


@pytest.mark.parametrize("table", ["tasks", "stage_history", "frames"])
def test_what_broken_lines_are_made_from_is_not_broken(table: str) -> None:
    assert no_dead_letters_in(
        table, valid_record(table, note="x", stageId="x", duration=5, answer={"tools": [{}]})
    )


def test_records_that_are_meant_to_be_valid_are() -> None:
    for seed in range(0, 2**16, 199):
        writing = WRITINGS[seed % len(WRITINGS)]
        assert no_dead_letters_in("tasks", written(task(seed, with_videos=True), writing))
        assert no_dead_letters_in("stage_history", written(stage_history_entry(seed), writing))


def test_all_ways_to_write_a_record_mean_the_same() -> None:
    record = valid_record(
        "tasks", externalId="\U0001f408", answer={"tools": [{"title": "a"}], "relations": []}
    )
    lines = {written(record, writing) for writing in WRITINGS}
    exports = [reference_export(tables_of(tasks=[line]), {}).records for line in lines]
    assert len(lines) > 50
    assert all(export == exports[0] for export in exports)


@given(st.lists(st.sampled_from([b"{}", b"", b"x"]), max_size=5), st.data())
def test_splitting_keeps_every_line_in_order(lines: list[bytes], data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(lines))))
    files = split_into_files("tasks", lines, cuts)
    assert len(files) == len(cuts) + 1
    assert b"".join(files.values()) == b"".join(line + b"\n" for line in lines)


@QUICK
@given(projects())
def test_projects_without_videos_have_none(tables: dict[str, dict[str, bytes]]) -> None:
    records = reference_export(tables, EVERYTHING).records
    assert all(record["part"]["lastPage"] is None for record in records)


COUNTS_THAT_HAPPEN = {
    *("tasksExported", "tasksNotSelected", "duplicateTasks", "deadLetterTasks"),
    *("stageHistoryExported", "stageHistoryNotSelected", "orphanStageHistory", "duplicateStageHistory"),
    *("deadLetterStageHistory", "framesExported", "framesNotSelected", "orphanFrames", "deadLetterFrames"),
    *("annotations", "keyFrameRows", "interpolatedRows", "supersededRows"),
}


def test_every_count_and_every_reason_happens() -> None:
    happened: set[str] = set()

    @settings(max_examples=150, phases=[Phase.generate], derandomize=True, deadline=None, database=None)
    @given(projects(with_videos=True), selections(with_videos=True))
    def sample(tables: Any, export: Any) -> None:
        result = reference_export(tables, export)
        happened.update(name for name, count in result.counts.items() if count)
        happened.update(reason for _table, _source, reason in result.dead_letters)

    sample()
    assert {*COUNTS_THAT_HAPPEN, *REASONS, *VIDEO_REASONS, "not_a_video"} <= happened


def test_videos_hold_rows_of_every_tool_and_frames_between_key_frames_of_those_that_move() -> None:
    shown: set[str] = set()
    moved: set[str] = set()
    for seed in range(40):
        tables = tables_of(**video_project(seed)._asdict())
        video = {"key_frame_flag": True}
        for record in reference_export(tables, {**EVERYTHING, "video": video}).records:
            rows = record["task"]["tools"]
            keys = [
                json.dumps(row[kind]) for row in rows for kind in KINDS if kind in row and row.get("keyFrame")
            ]
            shown |= {kind for row in rows for kind in KINDS if kind in row}
            moved |= {
                kind for row in rows for kind in KINDS if kind in row and json.dumps(row[kind]) not in keys
            }
    assert shown == set(KINDS)
    assert moved >= set(MOVED)
