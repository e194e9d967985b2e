"""Blocks: what is put in comes out, by whichever way it travels."""

import pickle
import random
import stat
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange, block_of, read_block
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.parts.cutting import Part
from framehaul.transforms.parts.long_record import LongShard
from framehaul.transforms.parts.skeleton import Skeleton
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.video.rows import Row

QUICK = settings(max_examples=60, deadline=None)

TEXTS = st.text(max_size=5)
PLACES = st.tuples(st.integers(0, 5), st.integers(1, 1 << 33))
ENTRIES = st.builds(StageEntry, TEXTS, TEXTS, TEXTS, st.binary(), PLACES, st.integers(0, 99))


def entry_of(rendered: bytes = b"", *, task_id: str = "t1", own_id: str = "") -> StageEntry:
    return StageEntry(task_id, own_id, "", rendered, (0, 1), 0)


@pytest.fixture(params=["inline", "spilled"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    return Exchange(str(tmp_path) if request.param == "spilled" else None, budget_bytes=1000)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 4), ENTRIES), max_size=30), st.booleans())
def test_entries_come_back_by_key_in_the_order_in_which_they_were_added(
    tmp_path_factory: pytest.TempPathFactory, added: list[tuple[int, StageEntry]], spill: bool
) -> None:
    folder = str(tmp_path_factory.mktemp("spill")) if spill else None
    builder: BlockBuilder[StageEntry] = BlockBuilder(Exchange(folder))
    expected = defaultdict(list)
    for key, entry in added:
        builder.add(key, entry, len(entry.rendered))
        expected[key].append(entry)
    blocks = list(builder.flush())
    assert [key for key, _ in blocks] == sorted(expected)
    assert {key: read_block(block, StageEntry) for key, block in blocks} == expected


ROW = Row(3, "o1", stopped=False, key=True, text=b'{"page":3}', title="car")
LONG_SHARD = LongShard(
    Skeleton([b"{", b"}"]), [Part(0, 4), Part(5, 5, 0, 3)], 7, 9, 6, [[ROW], []], [[], [ROW] * 2], (1, 1, 0)
)


@pytest.mark.parametrize(
    "entry",
    [
        TaskCopy("t1", "a1", "", True, b'{"asset":\xff', (3, 1 << 33), 9, ToolCounts({"": 2}, 1, 1), 507),
        TaskCopy("t1", "a1", "2024", False, b"", (0, 1), 0, ToolCounts({}), None),
        StageEntry("t\U0001f600", "", "", b"", (3, 1 << 33), 7),
        FramesEntry("t1", "h1", 9_999_999, b"[{}]", b"[]", (0, 7)),
        RecordLine(65535, "a1", "t1", 4, b"x" * 100_000, 5, (1, 3, 2)),
        LONG_SHARD,
        DeadLetter("tasks", (0, 7), Reason.NOT_UTF8, "byte 0", b"\xff\x00"),
        SetAside("frames", (3, 1 << 33), Reason.WITH_ITS_TASK, "its task \U0001f600"),
        SetAsideKey("stage_history", "t\U0001f600", "", Reason.LINE_TOO_LONG),
    ],
    ids=lambda entry: type(entry).__name__,
)
def test_every_kind_of_entry_travels_whole(entry: object, exchange: Exchange) -> None:
    builder: BlockBuilder[object] = BlockBuilder(exchange)
    builder.add(7, entry, 100)
    ((key, block),) = builder.flush()
    assert key == 7
    assert read_block(block, type(entry)) == [entry]


def test_a_single_large_entry_is_a_block_of_its_own(exchange: Exchange) -> None:
    block = block_of(LONG_SHARD, exchange)
    assert bool(block.path) == (exchange.spill_folder is not None)
    assert read_block(block, LongShard) == [LONG_SHARD]


def test_a_builder_is_full_when_it_holds_its_budget_and_empty_after_a_flush(exchange: Exchange) -> None:
    builder: BlockBuilder[StageEntry] = BlockBuilder(exchange)
    entry = entry_of(b"x" * 600)
    builder.add(1, entry, 600)
    assert not builder.is_full
    builder.add(2, entry, 600)
    assert builder.is_full
    assert len(list(builder.flush())) == 2
    assert not builder.is_full
    assert list(builder.flush()) == []


