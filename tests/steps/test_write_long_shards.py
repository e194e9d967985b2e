"""Writing long shards: their names, their lines, and what the manifest says of them."""

import gzip
import pickle
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.util import assert_that

from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.exports.manifest import LongAsset, ShardEntry
from framehaul.transforms.parts.long_record import LongShardBlock
from framehaul.transforms.records.buckets import BUCKETS, BucketRange
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.step_outputs import LONG_ASSETS, TALLIES
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from framehaul.transforms.video.expansion import VideoOptions
from framehaul.transforms.write_long_shards import WriteLongShards
from steps.step_runs import new_pipeline, not_zero, run
from unit.kinds.assemblies import Assembled, assembled, block_with, copy_of, entry_of, frames_of, video_of

LIMITS = {"max_line_bytes": 3000, "shard_bytes": 20_000}
TOOLS = [{"objectId": f"o{number}", "title": "car", "page": 0} for number in range(3)]
OTHER_SHARDS = [BucketRange(0, BUCKETS)]
OUTPUTS = ("entries", LONG_ASSETS, TALLIES)
FULL = VideoOptions()


def export(video: VideoOptions) -> Assembled:
    """One asset with two long videos and one with long rows that is none."""
    copies = [
        video_of("t2", 300, TOOLS, assetId="clips/a"),
        video_of("t1", 200, TOOLS[:2], assetId="clips/a"),
        copy_of("t3", answer={"tools": [{"title": "x" * 100}] * 300}),
    ]
    history = [
        entry_of("t2", "h1", answer={"classifications": [{"schemaId": "s1", "page": 0}]}),
        entry_of("t2"),
    ]
    return assembled(copies, history, [frames_of("t2", 9, tools=TOOLS)], video=video, **LIMITS)


def blocks_of(found: Assembled) -> list[tuple[str, LongShardBlock]]:
    return [
        (
            record.asset_key,
            LongShardBlock(
                record.task_id, number, shard.pages, len(shard.parts), record.frames or 0, block_with([shard])
            ),
        )
        for record in found.long
        for number, shard in enumerate(found.shards[record.task_id])
    ]


class Written(NamedTuple):
    counters: dict[str, int]
    stored: dict[str, bytes]
    entries: list[ShardEntry]
    long_assets: list[LongAsset]
    tally: Tally


def write(
    folder: Path,
    blocks: list[tuple[str, LongShardBlock]],
    *,
    compression: str = "none",
    video: VideoOptions = FULL,
    ranges: list[BucketRange] = OTHER_SHARDS,
) -> Written:
    pipeline = new_pipeline()
    outputs = (
        pipeline
        | beam.Create(blocks)
        | WriteLongShards(
            ObjectStore(str(folder / "export")),
            compression,
            video,
            pipeline | "Ranges" >> beam.Create([ranges]),
        )
    )
    for name in OUTPUTS:
        assert_that(outputs[name], partial(keep, folder / name), label=name)
    counters = run(pipeline)
    entries, long_assets, tallies = (pickle.loads((folder / name).read_bytes()) for name in OUTPUTS)
    stored = {
        str(path.relative_to(folder / "export")): path.read_bytes()
        for path in (folder / "export").rglob("*")
        if path.is_file()
    }
    return Written(
        counters,
        dict(sorted(stored.items())),
        sorted(entries, key=lambda entry: entry.path),
        sorted(long_assets, key=lambda asset: asset.task_id),
        Tally.sum(tallies),
    )


def keep(path: Path, elements: list[Any]) -> None:
    """What a step gives, out of the reach of Beam."""
    path.write_bytes(pickle.dumps(list(elements)))


@pytest.fixture(scope="module")
def found() -> Assembled:
    return export(FULL)


