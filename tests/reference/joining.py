"""One exported task together with its stage history and its frames.

Part of the independent judge (see ``reference.export``). Here the records are
set aside of which only the task tells that they cannot be exported: rows on
pages that its video does not have, frames of a task that is no video.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from reference.reading import SetAsideError, Source
from reference.records import FramesRecord, HistoryRecord, TaskCopy
from reference.rendering import last_page_of, part_of
from reference.video import checked_page, video_list

Json = dict[str, Any]

LISTS_WITH_PAGES = ("tools", "classifications")


class Joining:
    """A task, all stage history of it and all its frames, put together.

    Attributes:
        record: of the export, unsplit.
        counts: by the names of ``manifest.counts``, of this task alone.
        dead_letters: (table, place, reason).
    """

    def __init__(
        self,
        copy: TaskCopy,
        history: Iterable[HistoryRecord],
        frames: Iterable[FramesRecord],
        fields: Mapping[str, bool],
        video: Mapping[str, bool],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[tuple[str, Source, str]] = []
        self._last_page = last_page_of(copy.source)
        self._video = video
        kept = sorted(filter(self._keeps_entry, history), key=lambda entry: entry.position)
        self._history_ids = {entry.history_id for entry in kept} if fields["stage_history"] else None
        self._frames = list(filter(self._keeps_frames, frames))
        own = [record for record in self._frames if record.history_id is None]
        task = self._whole(copy.record["task"], own, is_answer=True)
        if fields["stage_history"]:
            task["stageHistory"] = [
                self._whole(entry.entry, self._frames_of(entry), is_answer=False) for entry in kept
            ]
        self.record = {**copy.record, "task": task, "part": part_of(copy.source)}

    def _keeps_entry(self, entry: HistoryRecord) -> bool:
        try:
            for key in LISTS_WITH_PAGES:
                if self._last_page is not None:
                    video_list(entry.entry[key], [], self._last_page, self._video)
        except SetAsideError as error:
            self._set_aside("stage_history", entry.place, error.reason)
            return False
        self.counts["stageHistoryExported"] += 1
        return True

    def _keeps_frames(self, record: FramesRecord) -> bool:
        if record.history_id is not None and self._history_ids is None:
            self.counts["framesNotSelected"] += 1
            return False
        if record.history_id is not None and record.history_id not in (self._history_ids or ()):
            self.counts["orphanFrames"] += 1
            return False
        try:
            if self._last_page is None:
                raise SetAsideError("not_a_video")
            checked_page(record.page, self._last_page)
        except SetAsideError as error:
            self._set_aside("frames", record.place, error.reason)
            return False
        self.counts["framesExported"] += 1
        return True

    def _set_aside(self, table: str, place: Source, reason: str) -> None:
        self.counts["deadLetterFrames" if table == "frames" else "deadLetterStageHistory"] += 1
        self.dead_letters.append((table, place, reason))

    def _frames_of(self, entry: HistoryRecord) -> list[FramesRecord]:
        """Rows of the table name an entry by its id, so one without an id has none of them."""
        named = [record for record in self._frames if record.history_id is not None]
        return [record for record in named if record.history_id == entry.history_id]

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
