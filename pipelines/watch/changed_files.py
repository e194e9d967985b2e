"""Read the files that have changed, and in them only what the rules of triggers need."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from framehaul.pipelines.survey.table_records import TableReader
from framehaul.pipelines.survey.task_survey import TaskFacts, add_rows, task_facts
from framehaul.pipelines.survey.video_row_counts import VideoRowCounts
from framehaul.pipelines.survey.video_row_heads import lists_of, rows_in, text_of
from framehaul.pipelines.watch.seen_tables import SeenVideo
from framehaul.pipelines.watch.task_states import TaskBatch
from framehaul.transforms import tables
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.table_rows import FRAMES, STAGE_ENTRY, RawFrames, RawStageEntry, RawTask
from framehaul.transforms.records.json_fields import decoded, first, required
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile
from framehaul.transforms.video.frame_numbers import MOST_FRAMES, page_of

_ROWS: dict[str, type[msgspec.Struct]] = {
    tables.TASKS.name: RawTask,
    tables.STAGE_HISTORY.name: RawStageEntry,
    tables.FRAMES.name: RawFrames,
}


@dataclass
class Changed:
    """Findings in one file.

    Attributes:
        tasks: in a file of tasks.
        projects: of these tasks.
        task_ids: to which the records of another table belong.
        videos: by task id, those that are selected.
        pages: annotated frames of rows that stand outside of their tasks, by task id.
    """

    tasks: TaskBatch = field(default_factory=TaskBatch)
    projects: set[str | None] = field(default_factory=set)
    task_ids: set[str] = field(default_factory=set)
    videos: dict[str, SeenVideo] = field(default_factory=dict)
    pages: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class FileReader:
    """Reads files of the source tables.

    Attributes:
        with_videos: whether rows of videos are looked at.
    """

    selection: Selection
    options: StorageOptions
    with_videos: bool

    def read(self, table: str, file: SourceFile) -> Changed:
        """Read a file. Records that the run would set aside are left to it.

        Raises:
            SourceError: it is damaged, or cannot be read.
        """
        if table not in _ROWS:
            return Changed(projects={None})  # a table whose records tell no task; see ``rules.EVERYTHING``
        reader = TableReader(table, [file], _ROWS[table], self.options, lambda _: None)
        changed = Changed()
        if table == "tasks":
            self._read_tasks(reader, changed)
        elif table == "frames" and self.with_videos:
            _read_frames(reader, changed)
        else:
            changed.task_ids |= set(_task_ids(reader))
        return changed

    def _read_tasks(self, reader: TableReader, changed: Changed) -> None:
        needs_rows = self._needs_rows if self.with_videos else None
        for records in reader.sized_records(needs_rows):
            for line, _ in records:
                try:
                    text = text_of(line)
                    facts = task_facts(text, self.selection)
                    if self.with_videos and facts.identity.selected and facts.frames is not None:
                        _keep_newest(changed.videos, facts, facts.frames)
                except InvalidRecordError:
                    continue
                changed.tasks.add(facts.identity)
                changed.projects.add(facts.identity.project)

    def _needs_rows(self, line: bytes) -> bool:
        try:
            task = task_facts(text_of(line), self.selection)
        except InvalidRecordError:
            return False
        return task.identity.selected and task.frames is not None


def _keep_newest(videos: dict[str, SeenVideo], facts: TaskFacts, frames: int) -> None:
    task = facts.identity
    known = videos.get(task.task_id)
    if known is not None and known.updated_at > task.updated_at:
        return
    rows = VideoRowCounts(frames)
    add_rows(facts.answer, rows)
    videos[task.task_id] = SeenVideo(task.project, task.updated_at, frames, pack_pages(rows.annotated_pages))


def _read_frames(reader: TableReader, changed: Changed) -> None:
    """Read rows of answers; those of stages that the task has left do not count as annotated frames."""
    pages: dict[str, bytearray] = {}
    for records in reader.sized_records():
        for line, _ in records:
            try:
                head = decoded(FRAMES, text_of(line))
                task_id = required(first(head.task_id, head.label_task, head.task), "taskId")
                page = page_of(head.page, MOST_FRAMES - 1)
                has_rows = any(any(True for _ in rows_in(rows)) for rows in lists_of(head).values())
            except InvalidRecordError:
                continue
            changed.task_ids.add(task_id)
            if has_rows and not head.history_id:
                _set_bit(pages.setdefault(task_id, bytearray()), page)
    changed.pages = {task_id: pack_pages(bits) for task_id, bits in pages.items()}


def _set_bit(bits: bytearray, page: int) -> None:
    bits.extend(bytes(max(0, page // 8 + 1 - len(bits))))
    bits[page >> 3] |= 1 << (page & 7)


def _task_ids(reader: TableReader) -> Iterator[str]:
    for records in reader.sized_records():
        for line, _ in records:
            try:
                head = decoded(STAGE_ENTRY, text_of(line))
            except InvalidRecordError:
                continue
            if task_id := first(head.task_id, head.label_task, head.task):
                yield task_id


def pack_pages(pages: bytes | bytearray) -> bytes:
    """Compress a bit for each page: annotated frames often stand side by side, so their bits shrink well."""
    return zlib.compress(pages.rstrip(b"\0"), 6)


def unpack_pages(pages: bytes) -> int:
    return int.from_bytes(zlib.decompress(pages), "little")