@pytest.fixture(scope="module")
def written(found: Assembled, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(tmp_path_factory.mktemp("long"), blocks_of(found))


def test_the_shards_of_an_asset_are_numbered_over_all_of_its_tasks(written: Written) -> None:
    # Stored forever: names as they stand in manifests out there.
    assert list(written.stored) == [
        *(f"data/long-clips~2fa-0000{index}-of-00008.ndjson" for index in range(8)),
        *(f"data/long-t3-0000{index}-of-00002.ndjson" for index in range(2)),
    ]


def test_the_shards_hold_the_parts_of_their_records_in_order(found: Assembled, written: Written) -> None:
    parts = found.parts()
    lines = [line for content in written.stored.values() for line in content.splitlines()]
    assert lines == [*parts["t1"], *parts["t2"], *parts["t3"]]
    assert all(content.endswith(b"\n") for content in written.stored.values())


def test_the_entry_of_a_shard_says_what_is_stored(written: Written) -> None:
    assert {entry.path: entry.size_bytes for entry in written.entries} == {
        path: len(content) for path, content in written.stored.items()
    }
    assert [entry.records for entry in written.entries] == [
        content.count(b"\n") for content in written.stored.values()
    ]
    assert {(entry.first_asset_id, entry.last_asset_id, entry.buckets) for entry in written.entries} == {
        ("clips/a", "clips/a", None),
        ("t3", "t3", None),
    }


def test_a_reader_finds_the_shard_of_a_page(found: Assembled, written: Written) -> None:
    first, second, still = written.long_assets
    assert [(each.asset_id, each.task_id, each.frames) for each in written.long_assets] == [
        ("clips/a", "t1", 200),
        ("clips/a", "t2", 300),
        ("t3", "t3", 0),
    ]
    assert [*first.shards, *second.shards, *still.shards] == list(written.stored)
    parts = found.parts()
    for each in written.long_assets:
        assert each.parts == len(parts[each.task_id])
    for each in (first, second):
        for path, pages in zip(each.shards, each.shard_pages, strict=True):
            places = [orjson.loads(line)["part"] for line in written.stored[path].splitlines()]
            assert pages == (places[0]["firstPage"], places[-1]["lastPage"])
        assert (each.shard_pages[0][0], each.shard_pages[-1][1]) == (0, each.frames - 1)
    assert still.shard_pages == [None, None]


def test_what_is_stored_is_tallied_and_counted(found: Assembled, written: Written) -> None:
    counts = {
        TASKS.exported: 3,
        STAGE_HISTORY.exported: 2,
        FRAMES.exported: 1,
        Count.ANNOTATIONS: 2 * 200 + 3 * 300,
        Count.KEY_FRAME_ROWS: 2 + 3 + 3,
        Count.INTERPOLATED_ROWS: 2 * 199 + 3 * 298,
    }
    assert not_zero(written.tally.counts) == counts
    assert written.tally.titles == {"car": 1300}
    assert written.tally.parts == sum(map(len, found.parts().values()))
    assert {name: written.counters.get(name) for name in counts} == counts
    assert written.counters[Progress.SHARDS_WRITTEN] == 10
    assert written.counters[Progress.BYTES_WRITTEN] == sum(map(len, written.stored.values()))


def test_assets_are_counted_here_only_where_there_are_no_other_shards(
    found: Assembled, tmp_path: Path
) -> None:
    alone = write(tmp_path, blocks_of(found), ranges=[])
    assert alone.tally.counts[Count.ASSETS] == 2


def test_the_order_of_blocks_leaves_no_trace(found: Assembled, written: Written, tmp_path: Path) -> None:
    again = write(tmp_path, blocks_of(found)[::-1])
    assert again.stored == written.stored
    assert again.long_assets == written.long_assets


def test_compression_is_of_the_same_lines(found: Assembled, written: Written, tmp_path: Path) -> None:
    packed = write(tmp_path, blocks_of(found), compression="gzip")
    assert {
        path.removesuffix(".gz"): gzip.decompress(content) for path, content in packed.stored.items()
    } == (written.stored)
    assert all(path.endswith(".ndjson.gz") for path in packed.stored)


@pytest.mark.parametrize("video", [VideoOptions(only_key_frames=True), VideoOptions(key_frame_flag=True)])
def test_rows_are_written_as_the_options_say(video: VideoOptions, tmp_path: Path) -> None:
    found = export(video)
    written = write(tmp_path, blocks_of(found), video=video)
    parts = found.parts()
    long_ones = sorted({record.task_id for record in found.long})
    lines = [line for content in written.stored.values() for line in content.splitlines()]
    assert lines == [line for task_id in long_ones for line in parts[task_id]]
    assert any(b'"keyFrame":' in line for line in lines) == video.key_frame_flag


def test_without_long_records_nothing_is_written(tmp_path: Path) -> None:
    written = write(tmp_path, [])
    assert (written.stored, written.entries, written.long_assets, written.tally) == ({}, [], [], Tally())


def test_a_shard_that_cannot_be_stored_fails_the_run_and_names_it(found: Assembled, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "data").write_bytes(b"a file where the folder should be")
    with pytest.raises(Exception, match=r"could not store .*data/long-"):
        write(tmp_path, blocks_of(found))
