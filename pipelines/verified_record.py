"""A record as ``verify`` looks at it."""

from collections.abc import Iterator

import msgspec

from transforms.formats.record_frames import AnyRow, PagedRow, VideoMetadata, with_rows_alone
from transforms.formats.record_parts import PartHead, end_of, part_of


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

    def rows(self) -> Iterator[AnyRow]:
        """Of all lists whose rows may tell a frame."""
        yield from self.tools
        yield from self.classifications
        for entry in self.stage_history:
            yield from entry.tools
            yield from entry.classifications


class VerifiedRecord(msgspec.Struct, rename="camel"):
    """What is looked at in a line."""

    asset_id: str | None
    metadata: VideoMetadata
    task: _Task
    dataset: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def key(self) -> tuple[str, str]:
        """What records are sorted by."""
        return self.asset_id or self.task.task_id, self.task.task_id

    @property
    def entries(self) -> int:
        return len(self.task.stage_history)


_RECORD = msgspec.json.Decoder(VerifiedRecord)


def verified_record(line: bytes, *, with_entries: bool) -> tuple[VerifiedRecord, PartHead]:
    """What is in a line, and which part it is.

    Args:
        with_entries: rows of videos stand in entries; they count, not the entries.

    Raises:
        msgspec.MsgspecError, StorageError: it is no record.
    """
    record, part = _RECORD.decode(line), part_of(line)
    if with_entries and part.pages is not None:
        record = _RECORD.decode(with_rows_alone(line))
    return record, part


def verified_whole_record(line: bytes, *, with_entries: bool) -> tuple[VerifiedRecord, PartHead]:
    """The same for a record without ``part``: it is the only one.

    Raises:
        msgspec.MsgspecError, StorageError: it is no record.
    """
    record = _RECORD.decode(line)
    frames = record.metadata.frame_total
    is_video = record.dataset is msgspec.UNSET and isinstance(frames, int) and frames > 0
    part = PartHead(0, 1, 0, frames - 1) if is_video else PartHead(0, 1, None, None)
    if with_entries and is_video:
        record = _RECORD.decode(with_rows_alone(line[:-1] + end_of(part)))
    return record, part
