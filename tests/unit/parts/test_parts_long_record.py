"""Records with shards of their own: cut into any number of shards, the lines are the same, each shard by itself."""

from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awkward.records import SEEDS
from awkward.videos import answer
from framehaul.transforms.counts import Count
from framehaul.transforms.exchange.blocks import read_block
from framehaul.transforms.parts.long_record import LongRecord, LongShard
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.video.expansion import VideoOptions
from reference.parts import check_parts
from unit.kinds.assemblies import (
    Assembled,
    assembled,
    block_with,
    copy_of,
    entry_of,
    frames_of,
    small_chunks,
    video_of,
)

QUICK = settings(max_examples=100, deadline=None)

FRAMES = 30
ONE_SHARD = 1 << 50
SHARD_BYTES = st.integers(200, 40_000)
VIDEO = st.builds(VideoOptions, only_key_frames=st.booleans(), key_frame_flag=st.booleans())


def video(seed: int, **options: Any) -> Assembled:
    """A video with rows in the task, in stage history and in the frames table."""
    random = Random(seed)
    copies = [video_of("t1", FRAMES, answer=answer(random, FRAMES))]
    history = [entry_of("t1", "h1", answer=answer(random, FRAMES)), entry_of("t1", "h2")]
    frames = [
        frames_of(
            "t1", random.randrange(FRAMES), historyId=random.choice([None, "h1"]), tools=[{"objectId": "o1"}]
        )
        for _ in range(random.randrange(9))
    ]
    return assembled(copies, history, frames, **options)


def lines_of(record: LongRecord, shard_bytes: int, options: VideoOptions) -> list[list[bytes]]:
    return [list(travelled(shard).written(options)[0]) for shard in record.shards(shard_bytes)]


def travelled(shard: LongShard) -> LongShard:
    """As another worker gets it."""
    (found,) = read_block(block_with([shard]), LongShard)
    return found


@QUICK
@given(SEEDS, SHARD_BYTES, st.sampled_from([1500, 4000]), st.sampled_from([1, 4, 1024]), st.booleans(), VIDEO)
def test_the_shards_of_a_video_are_its_parts_in_order(  # noqa: PLR0913, PLR0917 - how it is cut
    seed: int, shard_bytes: int, max_line_bytes: int, chunk: int, is_exact: bool, options: VideoOptions
) -> None:
    limits: dict[str, Any] = {"max_line_bytes": max_line_bytes, "video": options}
    with small_chunks(chunk, exact_bytes=None if is_exact else 0):
        found = video(seed, shard_bytes=1, **limits)
        (record,) = found.long
        (expected,) = lines_of(record, ONE_SHARD, options)
        shards = lines_of(record, shard_bytes, options)
    assert [line for shard in shards for line in shard] == expected
    assert all(shards)
    slack = 64 if is_exact else 1 << 30
    check_parts(expected, max_line_bytes=max_line_bytes, is_video=True, frame_total=FRAMES, slack=slack)
    if is_exact:
        assert expected == video(seed, **limits).parts()["t1"]


@QUICK
@given(SEEDS, SHARD_BYTES)
def test_the_pages_of_shards_follow_each_other_without_gaps_and_no_page_is_in_two(
    seed: int, shard_bytes: int
) -> None:
    (record,) = video(seed, shard_bytes=1, max_line_bytes=1500).long
    pages = [shard.pages for shard in record.shards(shard_bytes)]
    assert all(found is not None for found in pages)
    assert (pages[0][0], pages[-1][1]) == (0, FRAMES - 1)
    assert all(before[1] + 1 == after[0] for before, after in pairwise(pages))


@QUICK
@given(SEEDS, SHARD_BYTES, VIDEO)
def test_the_figures_of_all_shards_are_those_of_the_record(
    seed: int, shard_bytes: int, options: VideoOptions
) -> None:
    whole = video(seed, video=options)
    (record,) = video(seed, video=options, shard_bytes=1, max_line_bytes=1500).long
    shards = list(record.shards(shard_bytes))
    counted = video(seed, video=options).assembly.tally
    figures = sum_of([shard.written(options)[1] for shard in shards])
    assert figures.titles == counted.titles
    assert (figures.key_rows, figures.computed_rows) == (
        counted.counts.get("keyFrameRows", 0),
        counted.counts.get("interpolatedRows", 0),
    )
    assert [shard.members for shard in shards] == [whole.lines[0].members] + [()] * (len(shards) - 1)


