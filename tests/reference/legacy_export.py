"""The legacy export in memory, plain and slow: the judge of the real one.

Part of the independent judge (see ``reference.export``): written from transforms/README.md, "Legacy
generation" and "Legacy export". A record is one asset with its tasks; none is split.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from reference import checks
from reference.export import (
    DEFAULT_FIELDS,
    DEFAULT_VIDEO,
    ReferenceExport,
    dead_letters_of,
    told_keys,
    with_tasks,
)
from reference.legacy_rendering import DEFAULT_TOGGLES, legacy_asset, legacy_lists, legacy_task
from reference.legacy_rendering import check_legacy_task as check_task
from reference.line_limit import is_too_long
from reference.reading import SetAsideError, Source, instant_or_none, read_table
from reference.rendering import last_page_of
from reference.selection import is_selected
from reference.table_records import EARLIEST, FramesRecord, frames_records
from reference.video import checked_page, video_list

Json = dict[str, Any]


@dataclass
class LegacyCopy:
    """One valid record of the tasks table; several may have one taskId."""

    source: Json
    place: Source
    asset: Json
    task: Json
    selected: bool

    @property
    def task_id(self) -> str:
        return str(self.task["taskId"])

    @property
    def asset_key(self) -> tuple[str, bool]:
        """A task without an asset is one by itself, whatever other assets are called."""
        return (self.asset["assetId"] or self.task_id, not self.asset["assetId"])

    @property
    def rank(self) -> tuple[bool, datetime, bytes, bool]:
        updated_at = instant_or_none(self.source.get("updatedAt"))
        record = orjson.dumps({**self.asset, "tasks": [self.task]})
        return (updated_at is not None, updated_at or EARLIEST, record, self.selected)

    @property
    def frames(self) -> int:
        """0 for what is no video."""
        last_page = last_page_of(self.source)
        return 0 if last_page is None else last_page + 1


def reference_legacy_export(
    tables: Mapping[str, Mapping[str, bytes]], export: Mapping[str, Any], max_line_bytes: int | None = None
) -> ReferenceExport:
    """What exporting ``tables`` with ``generation: legacy`` must give.

    Args:
        tables: table name ("tasks", "frames") to file name to plain NDJSON.
        export: the ``export`` section of a config; what is missing has its default.
        max_line_bytes: of the ``output`` section; ``None``: no record is too long.
    """
    fields = {**DEFAULT_FIELDS, **export.get("fields", {})}
    toggles = {**DEFAULT_TOGGLES, **fields.pop("legacy", {})}
    video = {**DEFAULT_VIDEO, **export.get("video", {})}
    tasks = read_table(tables["tasks"], check_task)
    frames_read = read_table(tables.get("frames", {}), checks.check_frames)
    copies = [
        LegacyCopy(
            source,
            place,
            legacy_asset(source, toggles),
            legacy_task(source, fields, toggles),
            is_selected(source, export),
        )
        for source, place in zip(tasks.records, tasks.sources, strict=True)
    ]
    standing: dict[str, LegacyCopy] = {}
    for copy in copies:
        standing[copy.task_id] = max(standing.get(copy.task_id, copy), copy, key=lambda each: each.rank)
    frames = frames_records(frames_read, fields)
    assets = defaultdict(list)
    for copy in standing.values():
        if copy.selected:
            assets[copy.asset_key].append(copy)
    joined = [
        LegacyJoining(copies, frames, fields, toggles, video, max_line_bytes) for copies in assets.values()
    ]
    withdrawn = {task_id for task_id, _ in told_keys(tasks, checks.TASK_ID)} - set(standing)
    inside: Counter[str] = sum((each.counts for each in joined), Counter())
    records = sorted((each.record for each in joined if each.record), key=legacy_order)
    selected = sum(copy.selected for copy in standing.values())
    letters = [("tasks", *letter) for letter in tasks.dead_letters]
    letters += [("frames", *letter) for letter in frames_read.dead_letters]
    letters += [letter for each in joined for letter in each.dead_letters]
    with_their_tasks = with_tasks("frames", frames, withdrawn)
    letters += with_their_tasks
    objects = [row for record in records for task in record["tasks"] for row in task["objects"]]
    counts = {
        "tasksRead": tasks.read,
        "tasksExported": selected - inside["deadLetterTasks"],
        "tasksNotSelected": len(standing) - selected,
        "duplicateTasks": len(copies) - len(standing),
        "deadLetterTasks": len(tasks.dead_letters) + inside["deadLetterTasks"],
        **dict.fromkeys(NO_HISTORY, 0),
        "framesRead": frames_read.read,
        "framesExported": inside["framesExported"],
        "framesNotSelected": sum(
            record.task_id in standing
            and (not standing[record.task_id].selected or record.history_id is not None)
            for record in frames
        ),
        "orphanFrames": sum(record.task_id not in standing for record in frames) - len(with_their_tasks),
        "deadLetterFrames": len(frames_read.dead_letters)
        + inside["deadLetterFrames"]
        + len(with_their_tasks),
        "records": len(records),
        "assets": len({legacy_order(record)[0] for record in records}),
        "annotations": len(objects),
        **{name: inside[name] for name in ("keyFrameRows", "interpolatedRows", "supersededRows")},
    }
    return ReferenceExport(
        records=records,
        counts=counts,
        annotations_by_title=dict(Counter(row.get("title") or "" for row in objects)),
        **dead_letters_of({"tasks": tasks, "frames": frames_read}, letters),
    )


NO_HISTORY = (
    "stageHistoryRead",
    "stageHistoryExported",
    "stageHistoryNotSelected",
    "orphanStageHistory",
    "duplicateStageHistory",
    "deadLetterStageHistory",
)


def legacy_order(record: Json) -> tuple[str, str]:
    """What records are sorted by: assetId, or the id of the only task where there is none."""
    first_task = record["tasks"][0]["taskId"]
    return record["assetId"] or first_task, first_task


class LegacyJoining:
    """An asset: its selected tasks and their frames, put together.

    Attributes:
        record: of the export, unsplit; ``None`` where all tasks are set aside.
        counts: by the names of ``manifest.counts``, of this asset alone.
        dead_letters: (table, place, reason).
    """

    def __init__(  # noqa: PLR0913, PLR0917 - an asset, and settings
        self,
        copies: list[LegacyCopy],
        frames: list[FramesRecord],
        fields: Mapping[str, Any],
        toggles: Mapping[str, Any],
        video: Mapping[str, bool],
        max_line_bytes: int | None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[tuple[str, Source, str]] = []
        self.record: Json | None = None
        self._fields, self._toggles, self._video = fields, toggles, video
        self._all_frames = frames
        self._most = max_line_bytes
        self._join(sorted(copies, key=lambda copy: copy.task_id))

    def _join(self, copies: list[LegacyCopy]) -> None:
        head = max(copies, key=lambda copy: (copy.frames, copy.rank))
        self._frames = head.frames
        sound = list(filter(self._is_sound, copies))
        if sound and self._is_too_long(head, sound):
            alone = [copy for copy in sound if self._is_too_long(copy, [copy])] or sound
            for copy in alone:
                self._set_task_aside(copy, "line_too_long")
            if rest := [copy for copy in sound if copy not in alone]:
                self._join(rest)
        elif sound:
            self.record = self._record_of(head, [self._task(copy, self._frames_of(copy)) for copy in sound])

    def _is_sound(self, copy: LegacyCopy) -> bool:
        try:
            if self._frames:
                self._check_rows(copy.task)
        except SetAsideError as error:
            self._set_task_aside(copy, error.reason)
            return False
        return True

    def _is_too_long(self, head: LegacyCopy, copies: list[LegacyCopy]) -> bool:
        return is_too_long(self._record_of(head, [copy.task for copy in copies]), self._most)

    def _record_of(self, head: LegacyCopy, tasks: list[Json]) -> Json:
        last_page = self._frames - 1 if self._frames else None
        first_page = 0 if self._frames else None
        part = {"index": 0, "count": 1, "firstPage": first_page, "lastPage": last_page}
        return {**head.asset, "tasks": tasks, "part": part}

    def _frames_of(self, copy: LegacyCopy) -> list[FramesRecord]:
        """Rows of its answer; those of stage history are in no legacy record, and are not selected."""
        return [
            record
            for record in self._all_frames
            if record.task_id == copy.task_id and record.history_id is None
        ]

    def _set_task_aside(self, copy: LegacyCopy, reason: str) -> None:
        self._set_aside("tasks", copy.place, reason)
        for record in self._frames_of(copy):
            self._refuse(record, "with_its_task")

    def _task(self, copy: LegacyCopy, frames: Iterable[FramesRecord]) -> Json:
        task = dict(copy.task)
        if not self._frames:
            for record in frames:
                self._refuse(record, "not_a_video")
            return task
        kept = [record for record in frames if self._keeps(record)]
        for key in ("objects", "classifications"):
            found = video_list(
                task[key],
                [(record.page, row) for record in kept for row in self._rows_of(record)[key]],
                self._frames - 1,
                self._video,
                classifications=key == "classifications",
            )
            task[key] = found.values
            self.counts["supersededRows"] += found.superseded
            if key == "objects":
                self.counts["keyFrameRows"] += found.key_rows
                self.counts["interpolatedRows"] += found.computed_rows
        return task

    def _check_rows(self, task: Json) -> None:
        for key in ("objects", "classifications"):
            video_list(task[key], [], self._frames - 1, self._video)

    def _rows_of(self, record: FramesRecord) -> Json:
        lists = {"objects": record.lists["tools"], **record.lists}
        return legacy_lists(lists, record.task_id, self._toggles, of_frame=True)

    def _keeps(self, record: FramesRecord) -> bool:
        try:
            checked_page(record.page, self._frames - 1)
        except SetAsideError as error:
            self._refuse(record, error.reason)
            return False
        self.counts["framesExported"] += 1
        return True

    def _refuse(self, record: FramesRecord, reason: str) -> None:
        self._set_aside("frames", record.place, reason)

    def _set_aside(self, table: str, place: Source, reason: str) -> None:
        self.counts["deadLetterTasks" if table == "tasks" else "deadLetterFrames"] += 1
        self.dead_letters.append((table, place, reason))
