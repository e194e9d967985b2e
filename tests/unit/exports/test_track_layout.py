"""Videos in the layout ``tracks``: the rows of the layout ``frames``, gathered by object, whole and in parts."""

from random import Random
from typing import Any, NamedTuple

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.records import SEEDS
from awkward.videos import answer
from framehaul.transforms.exports.record_frames import only_frames, with_rows_alone
from framehaul.transforms.exports.record_parts import (
    PartHead,
    TakenApart,
    check_follows,
    part_of,
    taken_apart,
)
from framehaul.transforms.exports.record_spool import RecordSpool
from framehaul.transforms.video.expansion import VideoOptions
from reference.track_layout import gathered_by_track, with_frames_only
from unit.kinds.assemblies import Assembled, assembled, copy_of, entry_of, frames_of, small_chunks, video_of

QUICK = settings(max_examples=60, deadline=None)

FRAMES = 30
TRACKS = VideoOptions(layout="tracks")
# What is no entry, but looks like one: rows without page of exactly its keys.
LOOK_ALIKES: list[dict[str, Any]] = [
    {"objectId": "o1", "frames": [{"page": 3, "objectId": "o1", "interpolationStopped": False}]},
    {"objectId": "o\U0001f697", "frames": [1, "x"]},
    {"schemaId": "s1", "frames": [{"page": 0}]},
    {"objectId": None, "frames": [{}]},
    {"objectId": "o2", "frames": []},
    {"objectId": "o2", "frames": None},
]


def box(page: int, x: float, **changes: Any) -> dict[str, Any]:
    shape = {"x": x, "y": 0, "width": 2, "height": 2}
    return {"objectId": "o1", "title": "car", "bounding-box": shape, "page": page, **changes}


def test_a_known_video_has_one_entry_for_each_object() -> None:
    tools = [
        box(2, 50, objectId="\u00f6"),
        box(0, 10),
        box(2, 30, interpolationStopped=True),
        {"title": "no track", "page": 1},
        {"objectId": "whole", "title": "no page"},
    ]
    classifications = [{"schemaId": "s1", "answer": "a", "page": 1}]
    relations = [{"from": "o1", "to": "o2"}]
    lists = {"tools": tools, "classifications": classifications, "relations": relations}
    found = assembled([video_of("t1", 3, answer=lists)], video=TRACKS)
    (line,) = found.parts()["t1"]
    task = orjson.loads(line)["task"]
    assert task["relations"] == relations
    off = {"interpolationStopped": False}
    assert task["tools"] == [
        tools[4],
        {"objectId": None, "frames": [tools[3] | off]},
        {"objectId": "o1", "frames": [box(0, 10) | off, box(1, 20) | off, tools[2]]},
        {"objectId": "\u00f6", "frames": [tools[0] | off]},
    ]
    answers = [classifications[0] | off, classifications[0] | {"page": 2} | off]
    assert task["classifications"] == [{"schemaId": "s1", "frames": answers}]
    assert dict(found.assembly.tally.titles) == {"car": 4, "no track": 1, "no page": 1}


def test_a_classification_without_object_stands_apart_from_an_object_of_the_same_name() -> None:
    rows = [{"schemaId": "x", "page": 0}, {"schemaId": "s", "objectId": "x", "page": 1}]
    lists = {"classifications": [*rows, {"objectId": "", "page": 1}]}
    (line,) = assembled([video_of("t1", 2, answer=lists)], video=TRACKS).parts()["t1"]
    entries = orjson.loads(line)["task"]["classifications"]
    assert [{key: entry[key] for key in entry if key != "frames"} for entry in entries] == [
        {"objectId": None},
        {"objectId": "x"},
        {"schemaId": "x"},
    ]


def test_a_record_that_is_no_video_is_the_same_in_both_layouts() -> None:
    copies = [copy_of("t1", answer={"tools": [*LOOK_ALIKES, {"objectId": "o1", "page": 3}]})]
    lines = [assembled(copies, video=video).parts() for video in (TRACKS, VideoOptions())]
    assert lines[0] == lines[1]


def test_a_record_is_in_parts_only_where_it_is_longer_than_the_limit() -> None:
    copies = [video_of("t1", 500, [box(0, 10), box(0, 10, objectId="o2")])]
    (line,) = assembled(copies, video=TRACKS).parts()["t1"]
    assert assembled(copies, video=TRACKS, max_line_bytes=len(line)).parts()["t1"] == [line]
    assert assembled(copies, video=TRACKS, max_line_bytes=len(line), shard_bytes=len(line) + 99).long == []
    assert len(assembled(copies, video=TRACKS, max_line_bytes=len(line) - 1).parts()["t1"]) > 1


class Case(NamedTuple):
    """A video, and how it is gone through and written; see ``small_chunks`` and ``RecordOptions``."""

    seed: int
    room: int
    shard_bytes: int
    chunk_pages: int
    is_exact: bool
    video: dict[str, bool]


