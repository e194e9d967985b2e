"""Reasons for dead letters: codes that stay, in every form in which they travel."""

import pickle

import msgspec
import pytest

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter

# Stored forever: programs out there count dead letters by these. Add to them, and change none.
CODES = {
    *("not_utf8", "not_json", "number_out_of_range", "too_deep", "not_an_object"),
    *("missing_key", "wrong_type", "bad_time", "bad_page", "frame_total_out_of_range"),
    *("not_a_video", "line_too_long", "with_its_task"),
}


def test_no_code_changes() -> None:
    assert {str(reason) for reason in Reason} == CODES


@pytest.mark.parametrize("reason", Reason)
def test_an_error_is_the_same_after_it_was_sent_to_another_process(reason: Reason) -> None:
    error = pickle.loads(pickle.dumps(InvalidRecordError(reason, "why")))
    assert (error.reason, error.detail, str(error)) == (reason, "why", f"{reason.value}: why")
    assert error.reason.description == reason.description


@pytest.mark.parametrize("reason", Reason)
def test_a_dead_letter_comes_out_of_a_block_as_it_went_in(reason: Reason) -> None:
    letter = DeadLetter("tasks", (0, 1), reason, "why", b"{}")
    (found,) = msgspec.msgpack.decode(msgspec.msgpack.encode([letter]), type=list[DeadLetter])
    assert found == letter
    assert found.reason is reason
