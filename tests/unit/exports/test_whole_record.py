"""Lines become records in one piece; what is no part stays as it is."""

import orjson

from framehaul.transforms.exports.whole_record import whole_records
from reference.record_splitter import image, split, video


def without_part(record: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in record.items() if key != "part"}


def lines_of(records: list[dict[str, object]]) -> list[bytes]:
    return [orjson.dumps(record) for record in records]


def test_records_in_parts_and_others_come_out_whole_and_in_order() -> None:
    records = [image("a", "t1"), video("b", "t2", frames=9), image("c", "t3")]
    parts = [*split(records[0]), *split(records[1], [2, 3, 7]), *split(records[2])]
    found = list(whole_records(lines_of(parts), with_entries=False))
    assert [orjson.loads(line) for line in found] == [without_part(record) for record in records]


def test_a_text_that_looks_like_a_part_is_left_in_its_record() -> None:
    record = image("a", "t1")
    record["externalId"] = 'x,"part":{"index":0,"count":1,"firstPage":null,"lastPage":null}}'
    (part,) = split(record)
    assert [orjson.loads(line) for line in whole_records(lines_of([part]), with_entries=False)] == [
        without_part(record)
    ]


def test_a_record_without_part_stays_as_it_is() -> None:
    lines = [b'{"_id":"i1","content":"no part"}', b'{"part":7}']
    assert list(whole_records(lines, with_entries=False)) == lines
