"""Only the white space of JSON makes a line blank; any other line is a record, be it a broken one."""

import pytest

from framehaul.transforms.decode_records import decode_block
from framehaul.transforms.kinds.ango_v3.v3_kind import kind_with
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.sources.splits import Split

SPLIT = Split(0, "tasks", "a.ndjson", 9, "ndjson", "none", 0, 9, 9)


@pytest.mark.parametrize("line", [b"\x0c", b"\x0b", b"\x1f", b" \x0c "])
def test_a_line_of_other_white_space_is_set_aside(line: bytes) -> None:
    found = decode_block(RecordBlock(SPLIT, 1, [line]), kind_with(Fields()), Selection())
    assert found.entries == []
    assert [(letter.reason, letter.source) for letter in found.letters] == [("not_json", (0, 1))]


@pytest.mark.parametrize("line", [b"", b" ", b"\t \r"])
def test_a_blank_line_is_no_record(line: bytes) -> None:
    found = decode_block(RecordBlock(SPLIT, 1, [line]), kind_with(Fields()), Selection())
    assert (found.entries, found.letters, found.keys) == ([], [], [])
