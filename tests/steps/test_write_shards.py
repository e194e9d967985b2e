"""Writing shards: which record is in which, in what order, and the same bytes on every try."""

from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.exchange.blocks import BlockBuilder, Exchange
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.records.buckets import BUCKETS, LONG, BucketBytes, bucket_of, no_bytes
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.step_outputs import TALLIES
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from framehaul.transforms.write_shards import CutShards, WriteShards
from steps.step_runs import flat, new_pipeline, not_zero, run


def line_of(asset: str, task: str, part: int = 0, parts: int = 1) -> RecordLine:
    line = b'{"taskId":"%b","part":%d}' % (task.encode(), part)
    figures = (0, ()) if part else (parts, (1, 2, 3))
    return RecordLine(bucket_of(asset), asset, task, part, line, *figures)


def marker_of(asset: str, task: str) -> RecordLine:
    """What stands for a record with shards of its own."""
    return RecordLine(bucket_of(asset), asset, task, 0, b"", 0, ())


LINES = [
    *(line_of(f"a{number % 40}", f"t{number}") for number in range(90)),
    *(line_of("a7", "in parts", part, 12) for part in range(12)),
    *(marker_of(asset, "long") for asset in ("a3", "long alone")),
]
STORED = [line for line in LINES if line.line]


def write(
    folder: Path,
    lines: list[RecordLine],
    *,
    groups: int = 8,
    shard_bytes: int = 400,
    compression: str = "none",
) -> tuple[dict[str, int], dict[str, bytes]]:
    """The counters, and every stored object by its path."""
    builder: BlockBuilder[RecordLine] = BlockBuilder(Exchange(None))
    bucket_bytes = no_bytes()
    blocks = []
    for number, line in enumerate(lines):
        bucket_bytes[line.bucket if line.line else LONG] += len(line.line) + 1
        builder.add(line.bucket * groups // BUCKETS, line, len(line.line))
        if number % 7 == 0:
            blocks += list(builder.flush())
    pipeline = new_pipeline()
    counted = pipeline | "Counted" >> beam.Create([bucket_bytes, no_bytes()]).with_output_types(BucketBytes)
    written = (
        pipeline
        | beam.Create([*blocks, *builder.flush()])
        | WriteShards(ObjectStore(str(folder)), groups, compression, counted | CutShards(shard_bytes))
    )
    _check(written, folder, lines)
    counters = run(pipeline)
    stored = {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return counters, stored


def _check(written: Any, folder: Path, lines: list[RecordLine]) -> None:
    def check_entries(entries: list[ShardEntry]) -> None:
        sizes = {str(path.relative_to(folder)): path.stat().st_size for path in folder.glob("data/*")}
        assert {entry.path: entry.size_bytes for entry in entries} == sizes
        assert sum(entry.records for entry in entries) == sum(bool(line.line) for line in lines)
        ranges = [entry.buckets for entry in sorted(entries, key=lambda entry: entry.path)]
        assert [0, *(end for _, end in ranges)] == [*(start for start, _ in ranges), BUCKETS]

    def check_tallies(tallies: list[Tally]) -> None:
        records = sum(line.parts > 0 for line in lines)
        tally = Tally.sum(tallies)
        assert not_zero(tally.counts) == not_zero(
            {
                TASKS.exported: records,
                STAGE_HISTORY.exported: 2 * records,
                FRAMES.exported: 3 * records,
                Count.ASSETS: len({line.asset_key for line in lines}),
            }
        )
        assert tally.parts == sum(bool(line.line) for line in lines)

    assert_that(written.entries, check_entries, label="entries")
    assert_that(written[TALLIES], check_tallies, label="tallies")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], dict[str, bytes]]:
    return write(tmp_path_factory.mktemp("export"), LINES)


def test_every_line_is_stored_once_sorted_and_with_all_of_its_asset(
    written: tuple[dict[str, int], dict[str, bytes]],
) -> None:
    counters, stored = written
    asset_of = {line.line: line.asset_key for line in STORED}
    place_of = {line.line: (line.asset_key, line.task_id, line.part) for line in STORED}
    shards = [content.splitlines() for content in stored.values()]
    assert sorted(flat(shards)) == sorted(asset_of)
    assert len(shards) > 3
    for shard in shards:
        assert shard == sorted(shard, key=lambda line: place_of[line])
    assets = [{asset_of[line] for line in shard} for shard in shards]
    assert sum(map(len, assets)) == 40
    assert counters[Progress.SHARDS_WRITTEN] == len(stored)
    assert counters[Progress.BYTES_WRITTEN] == sum(map(len, stored.values()))


def test_names_tell_the_number_of_shards(written: tuple[dict[str, int], dict[str, bytes]]) -> None:
    _, stored = written
    assert sorted(stored) == [
        f"data/assets-{index:05d}-of-{len(stored):05d}.ndjson" for index in range(len(stored))
    ]


@pytest.mark.parametrize("groups", [1, 999])
def test_neither_the_groups_nor_the_order_of_lines_leave_a_trace(
    written: tuple[dict[str, int], dict[str, bytes]], tmp_path: Path, groups: int
) -> None:
    _, stored = write(tmp_path, LINES[::-1], groups=groups)
    assert stored == written[1]


def test_a_second_try_overwrites_every_shard_with_the_same_bytes(tmp_path: Path) -> None:
    _, first = write(tmp_path, LINES, compression="gzip")
    _, second = write(tmp_path, LINES, compression="gzip")
    assert first == second


@pytest.mark.parametrize(("compression", "suffix"), [("none", ""), ("zstd", ".zst")])
def test_an_export_without_records_has_one_empty_shard(tmp_path: Path, compression: str, suffix: str) -> None:
    counters, stored = write(tmp_path, [], compression=compression)
    assert list(stored) == [f"data/assets-00000-of-00001.ndjson{suffix}"]
    assert counters[Progress.SHARDS_WRITTEN] == 1


def test_where_all_records_have_shards_of_their_own_there_is_no_other(tmp_path: Path) -> None:
    folder = ObjectStore(str(tmp_path))
    bucket_bytes = no_bytes()
    bucket_bytes[LONG] = 5000
    builder: BlockBuilder[RecordLine] = BlockBuilder(Exchange(None))
    builder.add(0, marker_of("a1", "long"), 0)
    pipeline = new_pipeline()
    counted = pipeline | "Counted" >> beam.Create([bucket_bytes]).with_output_types(BucketBytes)
    lines = pipeline | beam.Create(list(builder.flush()))
    written = lines | WriteShards(folder, 1, "none", counted | CutShards(400))
    assert_that(written.entries, equal_to([]), label="entries")
    assert_that(written[TALLIES], equal_to([]), label="tallies")
    run(pipeline)
    assert list(tmp_path.iterdir()) == []


def test_a_shard_that_cannot_be_stored_fails_the_run_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file where the folder should be")
    with pytest.raises(Exception, match=r"could not store .*data/assets-0000"):
        write(tmp_path, LINES)
