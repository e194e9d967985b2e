"""Expansion against a plain reading of transforms/README.md, "Video": one row after the other, with dicts."""

import math
from bisect import bisect_right
from itertools import pairwise

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.video.expansion import VideoOptions, expand
from framehaul.transforms.video.rows import Row
from unit.video.video_tools import BOX, KEYS, LAST_PAGE, expanded, row, rows_from

# The plain reading


def plainly_expanded(tools: list[dict], last_page: int) -> list[dict]:
    tracks: dict[str, dict[int, dict]] = {}
    for tool in tools:
        tracks.setdefault(tool["objectId"], {})[tool["page"]] = tool
    found = []
    for rows in tracks.values():
        keys = sorted(page for page, tool in rows.items() if tool.get("keyFrame") is not False)
        for page in range(last_page + 1):
            place = bisect_right(keys, page)
            if page in rows:
                found.append({key: value for key, value in rows[page].items() if key != "keyFrame"})
            elif place and not rows[keys[place - 1]]["interpolationStopped"]:
                later = rows[keys[place]] if place < len(keys) else None
                found.append(plainly_computed(rows[keys[place - 1]], later, page))
    return sorted(found, key=lambda tool: (tool["page"], tool["objectId"].encode()))


def plainly_computed(earlier: dict, later: dict | None, page: int) -> dict:
    computed = {**earlier, "page": page}
    for kind in ("bounding-box", "point", "polygon", "segmentation"):
        if later and kind in earlier and kind in later:
            step, length = page - earlier["page"], later["page"] - earlier["page"]
            shape = between(earlier[kind], later[kind], step, length)
            computed[kind] = earlier[kind] if shape is None else shape
    return computed


def between(start: object, end: object, step: int, length: int) -> object:
    if isinstance(start, dict) and isinstance(end, dict):
        parts = {key: between(value, end.get(key), step, length) for key, value in start.items()}
        return None if None in parts.values() else parts
    if isinstance(start, list) and isinstance(end, list) and len(start) == len(end):
        items = [between(one, other, step, length) for one, other in zip(start, end, strict=True)]
        return None if None in items else items
    if type(start) in (int, float) and type(end) in (int, float):
        value = start if start == end else start + (float(end) - float(start)) * step / length
        return value if math.isfinite(value) else None
    return None


numbers = st.integers(-50, 50) | st.floats(-1e6, 1e6).map(lambda number: round(number, 3)) | st.floats(-1, 1)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4)
rings = st.lists(points, max_size=2)
zones = st.lists(st.fixed_dictionaries({"region": points, "holes": rings}), max_size=2)
shapes = st.one_of(
    st.fixed_dictionaries({"bounding_box": st.fixed_dictionaries(dict.fromkeys(BOX, numbers))}),
    st.fixed_dictionaries({"point": st.tuples(numbers, numbers)}),
    st.fixed_dictionaries({"polygon": points}),
    st.fixed_dictionaries({"segmentation": st.fixed_dictionaries({"zones": zones})}),
    st.fixed_dictionaries({"polyline": points}),
    st.just({}),
)


@st.composite
def videos(draw: st.DrawFn) -> list[dict]:
    """Rows of up to three tracks in random order; each keeps to one or two shapes, so that some fit."""
    tools = []
    for track in draw(st.sets(st.sampled_from(["a", "b", "ü", "\U0001f600", "z%b"]), max_size=3)):
        kinds = draw(st.lists(shapes, min_size=1, max_size=2))
        for page in draw(st.sets(st.integers(0, LAST_PAGE), max_size=6)):
            shape = draw(st.sampled_from(kinds))
            shape = orjson.loads(orjson.dumps(shape))
            tool = row(page, stop=draw(st.integers(0, 3)) == 0, track=track, **moved(shape, draw(numbers)))
            if not tool["interpolationStopped"] and draw(st.integers(0, 4)) == 0:
                tool["keyFrame"] = False
            if draw(st.booleans()):
                tool = dict(reversed(tool.items()))
            tools.append(tool)
    return draw(st.permutations(tools))


