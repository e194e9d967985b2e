"""Rows of one answer: read from JSON, told apart by track and page, and what sets a record aside."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.video.rows import NO_PAGE, Row, rows_of, settled


def tools_of(content: bytes, *, last_page: int = 9, page: int | None = None) -> list[Row]:
    return rows_of(content, last_page=last_page, classifications=False, page=page)


def only_row(content: bytes, *, page: int | None = None) -> Row:
    (row,) = tools_of(b"[%b]" % content, page=page)
    return row


def row(page: int, track: str, text: bytes, *, key: bool = True) -> Row:
    return Row(page, track, False, key, text, "")


COMPLETE = b'{"polygon":[[1,2]],"objectId":"a","page":3,"interpolationStopped":false,"title":"Car"}'


def test_a_complete_row_keeps_its_bytes():
    assert only_row(COMPLETE) == Row(3, "a", False, True, COMPLETE, "Car")


def test_rows_stay_in_the_order_of_the_source():
    content = b'[{"page":5,"objectId":"b"},{"page":1,"objectId":"a"},{"page":5,"objectId":"a"}]'
    assert [(row.page, row.track) for row in tools_of(content)] == [(5, "b"), (1, "a"), (5, "a")]


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (b'{"page":3}', b'{"page":3,"interpolationStopped":false}'),
        (b'{"interpolationStopped":null,"page":3}', b'{"interpolationStopped":false,"page":3}'),
        (b'{"page":3.0,"interpolationStopped":true}', b'{"page":3,"interpolationStopped":true}'),
        (b'{"page":3e0,"interpolationStopped":true}', b'{"page":3,"interpolationStopped":true}'),
        (
            b'{"page":3,"interpolationStopped":false,"keyFrame":true}',
            b'{"page":3,"interpolationStopped":false}',
        ),
        (b'{"keyFrame":false,"page":3}', b'{"page":3,"interpolationStopped":false}'),
        (b'{"keyFrame":null,"interpolated":true,"page":3}', b'{"page":3,"interpolationStopped":false}'),
        (b'{"page":3,"interpolated":false,"a":1}', b'{"page":3,"a":1,"interpolationStopped":false}'),
        (b'{"page":3,"keyFrame":true,"keyFrame":false}', b'{"page":3,"interpolationStopped":false}'),
        (b'{"page":3,"key\\u0046rame":true,"t":"%"}', b'{"page":3,"t":"%","interpolationStopped":false}'),
        (
            b'{"page":3,"keyFrame":true,"t":"\\"keyFrame\\":true,"}',
            b'{"page":3,"t":"\\"keyFrame\\":true,","interpolationStopped":false}',
        ),
        (
            b'{"classifications":[{"a":1,"keyFrame":true,"page":7}],"page":3,"interpolated":false}',
            b'{"classifications":[{"a":1,"keyFrame":true,"page":7}],"page":3,"interpolationStopped":false}',
        ),
        (
            b'{"classifications":[{"a":1,"keyFrame":true}],"page":3,"keyFrame":true}',
            b'{"classifications":[{"a":1,"keyFrame":true}],"page":3,"interpolationStopped":false}',
        ),
        (
            b'{"pag\\u0065":3.0,"interpolationStopped":false}',
            b'{"pag\\u0065":3,"interpolationStopped":false}',
        ),
        (
            b'{"n":{"page":9},"page":3.0,"interpolationStopped":false}',
            b'{"n":{"page":9},"page":3,"interpolationStopped":false}',
        ),
        (
            b'{"keyFrame" : true , "page" : 3.0 , "interpolationStopped":false}',
            b'{"page" : 3 , "interpolationStopped":false}',
        ),
    ],
)
def test_only_what_has_to_change_is_written_anew(source, written):
    assert only_row(source).text == written
    assert only_row(source).page == 3


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (b"{}", b'{"page":4,"interpolationStopped":false}'),
        (b'{"a":1}', b'{"a":1,"page":4,"interpolationStopped":false}'),
        (b'{"interpolationStopped":true}', b'{"interpolationStopped":true,"page":4}'),
        (b'{"page":null,"interpolationStopped":true}', b'{"page":4,"interpolationStopped":true}'),
        (b'{"page":7,"interpolationStopped":true}', b'{"page":4,"interpolationStopped":true}'),
        (b'{"page":"x","interpolationStopped":true}', b'{"page":4,"interpolationStopped":true}'),
        (b'{"keyFrame":false}', b'{"page":4,"interpolationStopped":false}'),
        (
            b'{"classifications":[{"page":7}]}',
            b'{"classifications":[{"page":7}],"page":4,"interpolationStopped":false}',
        ),
    ],
)
def test_a_row_of_the_frames_table_gets_the_page_of_its_record(source, written):
    found = only_row(source, page=4)
    assert (found.page, found.text) == (4, written)


@pytest.mark.parametrize("page", [b"-1", b"10", b"2.5", b'"3"', b"true", b"[3]", b"{}", b"1e300"])
def test_a_page_that_is_no_frame_of_the_video_is_refused(page):
    with pytest.raises(InvalidRecordError, match="a page is a whole number from 0 to 9") as caught:
        tools_of(b'[{"page":0},{"page":%b}]' % page)
    assert caught.value.reason == "bad_page"


def test_a_frames_record_past_the_end_of_the_video_is_refused():
    with pytest.raises(InvalidRecordError, match="from 0 to 9") as caught:
        tools_of(b"[{}]", page=10)
    assert caught.value.reason == "bad_page"


@pytest.mark.parametrize(
    "content",
    [b"[3]", b"{}", b'[{"page":1,"keyFrame":"yes"}]', b'[{"interpolationStopped":1}]', b'[{"objectId":7}]'],
)
def test_a_value_of_another_type_is_refused(content):
    with pytest.raises(InvalidRecordError) as caught:
        tools_of(content)
    assert caught.value.reason == "wrong_type"


@pytest.mark.parametrize(
    "source",
    [b'{"objectId":"a","keyFrame":false}', b'{"page":null,"title":"x"}', b'{"classifications":[{"page":2}]}'],
)
def test_a_row_without_page_is_no_video_row_and_keeps_its_bytes(source):
    found = only_row(source)
    assert (found.page, found.text) == (NO_PAGE, source)


@pytest.mark.parametrize(
    ("marks", "is_key"),
    [
        (b"", True),
        (b',"keyFrame":true', True),
        (b',"keyFrame":null', True),
        (b',"keyFrame":false', False),
        (b',"interpolated":true', False),
        (b',"interpolated":false', True),
        (b',"keyFrame":true,"interpolated":true', False),
        (b',"keyFrame":false,"interpolationStopped":true', True),
    ],
)
def test_a_row_is_a_key_row_unless_marked_and_a_stop_row_always_is(marks, is_key):
    assert only_row(b'{"page":1%b}' % marks).key is is_key


@pytest.mark.parametrize(
    ("source", "of_tool", "of_classification"),
    [
        (b'{"objectId":"o","schemaId":"s"}', "o", "o"),
        (b'{"schemaId":"s"}', "", "s"),
        (b'{"objectId":null,"schemaId":"s"}', "", "s"),
        (b'{"title":"t"}', "", ""),
    ],
)
def test_a_track_is_an_object_or_the_question_of_a_classification(source, of_tool, of_classification):
    found = [rows_of(b"[%b]" % source, last_page=0, classifications=answers)[0] for answers in (False, True)]
    assert [row.track for row in found] == [of_tool, of_classification]


# Settling


def test_rows_are_sorted_by_page_then_by_the_utf8_of_their_track():
    rows = [
        row(1, "\U0001f600", b"1"),
        row(1, "\uffff", b"2"),
        row(0, "z", b"3"),
        row(1, "ab", b"4"),
        row(1, "a", b"5"),
    ]
    assert [found.text for found in settled(rows, [])[0]] == [b"3", b"5", b"4", b"2", b"1"]


def test_the_last_of_several_rows_of_a_record_wins():
    rows = [row(1, "a", b"z"), row(1, "b", b"other"), row(1, "a", b"y"), row(1, "a", b"x")]
    kept, superseded = settled(rows, [])
    assert ([found.text for found in kept], superseded) == ([b"x", b"other"], 2)


def test_a_row_of_the_frames_table_wins_and_of_several_the_bytewise_greater_one():
    kept, superseded = settled([row(1, "a", b"z")], [row(1, "a", b"p"), row(1, "a", b"q"), row(1, "a", b"b")])
    assert ([found.text for found in kept], superseded) == ([b"q"], 3)


def test_rows_of_no_track_all_stay_in_the_order_of_their_bytes():
    kept, superseded = settled([row(1, "", b"b"), row(1, "", b"a")], [row(1, "", b"a"), row(1, "a", b"")])
    assert ([found.text for found in kept], superseded) == ([b"a", b"a", b"b", b""], 0)


def test_rows_without_page_are_left_out():
    assert settled([row(NO_PAGE, "a", b"1"), row(0, "a", b"2")], []) == ([row(0, "a", b"2")], 0)
    assert settled([], []) == ([], 0)


some_rows = st.lists(
    st.builds(
        row, st.integers(0, 3), st.sampled_from(["", "a", "b"]), st.binary(max_size=1), key=st.booleans()
    )
)


@given(some_rows, some_rows, st.randoms())
def test_the_order_of_the_frames_table_does_not_matter(record_rows, table_rows, random):
    shuffled = random.sample(table_rows, len(table_rows))
    assert settled(record_rows, table_rows) == settled(record_rows, shuffled)


@given(some_rows, some_rows)
def test_one_row_of_each_track_and_page_stays_and_the_others_are_counted(record_rows, table_rows):
    kept, superseded = settled(record_rows, table_rows)
    places = [(found.page, found.track) for found in kept if found.track]
    everything = [*record_rows, *table_rows]
    assert sorted(places) == sorted({(found.page, found.track) for found in everything if found.track})
    assert len(kept) + superseded == len(everything)
    assert kept == sorted(
        kept, key=lambda found: (found.page, found.track, found.text if not found.track else b"")
    )


def test_a_hundred_thousand_objects_stand_on_one_frame():
    tools = [
        {"objectId": f"{number:x}", "page": 1, "interpolationStopped": False} for number in range(100_000)
    ]
    kept, superseded = settled(tools_of(orjson.dumps(tools[::-1])), tools_of(orjson.dumps(tools)))
    assert (len(kept), superseded) == (100_000, 100_000)
