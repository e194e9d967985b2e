"""Known answers of the expansion, and input that it has to hold."""

import orjson
import pytest

from framehaul.transforms.video.expansion import VideoOptions, expand
from framehaul.transforms.video.rows import rows_of, settled
from unit.video.video_tools import BOX, FULL, KEYS, LAST_PAGE, decoded, expanded, row, rows_from


def test_the_example_of_the_format_gives_26_rows():
    tools = [
        row(0, bounding_box=BOX),
        row(20, bounding_box=BOX | {"x": 50}),
        row(25, stop=True, bounding_box=BOX | {"x": 50}),
    ]
    found = expanded(tools, last_page=99)
    assert [tool["page"] for tool in found] == list(range(26))
    assert [tool["bounding-box"]["x"] for tool in found] == [*range(10, 50, 2), *[50] * 6]
    assert [tool["page"] for tool in found if tool["interpolationStopped"]] == [25]


def test_the_bytes_of_a_computed_row_are_known():
    tools = b'[{"bounding-box":{"x":10,"y":1e1,"height":20,"width":20.0},"objectId":"a","page":0,"title":"100% \\u00e9"},'
    tools += b'{"bounding-box":{"width":20,"y":10,"x":50,"height":21},"objectId":"a","page":20}]'
    rows = settled(rows_of(tools, last_page=20, classifications=False), [])[0]
    assert expand(rows, 1, 1, 20, VideoOptions(key_frame_flag=True)).texts == [
        b'{"bounding-box":{"x":12.0,"y":1e1,"height":20.05,"width":20.0},"objectId":"a","page":1,"title":"100% \\u00e9"'
        b',"interpolationStopped":false,"keyFrame":false}'
    ]


@pytest.mark.parametrize("number", [1e16, 1.5e300, 5e-324, 1 / 3, -0.1, 123456789.125, 1e-7])
def test_coordinates_are_written_as_orjson_writes_one_number(number):
    tools = [row(0, point=[0, 0]), row(2, point=[0, 2 * number])]
    text = expand(rows_from(tools), 1, 1, 2, FULL).texts[0]
    assert text.startswith(b'{"point":[0,%b]' % orjson.dumps(2 * number / 2))


def test_an_object_is_off_from_a_stop_row_to_its_next_key_frame():
    tools = [row(1, point=[0, 0]), row(3, stop=True), row(6, point=[5, 5]), row(8, stop=True)]
    assert [tool["page"] for tool in expanded(tools)] == [1, 2, 3, 6, 7, 8]


def test_an_object_holds_after_its_last_key_frame_until_the_video_ends():
    assert [tool["page"] for tool in expanded([row(10, polygon=[[1, 2]])])] == [10, 11, 12]


def test_an_object_moves_towards_the_shape_of_a_stop_row():
    found = expanded([row(0, point=[0, 0]), row(2, stop=True, point=[4, 0])])
    assert [tool["point"] for tool in found] == [[0, 0], [2, 0], [4, 0]]


def test_a_stop_without_a_start_stands_alone():
    assert [tool["page"] for tool in expanded([row(4, stop=True)])] == [4]


def test_a_computed_row_of_the_source_is_kept_and_no_end_of_an_interpolation():
    tools = [row(0, point=[0, 0]), {**row(2, point=[9, 9]), "keyFrame": False}, row(4, point=[4, 0])]
    assert [tool["point"][0] for tool in expanded(tools)[:5]] == [0, 1, 9, 3, 4]
    assert [tool["page"] for tool in expanded(tools, options=KEYS)] == [0, 4]


def test_a_computed_row_before_any_key_frame_switches_nothing_on():
    assert [tool["page"] for tool in expanded([{**row(2, point=[9, 9]), "interpolated": True}])] == [2]


def test_rows_of_no_track_stand_at_their_page_only():
    tools = [{"page": 3, "point": [1, 1]}, {"page": 3, "point": [2, 2]}, row(3, point=[0, 0], track="a")]
    assert [(tool["page"], tool.get("objectId")) for tool in expanded(tools, last_page=4)] == [
        (3, None),
        (3, None),
        (3, "a"),
        (4, "a"),
    ]