def test_nothing_gathered_is_no_block_and_no_file(exchange: Exchange, tmp_path: Path) -> None:
    assert list(BlockBuilder(exchange).flush()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_spilled_block_is_only_its_place_in_a_file_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    builder: BlockBuilder[StageEntry] = BlockBuilder(Exchange(str(tmp_path)))
    for key in range(3):
        builder.add(key, entry_of(b"x", own_id="secret"), 1)
    blocks = [block for _, block in builder.flush()]
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {block.path for block in blocks} == {str(file)}
    assert [block.inline for block in blocks] == [b""] * 3
    assert sum(block.length for block in blocks) == file.stat().st_size


def test_every_flush_writes_a_file_of_its_own(tmp_path: Path) -> None:
    builder: BlockBuilder[StageEntry] = BlockBuilder(Exchange(str(tmp_path)))
    blocks: list[Block] = []
    for number in range(3):
        builder.add(0, entry_of(task_id=f"t{number}"), 0)
        blocks += [block for _, block in builder.flush()]
    assert len(set(tmp_path.iterdir())) == 3
    assert [entry.task_id for block in blocks for entry in read_block(block, StageEntry)] == [
        "t0",
        "t1",
        "t2",
    ]


IN_THREADS = """
import os, threading
from framehaul.transforms.exchange.blocks import BlockBuilder, Exchange, read_block
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry

def work():
    for _ in range(100):
        entry = StageEntry("t1", "", "", os.urandom(1000) * 100, (0, 1), 0)
        builder = BlockBuilder(Exchange(None))
        builder.add(1, entry, 100_000)
        ((_, block),) = builder.flush()
        assert read_block(block, StageEntry) == [entry]
        done.append(1)

done = []
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(done) == 400
"""


def test_blocks_may_be_packed_in_several_threads_at_once() -> None:
    # Beam's workers run several bundles at once; in a process of its own, since a failure may end it
    finished = subprocess.run([sys.executable, "-c", IN_THREADS], check=False, capture_output=True)
    assert (finished.returncode, finished.stderr.decode()) == (0, "")


def test_a_block_that_engines_would_choke_on_is_sent_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framehaul.transforms.exchange.blocks._INLINE_BYTES", 2_000)
    builder: BlockBuilder[bytes] = BlockBuilder(Exchange(None))
    entries = [random.Random(number).randbytes(300) for number in range(50)]
    for entry in entries:
        builder.add(7, entry, len(entry))
    blocks = list(builder.flush())
    assert {key for key, _ in blocks} == {7}
    assert all(len(block.inline) <= 2_000 for _, block in blocks)
    assert len(blocks) < 20
    assert [entry for _, block in blocks for entry in read_block(block, bytes)] == entries


def test_a_single_entry_that_is_more_than_an_engine_takes_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("framehaul.transforms.exchange.blocks._INLINE_BYTES", 1_000)
    monkeypatch.setattr("framehaul.transforms.exchange.blocks._MOST_INLINE", 2_000)
    assert block_of(b"x" * 1_500, Exchange(None))
    with pytest.raises(StorageError, match=r"set runner\.exchange to a folder on a store"):
        block_of(random.Random(1).randbytes(3_000), Exchange(None))


def test_blocks_on_a_store_are_read_from_their_object() -> None:
    store = ObjectStore("memory://exchange-of-a-test")
    builder: BlockBuilder[bytes] = BlockBuilder(Exchange(None, store=store))
    for key, entry in ((2, b"c"), (1, b"a"), (1, b"b")):
        builder.add(key, entry, 1)
    blocks = pickle.loads(pickle.dumps(list(builder.flush())))
    assert [(key, read_block(block, bytes)) for key, block in blocks] == [(1, [b"a", b"b"]), (2, [b"c"])]
    assert len(store.paths("")) == 1
    assert list(builder.flush()) == []
    assert len(store.paths("")) == 1, "nothing to send is no object"
