"""How many rows a plan expects of a video."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.pipelines.config.selection_settings import VideoSection
from framehaul.pipelines.survey.video_row_counts import VideoRowCounts
from framehaul.transforms.errors import InvalidRecordError

EVERY_FRAME = VideoSection()
KEY_FRAMES = VideoSection(only_key_frames=True)


def row(page, *, track="a", stopped=False, **keys):
    return {"objectId": track, "page": page, "interpolationStopped": stopped, **keys}


def rows_of(*rows, frames=100, kind="tools"):
    counted = VideoRowCounts(frames)
    counted.add(kind, memoryview(orjson.dumps(list(rows))))
    return counted


@pytest.mark.parametrize(
    ("rows", "expanded"),
    [
        pytest.param([row(0)], 100, id="from its key frame to the end of the video"),
        pytest.param([row(98), row(99)], 2, id="from its first key frame"),
        pytest.param([row(10), row(20, stopped=True)], 11, id="up to a stop, which has a row"),
        pytest.param([row(10), row(20, stopped=True), row(90)], 21, id="off until it starts again"),
        pytest.param(
            [row(10), row(20, stopped=True), row(30, stopped=True)], 12, id="stopped while it is off"
        ),
        pytest.param([row(5, stopped=True)], 1, id="a stop without a start"),
        pytest.param([row(90), row(95, track="b")], 15, id="two objects"),
        pytest.param([row(90, track=None), row(90, track=None)], 2, id="objects without an id stand once"),
        pytest.param([{"objectId": "a"}, row(99)], 1, id="what has no page is no row of a frame"),
        pytest.param([], 0, id="nothing"),
    ],
)
def test_rows_in_order_are_counted_exactly(rows, expanded):
    assert rows_of(*rows).totals(EVERY_FRAME).rows == expanded


def on_frames(rows, frames):
    """The same, one frame after the other."""
    by_page = {each["page"]: each["interpolationStopped"] for each in rows}
    count, is_on = 0, False
    for page in range(frames):
        is_on = not by_page[page] if page in by_page else is_on
        count += is_on or page in by_page
    return count


pages_and_stops = st.dictionaries(st.integers(0, 59), st.booleans(), min_size=1)


@given(pages_and_stops)
def test_rows_in_order_are_as_many_as_frames_with_the_object(stops):
    rows = [row(page, stopped=stopped) for page, stopped in sorted(stops.items())]
    assert rows_of(*rows, frames=60).totals(EVERY_FRAME).rows == on_frames(rows, 60)


@given(pages_and_stops, st.randoms())
def test_rows_in_any_order_are_never_more_than_expected(stops, random):
    rows = [row(page, stopped=stopped) for page, stopped in stops.items()]
    random.shuffle(rows)
    totals = rows_of(*rows, frames=60).totals(EVERY_FRAME)
    assert on_frames(rows, 60) <= totals.rows <= 60
    assert totals.annotated_frames == len(stops)


def test_annotated_frames_are_distinct_pages_whatever_stands_there():
    rows = rows_of(row(7), row(7, track="b"), row(8, stopped=True))
    answers = [row(7, track="c"), row(30, track="c"), {"schemaId": "whole"}]
    rows.add("classifications", memoryview(orjson.dumps(answers)))
    assert rows.totals(EVERY_FRAME).annotated_frames == 3


def test_an_export_of_key_frames_leaves_computed_rows_out():
    rows = [
        row(0),
        row(1, keyFrame=False),
        row(2, interpolated=True),
        row(3, keyFrame=True),
        row(9, stopped=True),
    ]
    assert rows_of(*rows).totals(KEY_FRAMES).rows == 3


def test_a_classification_without_an_object_id_is_tracked_by_its_schema():
    answer = {"schemaId": "s", "page": 10}
    assert rows_of(answer, kind="classifications").totals(EVERY_FRAME).rows == 90
    assert rows_of(answer, kind="tools").totals(EVERY_FRAME).rows == 1


def test_rows_of_the_frames_table_have_the_page_of_their_record():
    rows = VideoRowCounts(100)
    for page in (5, 90):
        rows.add("tools", memoryview(b'[{"objectId":"a"},{"objectId":"b"}]'), page)
    totals = rows.totals(EVERY_FRAME)
    assert (totals.annotated_frames, totals.rows) == (2, 190)


def test_bytes_follow_the_average_row_and_the_flag():
    rows = [row(0), row(1)]
    plain = rows_of(*rows).totals(EVERY_FRAME)
    assert plain.bytes == 50 * len(orjson.dumps(rows))
    flagged = rows_of(*rows).totals(VideoSection(key_frame_flag=True))
    assert flagged.bytes - plain.bytes == 100 * len(',"keyFrame":true')


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (-1, "bad_page"),
        (100, "bad_page"),
        (1.5, "bad_page"),
        (1e300, "bad_page"),
        ("1", "bad_page"),
        (True, "bad_page"),
    ],
)
def test_what_is_no_frame_of_the_video_is_refused(page, reason):
    with pytest.raises(InvalidRecordError) as caught:
        rows_of(row(page))
    assert caught.value.reason == reason


def test_a_whole_number_may_be_written_as_a_fraction():
    assert rows_of(row(99.0)).totals(EVERY_FRAME).rows == 1
