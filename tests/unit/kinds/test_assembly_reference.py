"""Any videos, put together in any order and in any pieces, against the reference export."""

import json
from collections import Counter
from typing import Any, NamedTuple

import orjson
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from awkward.lines import tables_of, written
from awkward.records import SEEDS
from awkward.videos import video_project
from framehaul.transforms.decode_records import decode_block
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.video.expansion import VideoOptions
from reference.export import reference_export
from reference.line_limit import UndecidedError
from reference.parts import LISTS, answers_of, check_parts, joined
from steps.step_runs import EVERYTHING, KIND, split_of
from unit.kinds.assemblies import Assembled, assembled, small_chunks

QUICK = settings(max_examples=150, deadline=None)


class Case(NamedTuple):
    """A project, and how it is gone through and written; see ``small_chunks`` and ``RecordOptions``."""

    seed: int
    room: int
    shard_bytes: int
    chunk_pages: int
    is_exact: bool
    only_key_frames: bool
    key_frame_flag: bool

    @property
    def video(self) -> dict[str, bool]:
        return {"only_key_frames": self.only_key_frames, "key_frame_flag": self.key_frame_flag}


CASES = st.builds(
    Case,
    SEEDS,
    room=st.sampled_from([1 << 20, 5000, 1000, 100]),
    shard_bytes=st.sampled_from([64 << 20, 3000, 700]),
    chunk_pages=st.sampled_from([1024, 5, 1]),
    is_exact=st.booleans(),
    only_key_frames=st.booleans(),
    key_frame_flag=st.booleans(),
)


@QUICK
@given(CASES, st.randoms(use_true_random=False))
def test_any_videos_are_assembled_as_the_reference_says(case: Case, random: Any) -> None:
    tables = video_project(case.seed)._asdict()
    export = {"stages": ["*"], "task_types": ["*"], "video": case.video}
    expected = reference_export(tables_of(**tables), export)
    most = max(map(bytes_without_rows, expected.records), default=0) + case.room
    with small_chunks(case.chunk_pages, exact_bytes=None if case.is_exact else 0):
        limits = {"max_line_bytes": most, "shard_bytes": case.shard_bytes}
        found, letters = exported(tables, random, video=VideoOptions(**case.video), **limits)
        parts = found.parts()
    for lines in parts.values():
        # Where a long video is cut is known before its rows are written, and then sometimes too early.
        check_parts(lines, max_line_bytes=most, slack=64 if case.is_exact else 1 << 30, **length_of(lines))
    records = [joined(list(map(orjson.loads, lines))) for lines in parts.values()]
    assert {record["task"]["taskId"]: orjson.dumps(record) for record in records} == {
        record["task"]["taskId"]: orjson.dumps(record) for record in expected.records
    }
    assert Counter(letters) == Counter(reason for _, _, reason in expected.dead_letters)
    assert counted(found) == {name: expected.counts[name] for name in counted(found)}


@QUICK
@given(SEEDS, st.integers(500, 2500), st.randoms(use_true_random=False), st.booleans())
def test_of_any_videos_what_is_too_long_is_set_aside_as_the_reference_says(
    seed: int, most: int, random: Any, all_pages: bool
) -> None:
    tables = video_project(seed)._asdict()
    export = {"stages": ["*"], "task_types": ["*"], "video": {"only_key_frames": not all_pages}}
    try:
        expected = reference_export(tables_of(**tables), export, max_line_bytes=most)
    except UndecidedError:
        reject()
    video = VideoOptions(only_key_frames=not all_pages)
    found, letters = exported(tables, random, video=video, max_line_bytes=most)
    records = [joined(list(map(orjson.loads, lines))) for lines in found.parts().values()]
    assert {record["task"]["taskId"]: orjson.dumps(record) for record in records} == {
        record["task"]["taskId"]: orjson.dumps(record) for record in expected.records
    }
    assert Counter(letters) == Counter(reason for _, _, reason in expected.dead_letters)
    assert counted(found) == {name: expected.counts[name] for name in counted(found)}


def length_of(lines: list[bytes]) -> dict[str, Any]:
    last_page = orjson.loads(lines[-1])["part"]["lastPage"]
    return {"is_video": last_page is not None, "frame_total": None if last_page is None else last_page + 1}


def bytes_without_rows(record: dict[str, Any]) -> int:
    """Of what every part repeats, at most: as if every character were escaped."""
    bare = orjson.loads(orjson.dumps(record))
    for answer in answers_of(bare):
        answer.update({name: [] for name in LISTS})
    return len(json.dumps(bare)) + 100


def exported(tables: dict[str, Any], random: Any, **options: Any) -> tuple[Assembled, list[str]]:
    """The records of some tables in any order, and the reason of all that is set aside."""
    entries: list[list[Any]] = []
    letters: list[SetAside] = []
    keys: list[SetAsideKey] = []
    for table in ("tasks", "stage_history", "frames"):
        block = RecordBlock(split_of(table), 1, list(map(written, tables[table])))
        found = decode_block(block, KIND, EVERYTHING)
        entries.append(random.sample(found.entries, len(found.entries)))
        letters += found.letters
        keys += found.keys
    export = assembled(*entries, random.sample(keys, len(keys)), **options)
    return export, [letter.reason for letter in (*letters, *export.letters)]


def counted(found: Assembled) -> dict[str, int]:
    """What the assembly counts and what is in its records, as the manifest has it, but for what was decoded only."""
    shards = [shard for shards in found.shards.values() for shard in shards]
    tally = found.assembly.tally
    for shard in shards:
        tally.count_tools(shard.written(found.options.video)[1])
    _, history, frames = zip((0, 0, 0), *found.members(), strict=True)
    names = ("duplicateTasks", "orphanStageHistory", "duplicateStageHistory", "orphanFrames", "annotations")
    rows = ("keyFrameRows", "interpolatedRows", "supersededRows")
    return {name: tally.counts.get(name, 0) for name in (*names, *rows)} | {
        "tasksExported": len(found.parts()),
        "stageHistoryExported": sum(history),
        "framesExported": sum(frames),
    }
