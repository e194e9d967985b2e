"""The export as transforms/README.md states it, in memory, plain and slow: the judge of the real one.

It shares no code with ``pipelines`` and ``transforms``, so that a mistake in
one of the two shows as a difference. It covers the tables and the
record of ``generation: v3``, ``type: task``. Left out: the issues table. Records
are not split: ``reference.parts`` puts the parts of the real export together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reference import checks
from reference.counting import annotations_by_title, asset_key, record_counts, row_counts
from reference.joining import Joining
from reference.reading import Source, TableRead, read_table
from reference.records import (
    frames_records,
    history_records,
    task_copies,
    winners,
    without_duplicates,
)

Json = dict[str, Any]

DEFAULT_FIELDS = {"annotation_metadata": True, "stage_history": True, "idle_blur_durations": False}
DEFAULT_VIDEO = {"only_key_frames": False, "key_frame_flag": False}
TABLES = ("tasks", "stage_history", "frames")


@dataclass
class ReferenceExport:
    """What an export must hold.

    Attributes:
        records: sorted by assetId (taskId where there is none), then taskId;
            keys in the order of transforms/README.md, "Record"; none is split.
        counts: every key of ``manifest.counts``; ``records`` counts unsplit ones.
        annotations_by_title: tools of the exported answers; "" = without a title.
        dead_letters: (table, (file name, line from 1), reason), in reading order.
    """

    records: list[Json]
    counts: dict[str, int]
    annotations_by_title: dict[str, int]
    dead_letters: list[tuple[str, Source, str]]


def reference_export(tables: Mapping[str, Mapping[str, bytes]], export: Mapping[str, Any]) -> ReferenceExport:
    """What exporting ``tables`` must give.

    Args:
        tables: table name ("tasks", "stage_history", "frames") to file name to plain NDJSON.
        export: the ``export`` section of a config; what is missing has its default (configs/README.md).
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
    joined = [
        Joining(copy, _of_task(history, copy.task_id), _of_task(frames, copy.task_id), fields, video)
        for copy in standing.values()
        if copy.selected
    ]
    records = sorted((each.record for each in joined), key=_sort_key)
    return ReferenceExport(
        records=records,
        counts=record_counts(read, standing, history, frames, joined) | row_counts(records, joined),
        annotations_by_title=annotations_by_title(records),
        dead_letters=_all_dead_letters(read, joined),
    )


def _of_task(records: Iterable[Any], task_id: str) -> list[Any]:
    return [record for record in records if record.task_id == task_id]


def _all_dead_letters(
    read: Mapping[str, TableRead], joined: Iterable[Joining]
) -> list[tuple[str, Source, str]]:
    letters = [(name, *letter) for name, table in read.items() for letter in table.dead_letters]
    letters += [letter for each in joined for letter in each.dead_letters]
    return sorted(letters, key=lambda letter: (TABLES.index(letter[0]), letter[1]))


def _sort_key(record: Json) -> tuple[str, str]:
    return asset_key(record), record["task"]["taskId"]