def sum_of(figures: list[ToolCounts]) -> ToolCounts:
    titles: dict[str, int] = {}
    for each in figures:
        for title, number in each.titles.items():
            titles[title] = titles.get(title, 0) + number
    return ToolCounts(
        titles, sum(each.key_rows for each in figures), sum(each.computed_rows for each in figures)
    )


ROWS = st.lists(st.text(max_size=60).map(lambda text: {"title": text}), max_size=25)


@QUICK
@given(ROWS, ROWS, ROWS, st.integers(1, 3000), st.integers(600, 3000))
def test_the_shards_of_what_is_no_video_are_its_parts_in_order(
    tools: list[Any], relations: list[Any], past: list[Any], shard_bytes: int, max_line_bytes: int
) -> None:
    copies = [copy_of("t1", answer={"tools": tools, "relations": relations})]
    history = [entry_of("t1", "h1", answer={"classifications": past})]
    expected = assembled(copies, history, max_line_bytes=max_line_bytes).parts()["t1"]
    check_parts(expected, max_line_bytes=max_line_bytes, is_video=False)
    found = assembled(copies, history, max_line_bytes=max_line_bytes, shard_bytes=shard_bytes)
    assert found.parts()["t1"] == expected
    for record in found.long:
        shards = [travelled(shard) for shard in record.shards(shard_bytes)]
        assert [shard.pages for shard in shards] == [None] * len(shards)
        assert sum(len(shard.parts) for shard in shards) == len(expected)
        # each holds its own rows and no others
        assert sum(len(rows) for shard in shards for rows in shard.without_page) == sum(
            map(len, (tools, relations, past))
        )


def test_a_page_of_very_many_rows_is_in_one_shard() -> None:
    tools = [{"objectId": f"o{number:05d}", "page": 2} for number in range(20_000)]
    found = assembled(
        [video_of("t1", 4, tools)],
        shard_bytes=100_000,
        max_line_bytes=9000,
        video=VideoOptions(only_key_frames=True),
    )
    shards = found.shards["t1"]
    assert [shard.pages for shard in shards] == [(0, 2), (3, 3)]
    lines = found.parts()["t1"]
    check_parts(lines, max_line_bytes=9000, is_video=True, frame_total=4)
    names = [tool["objectId"] for line in lines for tool in orjson.loads(line)["task"]["tools"]]
    assert names == [f"o{number:05d}" for number in range(20_000)]


def test_a_shard_holds_about_what_it_should() -> None:
    tools = [{"objectId": f"o{number}", "page": 0, "title": "x" * 100} for number in range(10)]
    (record,) = assembled([video_of("t1", 1000, tools)], shard_bytes=100_000, max_line_bytes=5000).long
    sizes = [sum(map(len, lines)) for lines in lines_of(record, 100_000, VideoOptions())]
    assert len(sizes) > 10
    assert max(sizes) < 1.25 * 100_000


@pytest.mark.parametrize("shard_bytes", [1, 100, ONE_SHARD])
def test_a_long_video_without_rows_is_one_part(shard_bytes: int) -> None:
    (record,) = assembled([video_of("t1", 500, externalId="x" * 900)], shard_bytes=100).long
    ((line,),) = lines_of(record, shard_bytes, VideoOptions())
    assert orjson.loads(line)["part"] == {"index": 0, "count": 1, "firstPage": 0, "lastPage": 499}


def test_a_record_that_is_not_over_the_size_of_a_shard_is_its_lines() -> None:
    copy = copy_of("t1", answer={"tools": [{}] * 500})
    size = len(copy.rendered)
    found = assembled([copy], with_history=False, max_line_bytes=1024, shard_bytes=2 * size)
    assert found.long == []
    assert len(found.lines) > 1
    assert found.counts() == {Count.ANNOTATIONS: 500}


def test_shards_are_the_same_on_every_try() -> None:
    (record,) = video(7, shard_bytes=1, max_line_bytes=1500).long
    once, again = ([msgspec.msgpack.encode(shard) for shard in record.shards(2000)] for _ in range(2))
    assert once == again
    assert len(once) > 2