def moved(shape: object, by: float) -> object:
    """The shape with every other coordinate moved, so that some stay as they are."""
    if isinstance(shape, dict):
        return {key: moved(value, by) for key, value in shape.items()}
    if isinstance(shape, list):
        return [moved(value, by * (place + 1) % 3) for place, value in enumerate(shape)]
    return shape + by


options = st.builds(VideoOptions, st.booleans(), st.booleans())


@settings(max_examples=300, deadline=None)
@given(videos())
def test_expansion_is_the_plain_reading_of_the_contract(tools):
    found, plain = expanded(tools), plainly_expanded(tools, LAST_PAGE)
    assert found == plain
    assert [list(tool) for tool in found] == [list(tool) for tool in plain]  # keys keep their order


@given(videos(), options)
def test_what_is_counted_is_what_is_there(tools, options):
    rows = rows_from(tools)
    found = expand(rows, 0, LAST_PAGE, LAST_PAGE, options)
    assert found.key_rows == sum(row.key for row in rows)
    assert found.key_rows + found.computed_rows == len(found.texts) == sum(found.titles.values())
    assert not options.only_key_frames or not found.computed_rows


@given(videos())
def test_there_is_one_row_for_each_frame_on_which_an_object_is_on_and_one_for_each_stop(tools):
    tools = [tool for tool in tools if "keyFrame" not in tool]
    tracks: dict[str, list[dict]] = {}
    for tool in sorted(tools, key=lambda tool: tool["page"]):
        tracks.setdefault(tool["objectId"], []).append(tool)
    frames = 0
    for rows in tracks.values():
        ends = [*(tool["page"] for tool in rows[1:]), LAST_PAGE + 1]
        for tool, end in zip(rows, ends, strict=True):
            frames += 1 if tool["interpolationStopped"] else end - tool["page"]
    assert len(expanded(tools)) == frames


@given(videos())
def test_key_frames_come_out_as_they_went_in(tools):
    flagged = expand(rows_from(tools), 0, LAST_PAGE, LAST_PAGE, VideoOptions(key_frame_flag=True))
    ending = b',"keyFrame":true}'
    keys = [text.removesuffix(ending) + b"}" for text in flagged.texts if text.endswith(ending)]
    assert keys == [row.text for row in rows_from(tools) if row.key]
    assert keys == expand(rows_from(tools), 0, LAST_PAGE, LAST_PAGE, KEYS).texts


@given(videos(), options, st.sets(st.integers(1, LAST_PAGE)))
def test_ranges_of_pages_put_together_are_the_whole(tools, options, cuts):
    rows = rows_from(tools)
    edges = [0, *sorted(cuts), LAST_PAGE + 1]
    ranges = [(first, end - 1) for first, end in pairwise(edges)]
    whole = expand(rows, 0, LAST_PAGE, LAST_PAGE, options)
    parts = [expand(rows, *pages, LAST_PAGE, options) for pages in ranges]
    neighbours = [expand(around(rows, *pages), *pages, LAST_PAGE, options) for pages in ranges]
    for several in (parts, neighbours):
        assert [text for part in several for text in part.texts] == whole.texts
        assert [page for part in several for page in part.pages.tolist()] == whole.pages.tolist()
        assert sum(part.computed_rows for part in several) == whole.computed_rows


def around(rows: list[Row], first: int, last: int) -> list[Row]:
    """The rows of some pages, and of each track the key rows next to them."""
    before: dict[str, Row] = {row.track: row for row in rows if row.key and row.page < first}
    after: dict[str, Row] = {row.track: row for row in reversed(rows) if row.key and row.page > last}
    inside = [row for row in rows if first <= row.page <= last]
    return sorted([*before.values(), *inside, *after.values()], key=lambda row: (row.page, row.track))
