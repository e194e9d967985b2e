"""Bytes that a row has on any page, computed without writing it."""

from itertools import pairwise

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.video.expansion import VideoOptions, expand
from framehaul.transforms.video.page_bytes import PageBytes
from framehaul.transforms.video.rows import Row, rows_of, settled

LAST_PAGE = 120  # pages of one, two and three digits
FULL = VideoOptions()

numbers = st.integers(-50, 50) | st.floats(allow_nan=False, allow_infinity=False)
shapes = st.one_of(
    st.fixed_dictionaries({"point": st.tuples(numbers, numbers)}),
    st.fixed_dictionaries({"polygon": st.lists(st.tuples(numbers, numbers), min_size=2, max_size=3)}),
    st.fixed_dictionaries({"polyline": st.lists(numbers)}),
)
options = st.builds(VideoOptions, st.booleans(), st.booleans())


@st.composite
def videos(draw: st.DrawFn, shapes: st.SearchStrategy[dict] = shapes) -> list[Row]:
    tools = []
    for track in draw(st.sets(st.sampled_from(["a", "b", "\u00fc"]), min_size=1)):
        for page in draw(st.sets(st.integers(0, LAST_PAGE), max_size=6)):
            marks = draw(st.sampled_from([{}, {}, {"keyFrame": False}, {"interpolationStopped": True}]))
            tools.append({**draw(shapes), "objectId": track, "page": page, **marks})
    if draw(st.booleans()):
        tools.append({"page": draw(st.integers(0, LAST_PAGE))})
    return rows_from(tools)


def rows_from(tools: list[dict]) -> list[Row]:
    return settled(rows_of(orjson.dumps(tools), last_page=LAST_PAGE, classifications=False), [])[0]


def bound(portions: list[list[Row]], options: VideoOptions) -> list[int]:
    page_bytes = PageBytes(LAST_PAGE + 1, options)
    for rows in portions:
        page_bytes.add(rows)
    return page_bytes.totals().tolist()


def true_bytes(rows: list[Row], options: VideoOptions) -> list[int]:
    found = expand(rows, 0, LAST_PAGE, LAST_PAGE, options)
    totals = [0] * (LAST_PAGE + 1)
    for page, text in zip(found.pages.tolist(), found.texts, strict=True):
        totals[page] += len(text) + 1
    return totals


@settings(deadline=None)
@given(videos(), options)
def test_no_page_is_longer_than_its_bound(rows, options):
    pairs = zip(true_bytes(rows, options), bound([rows], options), strict=True)
    assert all(true <= most for true, most in pairs)


@settings(deadline=None)
@given(videos(), st.booleans())
def test_the_bound_is_exact_where_only_key_frames_are_written(rows, flag):
    options = VideoOptions(only_key_frames=True, key_frame_flag=flag)
    assert bound([rows], options) == true_bytes(rows, options)


@settings(deadline=None)
@given(videos(st.fixed_dictionaries({"polyline": st.lists(numbers)})), st.booleans())
def test_the_bound_is_exact_where_everything_is_held(rows, flag):
    options = VideoOptions(key_frame_flag=flag)
    assert bound([rows], options) == true_bytes(rows, options)


@settings(deadline=None)
@given(videos(), options, st.data())
def test_the_bound_does_not_depend_on_how_the_rows_are_portioned(rows, options, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(rows)))))
    edges = [0, *cuts, len(rows)]
    portions = [rows[first:end] for first, end in pairwise(edges)]
    page_bytes = PageBytes(LAST_PAGE + 1, options)
    for portion in portions:
        page_bytes.add(portion)
        page_bytes.totals()  # so that no portion waits for the next one
    assert page_bytes.totals().tolist() == bound([rows], options)


def test_many_small_portions_are_one_large_one():
    tools = [
        {"point": [page % 7, number], "objectId": f"{number}", "page": page}
        for number in range(60)
        for page in range(number % 3, LAST_PAGE, 2)
    ]
    rows = rows_from([*tools, {"page": 0, "title": "x" * 5_000_000}])
    assert bound([[row] for row in rows], FULL) == bound([rows], FULL)


def test_a_bound_is_known():
    tools = [
        {"point": [1, 5], "objectId": "a", "page": 8},
        {"point": [2, 5], "objectId": "a", "page": 11},
        {"objectId": "a", "page": 12, "interpolationStopped": True},
    ]
    first, _, stop = (len(row.text) for row in rows_from(tools))
    # One coordinate moves, so that it is taken as 25 bytes; each row has a comma.
    assert bound([rows_from(tools)], FULL)[7:14] == [
        0, first + 1, first + 25, first + 26, first + 2, stop + 1, 0
    ]  # fmt: skip


def test_a_number_of_very_many_digits_that_stays_as_it_is_counts_in_full():
    tools = b'[{"point":[0.%b,0],"objectId":"a","page":0},{"point":[0.%b,1],"objectId":"a","page":9}]'
    rows = settled(rows_of(tools % (b"1" * 99, b"1" * 98), last_page=LAST_PAGE, classifications=False), [])[0]
    assert all(true <= most for true, most in zip(true_bytes(rows, FULL), bound([rows], FULL), strict=True))


def test_a_video_without_rows_has_no_bytes():
    assert bound([], FULL) == bound([[]], FULL) == [0] * (LAST_PAGE + 1)
