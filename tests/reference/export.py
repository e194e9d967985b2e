"""The export as transforms/README.md states it, in memory, plain and slow: the judge of the real one.

It shares no code with ``pipelines`` and ``transforms``, so that a mistake in
one of the two shows as a difference. It covers the tables and the
record of ``generation: v3``, ``type: task``. Left out: the issues table. Records
are not split: ``reference.parts`` puts the parts of the real export together.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from reference import checks
from reference.counting import annotations_by_title, asset_key, record_counts, row_counts
from reference.joining import Joining
from reference.keys import Key, told_key
from reference.reading import Source, TableRead, read_table
from reference.table_records import (
    frames_records,
    history_records,
    task_copies,
    winners,
    without_duplicates,
)

Json = dict[str, Any]
Letter = tuple[str, Source, str]

DEFAULT_FIELDS = {"annotation_metadata": True, "stage_history": True, "idle_blur_durations": False}
DEFAULT_VIDEO = {"only_key_frames": False, "key_frame_flag": False}


@dataclass
class ReferenceExport:
    """What an export must hold.

    Attributes:
        records: sorted by assetId (taskId where there is none), then taskId;
            keys in the contract's order; none is split.
        counts: every key of ``manifest.counts``; ``records`` counts unsplit ones.
        annotations_by_title: tools of the exported answers; "" = without a title.
        dead_letters: (table, (file name, line from 1), reason), in reading order.
        texts: the record of each, as it was read.
    """

    records: list[Json]
    counts: dict[str, int]
    annotations_by_title: dict[str, int]
    dead_letters: list[Letter]
    texts: list[str]


def reference_export(
    tables: Mapping[str, Mapping[str, bytes]], export: Mapping[str, Any], max_line_bytes: int | None = None
) -> ReferenceExport:
    """What exporting ``tables`` must give.

    Args:
        tables: table name ("tasks", "stage_history", "frames") to file name to plain NDJSON.
        export: the ``export`` section of a config; what is missing has the contract's default.
        max_line_bytes: of the ``output`` section; ``None``: no record is too long.
    """
    fields = {**DEFAULT_FIELDS, **export.get("fields", {})}
    video = {**DEFAULT_VIDEO, **export.get("video", {})}
    history_files = tables.get("stage_history", {}) if fields["stage_history"] else {}
    read = {
        "tasks": read_table(tables["tasks"], checks.check_task),
        "stage_history": read_table(history_files, checks.check_stage_history),
        "frames": read_table(tables.get("frames", {}), checks.check_frames),
    }
    standing = winners(task_copies(read["tasks"], export, fields))
    history = without_duplicates(history_records(read["stage_history"], fields))
    frames = frames_records(read["frames"], fields)
    entries_set_aside = told_keys(read["stage_history"], checks.HISTORY_TASK_ID)
    joined = [
        Joining(
            copy,
            _of_task(history, copy.task_id),
            _of_task(frames, copy.task_id),
            fields,
            video,
            withdrawn={own_id for task_id, own_id in entries_set_aside if own_id and task_id == copy.task_id},
            max_line_bytes=max_line_bytes,
        )
        for copy in standing.values()
        if copy.selected
    ]
    withdrawn = {task_id for task_id, _ in told_keys(read["tasks"], checks.TASK_ID)} - set(standing)
    letters = [(name, *letter) for name, table in read.items() for letter in table.dead_letters]
    letters += [letter for each in joined for letter in each.dead_letters]
    letters += with_tasks("stage_history", history, withdrawn) + with_tasks("frames", frames, withdrawn)
    records = sorted((each.record for each in joined if each.record), key=_sort_key)
    counts = record_counts(read, standing, history, frames, joined, withdrawn)
    return ReferenceExport(
        records=records,
        counts=counts | row_counts(records, joined),
        annotations_by_title=annotations_by_title(records),
        **dead_letters_of(read, letters),
    )


def told_keys(table: TableRead, names: Sequence[str]) -> list[Key]:
    """The keys of the records that are set aside, as far as they can be told."""
    keys = (told_key(table.lines[place], names) for place, _ in table.dead_letters)
    return [key for key in keys if key is not None]


def with_tasks(table: str, records: Iterable[Any], withdrawn: Set[str]) -> list[Letter]:
    """The records of a table whose tasks are set aside."""
    return [(table, record.place, "with_its_task") for record in records if record.task_id in withdrawn]


def dead_letters_of(read: Mapping[str, TableRead], letters: Iterable[Letter]) -> dict[str, Any]:
    """The letters in reading order, and their records."""
    names = list(read)
    ordered = sorted(letters, key=lambda letter: (names.index(letter[0]), letter[1]))
    texts = [read[table].lines[place].decode(errors="backslashreplace") for table, place, _ in ordered]
    return {"dead_letters": ordered, "texts": texts}


def _of_task(records: Iterable[Any], task_id: str) -> list[Any]:
    return [record for record in records if record.task_id == task_id]


def _sort_key(record: Json) -> tuple[str, str]:
    return asset_key(record), record["task"]["taskId"]