def test_coordinates_are_matched_by_key_and_other_keys_are_the_earlier_ones():
    tools = [
        row(0, bounding_box={"x": 0, "y": 0, "width": 2, "height": 2, "note": "1"}),
        row(2, bounding_box={"height": 4, "note": "2", "width": 2, "y": 8, "x": 2, "z": 3}),
    ]
    assert expanded(tools)[1]["bounding-box"] == {"x": 1, "y": 4, "width": 2, "height": 3, "note": "1"}


def test_an_absent_list_of_holes_is_an_empty_one():
    zones = [{"region": [[0, 0], [2, 2]]}], [{"holes": [], "region": [[2, 0], [2, 4]]}]
    tools = [row(2 * page, segmentation={"zones": own}) for page, own in enumerate(zones)]
    assert expanded(tools)[1]["segmentation"] == {"zones": [{"region": [[1, 0], [2, 3]]}]}


def test_digits_in_strings_are_no_coordinates():
    zones = [
        [{"id": "7-1", "2": 3, "region": [[0, 0]], "\\": "1"}],
        [{"id": "8-.5", "region": [[2, 0]], "confidence": 1e-3}],
    ]
    tools = [row(2 * page, segmentation={"zones": own}) for page, own in enumerate(zones)]
    assert expanded(tools)[1]["segmentation"] == {"zones": [zones[0][0] | {"region": [[1, 0]]}]}


def test_an_escaped_key_is_the_key_that_it_stands_for():
    tools = rb'[{"p\u0061ge":0,"p\u006fint":[0],"bounding-b\u006fx":null,"objectId":"a"},'
    tools += rb'{"page":2,"point":[2],"objectId":"a"},'
    tools += rb'{"page":4,"objectId":"b","bounding-box":{"\u0078":0,"y":0,"width":0,"height":0}},'
    tools += rb'{"page":6,"objectId":"b","bounding-box":{"x":2,"y":0,"width":0,"height":0}}]'
    rows = settled(rows_of(tools, last_page=6, classifications=False), [])[0]
    texts = expand(rows, 0, 6, 6, FULL).texts
    assert texts[1].startswith(rb'{"p\u0061ge":1,"p\u006fint":[1.0],"bounding-b\u006fx":null')
    assert any(rb'{"\u0078":1.0,"y":0,"width":0,"height":0}' in text for text in texts)


def test_a_page_within_a_string_or_a_nested_object_is_not_the_page_of_the_row():
    tool = {
        "t": '"page":5,',
        "n": {"page": 5, "polygon": [[0]]},
        "classifications": [{"page": 5}],
        **row(0, point=[0]),
    }
    found = expanded([tool, {**tool, "page": 2, "point": [2]}])
    assert found[1] == {**tool, "page": 1, "point": [1.0]}


def test_frame_specific_answers_are_held():
    answers = [
        {"schemaId": "s", "answer": answer, "page": page, "interpolationStopped": stop}
        for answer, page, stop in [("First", 0, False), ("Second", 10, False), ("Second", 20, True)]
    ]
    content = orjson.dumps([*answers, {"schemaId": "s", "answer": "Third", "page": 49}])
    rows = settled(rows_of(content, last_page=50, classifications=True), [])[0]
    found = decoded(expand(rows, 0, 50, 50, FULL))
    assert [tool["answer"] for tool in found] == [*["First"] * 10, *["Second"] * 11, *["Third"] * 2]


