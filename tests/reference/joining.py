"""One exported task together with its stage history and its frames.

Part of the independent judge (see ``reference.export``). Here the records are
set aside of which only the task tells that they break the contract: rows on
pages that its video does not have, frames of a task that is no video, what is too
long; and what belongs to these.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

from reference.line_limit import is_too_long
from reference.reading import SetAsideError, Source
from reference.rendering import last_page_of, part_of
from reference.table_records import FramesRecord, HistoryRecord, TaskCopy
from reference.video import checked_page, video_list

Json = dict[str, Any]

LISTS_WITH_PAGES = ("tools", "classifications")
WITH_ITS_TASK = "with_its_task"
SET_ASIDE = {
    "tasks": "deadLetterTasks",
    "stage_history": "deadLetterStageHistory",
    "frames": "deadLetterFrames",
}


class Joining:
    """A task, all stage history of it and all its frames, put together.

    Attributes:
        record: of the export, unsplit; ``None`` where the task is set aside.
        counts: by the names of ``manifest.counts``, of this task alone.
        dead_letters: (table, place, reason).
    """

    def __init__(  # noqa: PLR0913 - a task, all that belongs to it, and settings
        self,
        copy: TaskCopy,
        history: Iterable[HistoryRecord],
        frames: Iterable[FramesRecord],
        fields: Mapping[str, bool],
        video: Mapping[str, bool],
        *,
        withdrawn: Set[str] = frozenset(),
        max_line_bytes: int | None = None,
    ) -> None:
        """``withdrawn``: ids of stage history of the task that was set aside already."""
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[tuple[str, Source, str]] = []
        self.record: Json | None = None
        self._copy = copy
        self._last_page = last_page_of(copy.source)
        self._video = video
        self._withdrawn = set(withdrawn)
        self._has_history = fields["stage_history"]
        self._most = max_line_bytes
        frames = list(frames)
        kept = self._without_faults(sorted(history, key=lambda entry: entry.position))
        if is_too_long(self._bare(kept), self._most):
            self._all_set_aside(kept, frames)
            return
        self.counts["tasksExported"] += 1
        self.counts["stageHistoryExported"] += len(kept)
        self._history_ids = {entry.history_id for entry in kept} if self._has_history else None
        own = list(filter(self._keeps_frames, frames))
        self.record = self._record_of(kept, own)

    def _without_faults(self, history: list[HistoryRecord]) -> list[HistoryRecord]:
        """Entries with a bad row, and those that are too long with their task alone, take themselves out."""
        sound = list(filter(self._is_sound, history))
        if is_too_long(self._bare([]), self._most):
            return sound
        return list(filter(self._is_short, sound))

    def _is_sound(self, entry: HistoryRecord) -> bool:
        try:
            for key in LISTS_WITH_PAGES:
                if self._last_page is not None:
                    video_list(entry.entry[key], [], self._last_page, self._video)
        except SetAsideError as error:
            self._withdraw(entry, error.reason)
            return False
        return True

    def _is_short(self, entry: HistoryRecord) -> bool:
        if is_too_long(self._bare([entry]), self._most):
            self._withdraw(entry, "line_too_long")
            return False
        return True

    def _withdraw(self, entry: HistoryRecord, reason: str) -> None:
        self._set_aside("stage_history", entry.place, reason)
        if entry.history_id is not None:
            self._withdrawn.add(entry.history_id)

    def _all_set_aside(self, history: list[HistoryRecord], frames: list[FramesRecord]) -> None:
        self._set_aside("tasks", self._copy.place, "line_too_long")
        for entry in history:
            self._set_aside("stage_history", entry.place, WITH_ITS_TASK)
        for record in frames:
            self._set_aside("frames", record.place, WITH_ITS_TASK)

    def _keeps_frames(self, record: FramesRecord) -> bool:
        if record.history_id is not None and self._history_ids is None:
            self.counts["framesNotSelected"] += 1
            return False
        try:
            if record.history_id is not None and record.history_id not in (self._history_ids or ()):
                if record.history_id not in self._withdrawn:
                    self.counts["orphanFrames"] += 1
                    return False
                raise SetAsideError(WITH_ITS_TASK)
            if self._last_page is None:
                raise SetAsideError("not_a_video")
            checked_page(record.page, self._last_page)
        except SetAsideError as error:
            self._set_aside("frames", record.place, error.reason)
            return False
        self.counts["framesExported"] += 1
        return True

    def _set_aside(self, table: str, place: Source, reason: str) -> None:
        self.counts[SET_ASIDE[table]] += 1
        self.dead_letters.append((table, place, reason))

    def _bare(self, history: list[HistoryRecord]) -> Json:
        """The record with this stage history, its rows as they came."""
        task = dict(self._copy.record["task"])
        if self._has_history:
            task["stageHistory"] = [entry.entry for entry in history]
        return {**self._copy.record, "task": task, "part": part_of(self._copy.source)}

    def _record_of(self, history: list[HistoryRecord], frames: list[FramesRecord]) -> Json:
        own = [record for record in frames if record.history_id is None]
        task = self._whole(self._copy.record["task"], own, is_answer=True)
        if self._has_history:
            named = [record for record in frames if record.history_id is not None]
            task["stageHistory"] = [
                # Rows of the table name an entry by its id, so one without an id has none of them.
                self._whole(
                    entry.entry,
                    [record for record in named if record.history_id == entry.history_id],
                    is_answer=False,
                )
                for entry in history
            ]
        return {**self._copy.record, "task": task, "part": part_of(self._copy.source)}

    def _whole(self, lists: Json, own: list[FramesRecord], *, is_answer: bool) -> Json:
        """A task or an entry whose lists hold the rows of its video; of any other asset nothing changes."""
        whole = dict(lists)
        if self._last_page is None:
            return whole
        for key in LISTS_WITH_PAGES:
            from_table = [(record.page, row) for record in own for row in record.lists[key]]
            is_classification = key == "classifications"
            found = video_list(
                lists[key], from_table, self._last_page, self._video, classifications=is_classification
            )
            whole[key] = found.values
            self.counts["supersededRows"] += found.superseded
            if is_answer and key == "tools":
                self.counts["keyFrameRows"] = found.key_rows
                self.counts["interpolatedRows"] = found.computed_rows
        return whole
