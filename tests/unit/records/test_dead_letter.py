"""A line of ``dead-letters.ndjson``."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter, render_dead_letter


def letter(record: bytes, detail: str = "") -> DeadLetter:
    return DeadLetter("tasks", (0, 1), Reason.NOT_JSON, detail, record)


def test_known_line() -> None:
    # Stored forever: programs out there read these names.
    line = render_dead_letter(
        DeadLetter("stage_history", (4, 7), Reason.MISSING_KEY, "taskId is absent", b'{"stage":"Review"}'),
        "dump/history.ndjson:1007",
    )
    assert line == (
        b'{"table":"stage_history","source":"dump/history.ndjson:1007","reason":"missing_key",'
        b'"detail":"taskId is absent","record":"{\\"stage\\":\\"Review\\"}"}\n'
    )


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (b'{"a":"\xff\xc3"}', '{"a":"\\xff\\xc3"}'),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        ("\u00fc\U0001f600".encode(), "\u00fc\U0001f600"),
        (b"\x00\n", "\x00\n"),
        (b"", ""),
    ],
)
def test_bytes_that_are_no_text_are_shown(record: bytes, shown: str) -> None:
    assert orjson.loads(render_dead_letter(letter(record), "x:1"))["record"] == shown


@given(st.binary(max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_every_dead_letter_is_one_line_of_json(record: bytes, detail: str, place: str) -> None:
    line = render_dead_letter(letter(record, detail), place)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert list(orjson.loads(line)) == ["table", "source", "reason", "detail", "record"]
    assert orjson.loads(line)["source"] == place
