"""Tasks, stage history and frames, decoded and put together in this process, without Beam."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from awkward.lines import written
from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry, decode_frames
from framehaul.transforms.kinds.ango_v3.assembly import TaskAssembly
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry, decode_stage_entry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy, decode_task
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.long_record import LongRecord, LongShard
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.selection import Between, Selection
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.tables import SET_ASIDE

SELECTION = Selection(stages=frozenset("*"), task_types=frozenset("*"), created_at=Between(after="2000"))
LEAST: dict[str, Any] = {"stage": "Complete", "createdAt": "2024-01-01"}
ENTRY: dict[str, Any] = {"stage": "Label", "completedAt": "2024-05-01T08:00:00Z"}


def copy_of(task_id: str, source: tuple[int, int] = (0, 1), **changes: Any) -> TaskCopy:
    record = {**LEAST, "taskId": task_id, **changes}
    return decode_task(rewrite_plain(written(record)), source, SELECTION, Fields())


def video_of(task_id: str, frames: int, tools: Sequence[Any] = (), **changes: Any) -> TaskCopy:
    answer = {"tools": list(tools)}
    return copy_of(task_id, **{"metadata": {"frameTotal": frames}, "answer": answer, **changes})


def entry_of(
    task_id: str, own_id: str | None = None, source: tuple[int, int] = (1, 1), **changes: Any
) -> StageEntry:
    record = {**ENTRY, "taskId": task_id, "_id": own_id, **changes}
    return decode_stage_entry(rewrite_plain(written(record)), source, Fields())


def frames_of(task_id: str, page: int, source: tuple[int, int] = (2, 1), **keys: Any) -> FramesEntry:
    return decode_frames(rewrite_plain(written({"taskId": task_id, "page": page, **keys})), source, Fields())


def block_with(entries: Sequence[Any]) -> Block:
    builder: BlockBuilder[Any] = BlockBuilder(Exchange(None))
    for entry in entries:
        builder.add(0, entry, 0)
    ((_, block),) = builder.flush()
    return block


def options_of(**changes: Any) -> RecordOptions:
    defaults = {"with_history": True, "max_line_bytes": 1 << 20, "shard_bytes": 64 << 20}
    return RecordOptions(**{**defaults, **changes})


@dataclass
class Assembled:
    """What an assembly gave.

    Attributes:
        lines: of records that share shards, and the empty ones that stand for others.
        long: records with shards of their own.
        shards: of these, in order.
        letters: records that are set aside.
    """

    options: RecordOptions
    assembly: TaskAssembly
    lines: list[RecordLine] = field(default_factory=list)
    long: list[LongRecord] = field(default_factory=list)
    shards: dict[str, list[LongShard]] = field(default_factory=dict)
    letters: list[SetAside] = field(default_factory=list)

    def parts(self) -> dict[str, list[bytes]]:
        """The lines of each record, by task."""
        found: dict[str, list[bytes]] = defaultdict(list)
        for line in sorted(self.lines, key=lambda line: line.part):
            if line.line:
                found[line.task_id].append(line.line)
        for task_id, shards in self.shards.items():
            for shard in shards:
                found[task_id] += shard.written(self.options.video)[0]
        return dict(sorted(found.items()))

    def members(self) -> list[tuple[int, ...]]:
        """How many tasks, stage-history entries and frames records there are in each line and long shard."""
        shards = [shard for shards in self.shards.values() for shard in shards]
        return [each.members or (0, 0, 0) for each in (*self.lines, *shards)]

    def set_aside(self) -> list[tuple[str, tuple[int, int], str]]:
        """Table, place and reason of all letters, in order."""
        return sorted((letter.table, letter.source, letter.reason) for letter in self.letters)

    def counts(self) -> dict[str, int]:
        """What the assembly counts, without what is 0."""
        return {name: number for name, number in self.assembly.tally.counts.items() if number}


def assembled(
    copies: Sequence[TaskCopy],
    history: Sequence[StageEntry] = (),
    frames: Sequence[FramesEntry] = (),
    keys: Sequence[SetAsideKey] = (),
    **options: Any,
) -> Assembled:
    """All of it put together; ``keys`` are those of records that were set aside before."""
    found = Assembled(options_of(**options), TaskAssembly(options_of(**options)))
    tables = {"tasks": copies, "stage_history": history, "frames": frames, SET_ASIDE: keys}
    for table, entries in tables.items():
        blocks = [block_with(entries[first : first + 7]) for first in range(0, len(entries), 7)]
        found.assembly.add(table, blocks)
    for record in found.assembly.records():
        if isinstance(record, SetAside):
            found.letters.append(record)
        elif isinstance(record, LongRecord):
            found.long.append(record)
            found.shards[record.task_id] = list(record.shards(found.options.shard_bytes))
        else:
            found.lines.append(record)
    return found


@contextmanager
def small_chunks(pages: int, held_bytes: int = 0, exact_bytes: int | None = None) -> Iterator[None]:
    """Videos gone through in chunks of so many pages, with frames records read again as those of a long one are."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("parts.answer_rows", "parts.video_rows", "kinds.ango.frames_table"):
            patch.setattr(f"framehaul.transforms.{module}.CHUNK_PAGES", pages)
        patch.setattr("framehaul.transforms.kinds.ango.frames_table._HELD_BYTES", held_bytes)
        if exact_bytes is not None:
            patch.setattr("framehaul.transforms.parts.finished.EXACT_BYTES", exact_bytes)
        yield


class _Lists(msgspec.Struct):
    tools: list[Raw]
    classifications: list[Raw]
    relations: list[Raw]


class _Task(_Lists):
    stage_history: list[_Lists] = msgspec.field(name="stageHistory", default=[])


class _Record(msgspec.Struct):
    task: _Task


def rows_in(line: bytes) -> list[list[bytes]]:
    """The rows of each list of a line, as the bytes they are."""
    task = msgspec.json.decode(line, type=_Record).task
    answers = [task, *task.stage_history]
    lists = [rows for each in answers for rows in (each.tools, each.classifications, each.relations)]
    return [list(map(bytes, rows)) for rows in lists]