# Bad input: held, never a wrong row


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param({"point": [0, 0]}, {"polygon": [[2, 2]]}, id="a-shape-that-changes-kind"),
        pytest.param({"polygon": [[0, 0], [1, 1]]}, {"polygon": [[2, 2]]}, id="unequal-point-counts"),
        pytest.param({"polygon": [[0, 0]]}, {"polygon": [[2, 2, 2]]}, id="unequal-dimensions"),
        pytest.param({"point": [0, 0]}, {}, id="no-shape"),
        pytest.param({}, {"point": [0, 0]}, id="no-earlier-shape"),
        pytest.param({"point": None}, {"point": [0, 0]}, id="null"),
        pytest.param({"point": [0, True]}, {"point": [2, False]}, id="no-numbers"),
        pytest.param({"point": [0, "1"]}, {"point": [2, "3"]}, id="numbers-in-strings"),
        pytest.param({"point": 0}, {"point": 2}, id="a-bare-number"),
        pytest.param({"polygon": [0, 0]}, {"polygon": [2, 2]}, id="no-points"),
        pytest.param({"bounding_box": BOX}, {"bounding_box": {"x": 2, "y": 2}}, id="half-a-box"),
        pytest.param(
            {"bounding_box": {"x1": 1, "y1": 1}}, {"bounding_box": {"x1": 3, "y1": 1}}, id="a-3d-box"
        ),
        pytest.param({"bounding_box": [1, 2, 3, 4]}, {"bounding_box": [3, 2, 3, 4]}, id="a-list-for-a-box"),
        pytest.param({"segmentation": {"zones": []}}, {"segmentation": {"zones": []}}, id="no-zones"),
        pytest.param(
            {"segmentation": {"zones": [0]}}, {"segmentation": {"zones": [2]}}, id="zones-of-numbers"
        ),
        pytest.param(
            {"segmentation": {"zones": [{"holes": []}]}},
            {"segmentation": {"zones": [{"holes": [], "x": 2}]}},
            id="a-zone-without-region",
        ),
        pytest.param({"polyline": [[0, 0]]}, {"polyline": [[2, 2]]}, id="a-tool-that-is-held"),
        pytest.param({"circle": {"x": 0}}, {"circle": {"x": 2}}, id="another-tool-that-is-held"),
        pytest.param({"point": [1e308]}, {"point": [-1e308]}, id="an-overflow"),
        pytest.param({"point": [1e308, 0]}, {"point": [-1e308, 9]}, id="an-overflow-of-one-coordinate"),
        pytest.param({"point": [0], "polygon": [[0]]}, {"point": [2], "polygon": [[2]]}, id="two-shapes"),
    ],
)
def test_what_cannot_be_interpolated_holds_the_earlier_key_frame(earlier, later):
    tools = [row(0, **earlier), row(2, **later)]
    assert expanded(tools)[:2] == [tools[0], {**tools[0], "page": 1}]


def test_only_the_rows_that_overflow_are_held():
    found = expanded([row(0, point=[0, 0]), row(4, point=[1e308, 4])])
    assert [tool["point"][1] for tool in found[:5]] == [0, 1, 0, 0, 4]


def test_a_hundred_thousand_objects_stand_on_one_frame():
    tools = [row(0, track=f"{number:06}", bounding_box=BOX | {"x": number}) for number in range(100_000)]
    found = expand(rows_from(tools[::-1]), 1, 1, 1, FULL)
    assert found.computed_rows == 100_000
    assert found.texts[-1] == orjson.dumps({**tools[-1], "page": 1})


def test_a_shape_of_very_many_points_is_interpolated():
    count = 70_000
    tools = [row(2 * page, polygon=[[page * 2, number] for number in range(count)]) for page in range(2)]
    found = expanded(tools, last_page=2)
    assert found[1]["polygon"] == [[1, number] for number in range(count)]


def test_a_long_video_has_a_row_for_every_frame():
    frames = 100_003
    found = expand(
        rows_from([row(7, point=[0, 0]), row(frames - 1, point=[frames, 1])], frames - 1),
        0,
        frames - 1,
        frames - 1,
        FULL,
    )
    assert found.pages.tolist() == list(range(7, frames))
    assert [orjson.loads(text)["page"] for text in found.texts] == found.pages.tolist()


def test_no_rows_make_no_rows():
    assert expand([], 0, LAST_PAGE, LAST_PAGE, FULL).texts == []
