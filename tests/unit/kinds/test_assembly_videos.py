"""Videos put together from their task, their stage history and the frames table, against the reference."""

from typing import Any

import orjson
import pytest
from hypothesis import settings

from framehaul.transforms.counts import Count
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from framehaul.transforms.video.expansion import VideoOptions
from unit.kinds.assemblies import (
    assembled,
    copy_of,
    entry_of,
    frames_of,
    video_of,
)

QUICK = settings(max_examples=150, deadline=None)
KEYS_ONLY = VideoOptions(only_key_frames=True)


def row(page: int | None = None, object_id: str = "o1", **changes: Any) -> dict[str, Any]:
    paged = {} if page is None else {"page": page}
    return {"objectId": object_id, "title": "car", **paged, **changes}


def pages_of(line: bytes) -> list[int | None]:
    return [tool.get("page") for tool in orjson.loads(line)["task"]["tools"]]


def test_a_video_is_one_part_with_all_of_its_pages() -> None:
    (line,) = assembled([video_of("t1", 507)]).parts()["t1"]
    assert orjson.loads(line)["part"] == {"index": 0, "count": 1, "firstPage": 0, "lastPage": 506}


def test_an_object_stands_on_every_page_that_it_is_on_in_the_answer_and_in_stage_history() -> None:
    tools = [row(1), row(3, interpolationStopped=True), row(None, "whole")]
    found = assembled([video_of("t1", 5, tools)], [entry_of("t1", "h1", answer={"tools": tools[:1]})])
    (line,) = found.parts()["t1"]
    assert pages_of(line) == [None, 1, 2, 3]
    (entry,) = orjson.loads(line)["task"]["stageHistory"]
    assert [tool["page"] for tool in entry["tools"]] == [1, 2, 3, 4]
    assert found.counts() == {Count.ANNOTATIONS: 4, Count.KEY_FRAME_ROWS: 2, Count.INTERPOLATED_ROWS: 1}
    assert found.assembly.tally.titles == {"car": 4}


def test_rows_of_the_frames_table_stand_in_the_answer_that_their_history_id_names() -> None:
    frames = [
        frames_of("t1", 2, tools=[row()]),
        frames_of("t1", 4, historyId="h1", tools=[row()], classifications=[{"schemaId": "s1"}]),
        frames_of("t1", 4, historyId="h9", tools=[row()]),
        frames_of("t1", 5, tools=[row()], source=(2, 9)),
        frames_of("t9", 0),
    ]
    found = assembled([video_of("t1", 5, [row(2, title="superseded")])], [entry_of("t1", "h1")], frames)
    (line,) = found.parts()["t1"]
    assert pages_of(line) == [2, 3, 4]
    (entry,) = orjson.loads(line)["task"]["stageHistory"]
    assert [len(entry[name]) for name in ("tools", "classifications", "relations")] == [1, 1, 0]
    assert [frames for *_, frames in found.members()] == [2]
    assert found.set_aside() == [("frames", (2, 9), "bad_page")]
    expected = {FRAMES.orphans: 2, FRAMES.dead_letters: 1, Count.SUPERSEDED_ROWS: 1}
    assert expected.items() <= found.counts().items()


def test_frames_of_what_is_no_video_are_set_aside_and_the_record_is_not() -> None:
    found = assembled([copy_of("t1")], [], [frames_of("t1", 0), frames_of("t1", 0, historyId="h9")])
    assert list(found.parts()) == ["t1"]
    assert [letter.reason for letter in found.letters] == ["not_a_video"]
    assert found.counts() == {FRAMES.dead_letters: 1, FRAMES.orphans: 1}


def test_frames_go_the_way_of_their_task() -> None:
    copies = [
        video_of("not selected", 5, createdAt="1999-01-01"),
        video_of("set aside", 5, externalId="x" * 5000),
    ]
    history = [entry_of("set aside", "h1"), entry_of("not selected", "h1")]
    frames = [
        frames_of(task_id, page, historyId=history_id)
        for task_id in ("not selected", "set aside", "not read")
        for page, history_id in ((0, None), (9, None), (1, "h1"), (1, "h9"))
    ]
    found = assembled(copies, history, frames, max_line_bytes=3000)
    assert found.parts() == {}
    assert found.counts() == {
        TASKS.not_selected: 1,
        STAGE_HISTORY.not_selected: 1,
        FRAMES.not_selected: 4,
        TASKS.dead_letters: 1,
        STAGE_HISTORY.dead_letters: 1,
        FRAMES.dead_letters: 4,
        FRAMES.orphans: 4,
    }


