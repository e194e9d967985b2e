"""Content of a record of whichever kind, as far as readers of exports look into it."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from framehaul.transforms.exports.output_form import OutputForm
from framehaul.transforms.exports.record_frames import AnyRow, PagedRow, VideoMetadata, with_rows_alone
from framehaul.transforms.exports.record_parts import PartHead, end_of, part_of
from framehaul.transforms.kinds.kinds import ISSUE, LEGACY, V3, RecordKind


class _TaskHead(msgspec.Struct, rename="camel"):
    task_id: str


class V3Head(msgspec.Struct, rename="camel"):
    """Beginning of a record of v3: whose it is, and how long a video."""

    asset_id: str | None
    metadata: VideoMetadata
    task: _TaskHead

    @property
    def key(self) -> tuple[str, str]:
        """The ids of asset (of the task, where there is none) and task, by which records are sorted."""
        return self.asset_id or self.task.task_id, self.task.task_id


class _Tool(PagedRow):
    title: str | None = None


class _Entry(msgspec.Struct):
    tools: list[AnyRow]
    classifications: list[AnyRow]


class _Task(_TaskHead, rename="camel"):
    tools: list[_Tool]
    classifications: list[AnyRow]
    stage_history: list[_Entry] = []


class V3Content(V3Head, rename="camel"):
    """Record of v3; those of other kinds have the same properties.

    Attributes:
        sources: tasks (or issues) in it.
        entries: stage-history entries (or tasks), of which every part of the record has the same number.
    """

    task: _Task
    dataset: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    sources: ClassVar[int] = 1

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
        """Rows of all lists that may tell a frame."""
        yield from self.task.tools
        yield from self.task.classifications
        for entry in self.task.stage_history:
            yield from entry.tools
            yield from entry.classifications


class _LegacyTask(msgspec.Struct, rename="camel"):
    task_id: str
    objects: list[_Tool]
    classifications: list[AnyRow]


class LegacyContent(msgspec.Struct, rename="camel"):
    """Record of the legacy generation."""

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


class IssueContent(msgspec.Struct):
    """Record of an issue."""

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


RecordContent = V3Content | LegacyContent | IssueContent

_DECODERS: dict[str, msgspec.json.Decoder[RecordContent]] = {
    kind.name: msgspec.json.Decoder(record)
    for kind, record in (
        (V3, V3Content),
        (LEGACY, LegacyContent),
        (ISSUE, IssueContent),
    )
}


def content_of(line: bytes, kind: RecordKind, form: OutputForm) -> tuple[RecordContent, PartHead]:
    """The content of a line, and which part of its record it is: the only one, where records have no ``part``.

    In the layout ``tracks`` the rows of entries stand in place of these.

    Args:
        form: of the export.

    Raises:
        msgspec.MsgspecError, StorageError: it is no record.
    """
    decoder = _DECODERS[kind.name]
    record = decoder.decode(line)
    part = _only_part(record) if form.is_single else part_of(line)
    if form.with_entries and part.pages is not None:
        in_parts = line[:-1] + end_of(part) if form.is_single else line
        record = decoder.decode(with_rows_alone(in_parts))
    return record, part


def _only_part(record: RecordContent) -> PartHead:
    frames = record.metadata.frame_total
    is_video = record.dataset is msgspec.UNSET and isinstance(frames, int) and frames > 0
    return PartHead(0, 1, 0, frames - 1) if is_video else PartHead(0, 1, None, None)
