"""Sums of figures, and the accounting that no record escapes."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.counts import Count
from framehaul.transforms.errors import AccountingError
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally, check_accounting
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS

SUMS = {
    TASKS.read: 10,
    TASKS.exported: 4,
    TASKS.not_selected: 3,
    TASKS.duplicates: 2,
    TASKS.dead_letters: 1,
    STAGE_HISTORY.read: 15,
    STAGE_HISTORY.exported: 5,
    STAGE_HISTORY.not_selected: 4,
    STAGE_HISTORY.orphans: 3,
    STAGE_HISTORY.duplicates: 2,
    STAGE_HISTORY.dead_letters: 1,
    FRAMES.read: 20,
    FRAMES.exported: 9,
    FRAMES.not_selected: 5,
    FRAMES.orphans: 4,
    FRAMES.dead_letters: 2,
}
PARTS = 7
REASONS = {"not_json": 3, "missing_key": 1}
LETTERS = {"tasks": 1, "stage_history": 1, "frames": 2}

NUMBERS = st.integers(0, 1000)
BY_NAME = st.dictionaries(st.sampled_from(["a", "b", "c"]), NUMBERS)
BY_SPLIT = st.dictionaries(st.integers(0, 3), NUMBERS)
TALLIES = st.builds(Tally, BY_NAME, BY_NAME, BY_NAME, BY_SPLIT, BY_SPLIT, NUMBERS)


def checked(
    changes: Mapping[str, int],
    *,
    records: int = PARTS,
    dead_letters: Mapping[str, int] = LETTERS,
    reasons: Mapping[str, int] = REASONS,
) -> str:
    """The message of the accounting, or "" if it is right."""
    counts = {**SUMS, **changes}
    try:
        check_accounting(
            Tally(counts, reasons=dict(reasons), parts=PARTS), records=records, dead_letters=dead_letters
        )
    except AccountingError as error:
        return str(error)
    return ""


def test_what_was_read_is_what_became_of_it() -> None:
    assert checked({}) == ""
    check_accounting(Tally(), records=0, dead_letters={})


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("off_by", [-1, 1])
def test_one_record_too_many_or_too_few_is_seen_in_every_count(name: Count, off_by: int) -> None:
    message = checked({name: SUMS[name] + off_by})
    assert message.startswith("records were lost or doubled, so no manifest is written: ")
    assert f"{name} {SUMS[name] + off_by}" in message or f"{name} is {SUMS[name] + off_by}" in message


def test_the_message_shows_both_sides_of_every_sum_that_is_off_and_no_other() -> None:
    assert checked({STAGE_HISTORY.read: 99}).partition("written: ")[2] == (
        "stageHistoryRead is 99, but stageHistoryExported 5 + stageHistoryNotSelected 4 + orphanStageHistory 3"
        " + duplicateStageHistory 2 + deadLetterStageHistory 1 is 15"
    )
    all_three = checked({STAGE_HISTORY.read: 99, TASKS.read: 9, FRAMES.read: 0})
    assert re.findall(r"(\w+) is \d+, but", all_three) == ["tasksRead", "stageHistoryRead", "framesRead"]


def test_lines_of_shards_are_counted_apart_from_the_parts_of_records() -> None:
    assert "lines in shards is 6, but parts of records 7 is 7" in checked({}, records=6)


def test_the_tools_of_an_answer_are_counted_by_title_and_those_of_a_video_by_kind() -> None:
    tally = Tally()
    tally.count_tools(ToolCounts({"car": 2, "": 1}))
    assert tally == Tally({Count.ANNOTATIONS: 3}, {"car": 2, "": 1})
    tally.count_tools(ToolCounts({"car": 4}, key_rows=1, computed_rows=3))
    assert tally.titles == {"car": 6, "": 1}
    assert tally.counts == {Count.ANNOTATIONS: 7, Count.KEY_FRAME_ROWS: 1, Count.INTERPOLATED_ROWS: 3}


def test_lines_of_dead_letters_are_counted_apart_from_their_reasons() -> None:
    message = checked({}, dead_letters={**LETTERS, "tasks": 2})
    assert "lines of dead letters is 5, but not_json 3 + missing_key 1 is 4" in message
    assert "lines of dead letters is 4" in checked({}, reasons={})


def test_lines_of_dead_letters_are_compared_with_the_count_of_every_table() -> None:
    """Two tables whose counts are off the other way round do not hide each other."""
    message = checked({}, dead_letters={"tasks": 1, "stage_history": 2, "frames": 1})
    assert message.partition("written: ")[2] == (
        "lines of dead letters of stage_history is 2, but deadLetterStageHistory 1 is 1; "
        "lines of dead letters of frames is 1, but deadLetterFrames 2 is 2"
    )


def test_what_is_set_aside_is_counted_in_its_table_and_by_its_reason() -> None:
    tally = Tally()
    for table in ("frames", "tasks", "frames"):
        tally.count_set_aside(SetAside(table, (0, 1), Reason.BAD_PAGE, "why"))
    assert tally == Tally({FRAMES.dead_letters: 2, TASKS.dead_letters: 1}, reasons={"bad_page": 3})


@given(st.lists(TALLIES, max_size=5), st.randoms(use_true_random=False))
def test_the_sum_does_not_depend_on_the_order(tallies: list[Tally], random: st.DataObject) -> None:
    shuffled = list(tallies)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Tally.sum(tallies) == Tally.sum(shuffled)


@given(st.lists(TALLIES, max_size=5), st.integers(0, 5))
def test_the_sum_of_sums_is_the_sum(tallies: list[Tally], cut: int) -> None:
    parts = [Tally.sum(tallies[:cut]), Tally.sum(tallies[cut:])]
    assert Tally.sum(parts) == Tally.sum(tallies)


@given(st.lists(TALLIES, min_size=1, max_size=3))
def test_adding_up_changes_no_part(tallies: list[Tally]) -> None:
    before = [Tally.sum([tally]) for tally in tallies]
    Tally.sum(tallies)
    assert tallies == before


def test_a_new_tally_shares_nothing_with_the_last() -> None:
    Tally().count(Count.RECORDS, 5)
    assert Tally() == Tally({}, {}, {}, {}, {}, 0)