def test_without_stage_history_its_frames_are_not_selected() -> None:
    frames = [frames_of("t1", 0, tools=[row()]), frames_of("t1", 0, historyId="h1", tools=[row()])]
    found = assembled([video_of("t1", 5)], [], frames, with_history=False, video=KEYS_ONLY)
    assert pages_of(found.parts()["t1"][0]) == [0]
    assert found.counts()[FRAMES.not_selected] == 1


def test_a_bad_page_in_stage_history_sets_that_record_alone_aside() -> None:
    history = [
        entry_of("t1", "h1", source=(4, 2), answer={"tools": [row(5)]}),
        entry_of("t1", "h2", answer={"tools": [row(4)]}),
        entry_of("t2", "h3", answer={"tools": [row(5)]}),
    ]
    frames = [frames_of("t1", 0, historyId="h1"), frames_of("t1", 0, historyId="h9")]
    found = assembled([video_of("t1", 5), copy_of("t2")], history, frames)
    first, second = (orjson.loads(lines[0])["task"]["stageHistory"] for lines in found.parts().values())
    assert (len(first), len(second)) == (1, 1)
    assert found.set_aside() == [("frames", (2, 1), "with_its_task"), ("stage_history", (4, 2), "bad_page")]
    (letter, _) = sorted(found.letters, key=lambda letter: letter.table)
    assert "its stage-history record is set aside (bad_page)" in letter.detail
    assert found.counts()[STAGE_HISTORY.dead_letters] == 1
    assert found.counts()[FRAMES.dead_letters] == 1
    assert found.counts()[FRAMES.orphans] == 1, "nobody has read h9"


GIANT = row(3, extra="x" * (16 << 20))


def test_a_row_longer_than_a_line_may_ever_be_sets_the_task_aside_with_all_that_belongs_to_it() -> None:
    frames = [frames_of("t1", 4, tools=[row(4)])]
    found = assembled([video_of("t1", 5, [row(2), GIANT])], [entry_of("t1")], frames, video=KEYS_ONLY)
    assert found.lines == found.long == []
    assert found.set_aside() == [
        ("frames", (2, 1), "with_its_task"),
        ("stage_history", (1, 1), "with_its_task"),
        ("tasks", (0, 1), "line_too_long"),
    ]
    assert "a single row has 167" in next(each.detail for each in found.letters if each.table == "tasks")


@pytest.mark.parametrize("keys_only", [True, False])
def test_a_row_of_frames_or_of_stage_history_longer_than_a_line_may_ever_be_takes_itself_out(
    keys_only: bool,
) -> None:
    history = [
        entry_of("t1", "h1", (1, 1), answer={"tools": [GIANT]}),
        entry_of("t1", "h2", (1, 2), answer={"tools": [row(3)]}),
    ]
    frames = [
        frames_of("t1", 3, (2, 1), tools=[row(3), GIANT | {"objectId": "o2"}]),
        frames_of("t1", 3, (2, 2), historyId="h2", classifications=[{"schemaId": "s", **GIANT}]),
        frames_of("t1", 3, (2, 3), historyId="h1", tools=[row(3)]),
        frames_of("t1", 4, (2, 4), tools=[row(4)]),
    ]
    copies = [video_of("t1", 5, [row(2)])]
    found = assembled(copies, history, frames, video=VideoOptions(only_key_frames=keys_only))
    assert found.set_aside() == [
        ("frames", (2, 1), "line_too_long"),
        ("frames", (2, 2), "line_too_long"),
        ("frames", (2, 3), "with_its_task"),
        ("stage_history", (1, 1), "line_too_long"),
    ]
    (line,) = found.parts()["t1"]
    assert pages_of(line) == ([2, 4] if keys_only else [2, 3, 4])
    (entry,) = orjson.loads(line)["task"]["stageHistory"]
    assert entry["tools"][0]["page"] == 3
    assert [members for members in found.members() if members] == [(1, 1, 1)]


def test_in_one_piece_no_row_is_too_long() -> None:
    frames = [frames_of("t1", 3, tools=[GIANT])]
    found = assembled([video_of("t1", 5)], [], frames, video=KEYS_ONLY, splits=False)
    assert found.letters == []
    (line,) = found.parts()["t1"]
    assert pages_of(line) == [3]
