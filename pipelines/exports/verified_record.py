"""A record as ``verify`` looks at it, of whichever kind."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from framehaul.transforms.exports.record_frames import AnyRow, PagedRow, VideoMetadata, with_rows_alone
from framehaul.transforms.exports.record_parts import PartHead, end_of, part_of
from framehaul.transforms.kinds.kinds import ISSUE, LEGACY, V3, RecordKind


class _Tool(PagedRow):
    title: str | None = None


class _Entry(msgspec.Struct):
    tools: list[AnyRow]
    classifications: list[AnyRow]


class _Task(msgspec.Struct, rename="camel"):
    task_id: str
    tools: list[_Tool]
    classifications: list[AnyRow]
    stage_history: list[_Entry] = []


class _V3Record(msgspec.Struct, rename="camel"):
    """What is looked at in a line of v3; other kinds have the same properties.

    Attributes:
        sources: tasks (or issues) in it.
        entries: stage-history entries, or tasks: what every part of the record has as many of.
    """

    asset_id: str | None
    metadata: VideoMetadata
    task: _Task
    dataset: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    sources: ClassVar[int] = 1

    @property
    def key(self) -> tuple[str, str]:
        """What records are sorted by."""
        return self.asset_id or self.task.task_id, self.task.task_id

    @property
    def stage_entries(self) -> int:
        return len(self.task.stage_history)

    @property
    def entries(self) -> int:
        return self.stage_entries

    @property
    def tools(self) -> Sequence[_Tool]:
        """Those that the manifest counts."""
        return self.task.tools

    def rows(self) -> Iterator[AnyRow]:
        """Of all lists whose rows may tell a frame."""
        yield from self.task.tools
        yield from self.task.classifications
        for entry in self.task.stage_history:
            yield from entry.tools
            yield from entry.classifications


class _LegacyTask(msgspec.Struct, rename="camel"):
    task_id: str
    objects: list[_Tool]
    classifications: list[AnyRow]


class _LegacyRecord(msgspec.Struct, rename="camel"):
    asset_id: str | None
    metadata: VideoMetadata
    tasks: list[_LegacyTask]
    dataset: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    stage_entries: ClassVar[int] = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.asset_id or self.tasks[0].task_id, self.tasks[0].task_id

    @property
    def sources(self) -> int:
        return len(self.tasks)

    @property
    def entries(self) -> int:
        return len(self.tasks)

    @property
    def tools(self) -> list[_Tool]:
        return [tool for task in self.tasks for tool in task.objects]

    def rows(self) -> Iterator[AnyRow]:
        for task in self.tasks:
            yield from task.objects
            yield from task.classifications


class _IssueRecord(msgspec.Struct):
    own_id: str = msgspec.field(name="_id")

    metadata: ClassVar = VideoMetadata()
    dataset: ClassVar = msgspec.UNSET
    tools: ClassVar[Sequence[_Tool]] = ()
    sources: ClassVar[int] = 1
    stage_entries: ClassVar[int] = 0
    entries: ClassVar[int] = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.own_id, self.own_id

    def rows(self) -> Iterator[AnyRow]:
        yield from ()


VerifiedRecord = _V3Record | _LegacyRecord | _IssueRecord

_DECODERS: dict[str, msgspec.json.Decoder[VerifiedRecord]] = {
    kind.name: msgspec.json.Decoder(record)
    for kind, record in (
        (V3, _V3Record),
        (LEGACY, _LegacyRecord),
        (ISSUE, _IssueRecord),
    )
}


def verified_record(line: bytes, kind: RecordKind, *, with_entries: bool) -> tuple[VerifiedRecord, PartHead]:
    """What is in a line, and which part it is.

    Args:
        with_entries: rows of videos stand in entries; they count, not the entries.

    Raises:
        msgspec.MsgspecError, StorageError: it is no record.
    """
    decoder = _DECODERS[kind.name]
    record, part = decoder.decode(line), part_of(line)
    if with_entries and part.pages is not None:
        record = decoder.decode(with_rows_alone(line))
    return record, part


def verified_whole_record(
    line: bytes, kind: RecordKind, *, with_entries: bool
) -> tuple[VerifiedRecord, PartHead]:
    """The same for a record without ``part``: it is the only one.

    Raises:
        msgspec.MsgspecError, StorageError: it is no record.
    """
    decoder = _DECODERS[kind.name]
    record = decoder.decode(line)
    frames = record.metadata.frame_total
    is_video = record.dataset is msgspec.UNSET and isinstance(frames, int) and frames > 0
    part = PartHead(0, 1, 0, frames - 1) if is_video else PartHead(0, 1, None, None)
    if with_entries and is_video:
        record = decoder.decode(with_rows_alone(line[:-1] + end_of(part)))
    return record, part