CASES = st.builds(
    Case,
    SEEDS,
    room=st.sampled_from([5000, 1000, 300]),
    shard_bytes=st.sampled_from([64 << 20, 3000, 700]),
    chunk_pages=st.sampled_from([1024, 5]),
    is_exact=st.booleans(),
    video=st.fixed_dictionaries({"only_key_frames": st.booleans(), "key_frame_flag": st.booleans()}),
)


def project(seed: int, layout: str, video: dict[str, bool], **limits: Any) -> Assembled:
    """A video with rows in the task, in stage history and in the frames table."""
    random = Random(seed)
    lists = [_with_look_alikes(answer(random, FRAMES), random) for _ in range(2)]
    tools = [{"objectId": "o1"}, {"objectId": "o2", "bounding-box": {"x": 1}}, {"title": "no track"}]
    frames = [
        frames_of(
            "t1",
            random.randrange(FRAMES),
            historyId=random.choice([None, "h1"]),
            tools=random.sample(tools, 2),
            classifications=[{"schemaId": "s1", "objectId": random.choice(["", "c1", "s1"])}],
        )
        for _ in range(random.randrange(9))
    ]
    history = [entry_of("t1", "h1", answer=lists[1]), entry_of("t1", "h2")]
    options = VideoOptions(**video, layout=layout)
    return assembled([video_of("t1", FRAMES, answer=lists[0])], history, frames, video=options, **limits)


def _with_look_alikes(lists: dict[str, Any], random: Random) -> dict[str, Any]:
    return {
        name: random.sample([*rows, *random.sample(LOOK_ALIKES, 2)], len(rows) + 2)
        for name, rows in lists.items()
    }


def joined(lines: list[bytes], pages: tuple[int, int] = (0, FRAMES - 1)) -> bytes:
    """As ``framehaul join`` and, with other pages, ``framehaul frames`` do."""
    with RecordSpool(_restricted(lines[0], pages), None) as spool:
        for line in lines[1:]:
            spool.add(_restricted(line, pages))
        return b"".join(spool.pieces(PartHead(0, 1, *pages)))


def _restricted(line: bytes, pages: tuple[int, int]) -> TakenApart:
    parts = taken_apart(line, with_entries=True)
    return parts if pages == (0, FRAMES - 1) else only_frames(parts, *pages)


@QUICK
@given(CASES)
def test_parts_joined_are_the_rows_of_the_other_layout_gathered_by_object(case: Case) -> None:
    (row_line,) = project(case.seed, "frames", case.video).parts()["t1"]
    (whole,) = project(case.seed, "tracks", case.video).parts()["t1"]
    assert orjson.loads(whole) == gathered_by_track(orjson.loads(row_line))
    limit = _bytes_without_rows(whole) + case.room
    limits = {"max_line_bytes": limit, "shard_bytes": case.shard_bytes}
    with small_chunks(case.chunk_pages, exact_bytes=None if case.is_exact else 0):
        lines = project(case.seed, "tracks", case.video, **limits).parts()["t1"]
    assert joined(lines) == whole
    _check_parts(lines, limit)


def _bytes_without_rows(line: bytes) -> int:
    return sum(map(len, taken_apart(line).around)) + 150


def _check_parts(lines: list[bytes], limit: int) -> None:
    before: PartHead | None = None
    for line in lines:
        part = part_of(line)
        check_follows(before, part)
        before = part
        record = orjson.loads(with_rows_alone(line))
        answers = [record["task"], *record["task"]["stageHistory"]]
        rows = [row for each in answers for name in ("tools", "classifications") for row in each[name]]
        assert all(part.first_page <= (row.get("page") or 0) <= part.last_page for row in rows)
        relations = [row for each in answers for row in each["relations"]]
        assert len(line) <= limit or len(rows) + len(relations) == 1
    assert before is not None
    assert before.is_last


@QUICK
@given(CASES, st.integers(0, FRAMES - 1), st.integers(0, FRAMES - 1))
def test_some_frames_of_all_parts_are_those_of_the_record(case: Case, one: int, other: int) -> None:
    pages = (min(one, other), max(one, other))
    (whole,) = project(case.seed, "tracks", case.video).parts()["t1"]
    limits = {"max_line_bytes": _bytes_without_rows(whole) + case.room, "shard_bytes": case.shard_bytes}
    lines = project(case.seed, "tracks", case.video, **limits).parts()["t1"]
    expected = (
        orjson.loads(whole) if pages == (0, FRAMES - 1) else with_frames_only(orjson.loads(whole), *pages)
    )
    assert orjson.loads(joined(lines, pages)) == expected


@QUICK
@given(CASES)
def test_figures_count_rows_as_in_the_other_layout(case: Case) -> None:
    limits = {"max_line_bytes": 1 << 20, "shard_bytes": case.shard_bytes}
    rows, entries = (project(case.seed, layout, case.video, **limits) for layout in ("frames", "tracks"))
    assert _figures(rows) == _figures(entries)


def _figures(found: Assembled) -> tuple[dict[str, int], dict[str, int]]:
    tally = found.assembly.tally
    for shards in found.shards.values():
        for shard in shards:
            tally.count_tools(shard.written(found.options.video)[1])
    return found.counts(), tally.titles
