"""The judge of parts accepts parts that are right, and sees every way in which they can be wrong."""

import json
from copy import deepcopy
from typing import Any

import pytest

from reference.parts import check_parts, joined

Json = dict[str, Any]


def row(page: int | None, name: str = "", size: int = 40) -> Json:
    return {"objectId": name, **({} if page is None else {"page": page}), "note": "x" * size}


def part(
    index: int, count: int, pages: tuple[Any, Any], tools: list[Json], history: tuple[list[Json], ...] = ()
) -> Json:
    def lists(rows: list[Json]) -> Json:
        return {"tools": rows, "classifications": [], "relations": []}

    entries = [{"stage": "Label", **lists(rows)} for rows in history]
    return {
        "assetId": "a",
        "task": {"taskId": "t", **lists(tools), **({"stageHistory": entries} if entries else {})},
        "part": {"index": index, "count": count, "firstPage": pages[0], "lastPage": pages[1]},
    }


def check(parts: list[Json], limit: int, frame_total: int | None = None) -> None:
    lines = [json.dumps(record, separators=(",", ":")).encode() for record in parts]
    check_parts(lines, max_line_bytes=limit, is_video=frame_total is not None, frame_total=frame_total)


PARTS = [
    part(0, 3, (0, 4), [row(None), row(0), row(4)], ([row(1)],)),
    part(1, 3, (5, 5), [row(5, "a"), row(5, "b")], ([row(5)],)),
    part(2, 3, (6, 9), [row(9)], ([row(6), row(7)],)),
]
LIMIT = 600


def test_right_parts_are_accepted_and_joined() -> None:
    check(PARTS, LIMIT, 10)
    whole = joined(PARTS)
    assert [tool.get("page") for tool in whole["task"]["tools"]] == [None, 0, 4, 5, 5, 9]
    assert [tool["page"] for tool in whole["task"]["stageHistory"][0]["tools"]] == [1, 5, 6, 7]
    assert whole["part"] == {"index": 0, "count": 1, "firstPage": 0, "lastPage": 9}
    assert list(whole) == ["assetId", "task", "part"]


def test_joining_leaves_the_parts_alone() -> None:
    before = deepcopy(PARTS)
    joined(PARTS)
    assert before == PARTS


def test_a_record_that_fits_is_one_part() -> None:
    check([part(0, 1, (0, 9), [row(0)])], LIMIT, 10)
    check([part(0, 1, (None, None), [row(3)])], LIMIT)
    assert joined([PARTS[0] | {"part": part(0, 1, (0, 4), [])["part"]}])["part"]["lastPage"] == 4


def test_a_page_that_is_too_long_is_shared() -> None:
    shared = [
        part(0, 3, (0, 1), [row(0), row(1, "a", 300)]),
        part(1, 3, (1, 1), [row(1, "b", 300)]),
        part(2, 3, (1, 2), [row(1, "c", 300), row(2)]),
    ]
    check(shared, LIMIT, 3)


def test_what_has_no_page_is_shared_with_the_first_page() -> None:
    check([part(0, 2, (0, 0), [row(None, "a", 300)]), part(1, 2, (0, 2), [row(None, "b", 300)])], LIMIT, 3)


def test_one_row_may_be_longer_than_a_line() -> None:
    parts = [part(0, 2, (0, 0), [row(0, "a", 900)]), part(1, 2, (1, 1), [row(1)])]
    check(parts, LIMIT, 2)
    parts[0]["task"]["tools"].append(row(0, "b", 1))
    with pytest.raises(AssertionError, match="2 rows"):
        check(parts, LIMIT, 2)


def test_an_object_without_pages_is_split_by_rows() -> None:
    rows = [part(index, 2, (None, None), [row(None, "a", 300)]) for index in range(2)]
    check(rows, LIMIT)


def changed(index: int, **place: Any) -> list[Json]:
    parts = deepcopy(PARTS)
    parts[index]["part"].update(place)
    return parts


def other_scalar() -> list[Json]:
    parts = deepcopy(PARTS)
    parts[1]["task"]["stageHistory"][0]["stage"] = "Review"
    return parts


def without_entry() -> list[Json]:
    parts = deepcopy(PARTS)
    parts[2]["task"]["stageHistory"] = []
    return parts


WRONG = {
    "a part is missing": PARTS[:-1],
    "a part is out of order": [PARTS[1], PARTS[0], PARTS[2]],
    "the count is another": changed(2, count=4),
    "a gap": changed(1, firstPage=6, lastPage=6),
    "it does not begin with the first page": changed(0, firstPage=1),
    "it does not end with the last page": changed(2, lastPage=8),
    "a page is shared that fits": changed(1, firstPage=4),
    "a row outside of its part": [part(0, 3, (0, 4), [row(5)], ([],)), *PARTS[1:]],
    "pages of what has none": changed(1, firstPage=None, lastPage=None),
    "another scalar": other_scalar(),
    "a stage-history entry is missing": without_entry(),
    "another key in part": changed(0, note=1),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_parts_are_refused(case: str) -> None:
    with pytest.raises(AssertionError):
        check(WRONG[case], LIMIT, 10)


def test_rows_without_page_belong_to_the_first_part() -> None:
    parts = deepcopy(PARTS)
    parts[2]["task"]["tools"].insert(0, row(None))
    with pytest.raises(AssertionError):
        check(parts, LIMIT, 10)


def test_what_fits_into_one_line_must_not_be_split() -> None:
    with pytest.raises(AssertionError, match="fits"):
        check(PARTS, 5000, 10)


def test_what_is_no_video_has_no_pages() -> None:
    with pytest.raises(AssertionError):
        check(PARTS, LIMIT)
