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
from reference.export import DEFAULT_FIELDS, DEFAULT_VIDEO, ReferenceExport
from reference.legacy_rendering import DEFAULT_TOGGLES, legacy_asset, legacy_lists, legacy_task
from reference.legacy_rendering import check_legacy_task as check_task
from reference.reading import SetAsideError, Source, instant_or_none, read_table
from reference.records import EARLIEST, FramesRecord, frames_records
from reference.rendering import last_page_of
from reference.selection import is_selected
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
    tables: Mapping[str, Mapping[str, bytes]], export: Mapping[str, Any]
) -> ReferenceExport:
    """What exporting ``tables`` with ``generation: legacy`` must give.

    Args:
        tables: table name ("tasks", "frames") to file name to plain NDJSON.
        export: the ``export`` section of a config; what is missing has its default.
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
    joined = [LegacyJoining(copies, frames, fields, toggles, video) for copies in assets.values()]
    inside: Counter[str] = sum((each.counts for each in joined), Counter())
    records = sorted((each.record for each in joined), key=legacy_order)
    selected = sum(copy.selected for copy in standing.values())
    letters = [("tasks", *letter) for letter in tasks.dead_letters]
    letters += [("frames", *letter) for letter in frames_read.dead_letters]
    letters += [letter for each in joined for letter in each.dead_letters]
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
        "orphanFrames": sum(record.task_id not in standing for record in frames),
        "deadLetterFrames": len(frames_read.dead_letters) + inside["deadLetterFrames"],
        "records": len(records),
        "assets": len({legacy_order(record)[0] for record in records}),
        "annotations": len(objects),
        **{name: inside[name] for name in ("keyFrameRows", "interpolatedRows", "supersededRows")},
    }
    return ReferenceExport(
        records=records,
        counts=counts,
        annotations_by_title=dict(Counter(row.get("title") or "" for row in objects)),
        dead_letters=sorted(letters, key=lambda letter: (("tasks", "frames").index(letter[0]), letter[1])),
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
        record: of the export, unsplit.
        counts: by the names of ``manifest.counts``, of this asset alone.
        dead_letters: (table, place, reason).
    """

    def __init__(
        self,
        copies: list[LegacyCopy],
        frames: list[FramesRecord],
        fields: Mapping[str, Any],
        toggles: Mapping[str, Any],
        video: Mapping[str, bool],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[tuple[str, Source, str]] = []
        self._fields, self._toggles, self._video = fields, toggles, video
        head = max(copies, key=lambda copy: (copy.frames, copy.rank))
        self._frames = head.frames
        tasks = []
        for copy in sorted(copies, key=lambda copy: copy.task_id):
            own = [
                record for record in frames if record.task_id == copy.task_id and record.history_id is None
            ]
            try:
                tasks.append(self._task(copy, own))
            except SetAsideError as error:
                self._set_aside("tasks", copy.place, error.reason)
                self.counts["deadLetterFrames"] += len(own)
        last_page = self._frames - 1 if self._frames else None
        first_page = 0 if self._frames else None
        part = {"index": 0, "count": 1, "firstPage": first_page, "lastPage": last_page}
        self.record = {**head.asset, "tasks": tasks, "part": part}

    def _task(self, copy: LegacyCopy, frames: Iterable[FramesRecord]) -> Json:
        task = dict(copy.task)
        if not self._frames:
            for record in frames:
                self._refuse(record, "not_a_video")
            return task
        self._check_rows(task)
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
