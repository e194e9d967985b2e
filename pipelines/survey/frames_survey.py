"""Survey of the table ``frames``: rows of videos that stand outside of their task."""

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.survey.outlook import TableOutlook
from framehaul.pipelines.survey.table_records import TableReader
from framehaul.pipelines.survey.task_copies import key_of
from framehaul.pipelines.survey.task_survey import SurveyedTasks, Video
from framehaul.pipelines.survey.video_row_counts import VideoRowCounts
from framehaul.pipelines.survey.video_row_heads import lists_of, text_of
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.table_rows import FRAMES, RawFrames
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.json_fields import decoded, first, required

HistoryRows = dict[tuple[int, str], VideoRowCounts]
"""Rows of stage-history records, by key of the task and ``_id`` of the record."""


class FramesSurvey:
    """Reads the table, after the tasks.

    Attributes:
        history: rows that belong to records of stage history, which are not known yet.
    """

    def __init__(self, tasks: SurveyedTasks, config: ExportConfig, outlook: TableOutlook) -> None:
        self.history: HistoryRows = {}
        self._tasks = tasks
        self._with_history = config.export.reads_stage_history
        self._outlook = outlook

    def read(self, reader: TableReader) -> None:
        """Add all rows to the answers to which they belong."""
        for records in reader.sized_records():
            self._outlook.records += len(records)
            for line, _ in records:
                try:
                    self._add(decoded(FRAMES, text_of(line)))
                except InvalidRecordError:
                    self._outlook.set_aside += 1

    def count_orphans(self) -> None:
        """Count as orphans the rows that are left once stage history was read: they belong to no record of it."""
        orphans = sum(rows.records for rows in self.history.values())
        self._outlook.orphans += orphans
        self._outlook.selected -= orphans

    def _add(self, head: RawFrames) -> None:
        key = key_of(required(first(head.task_id, head.label_task, head.task), "taskId"))
        if head.page is None:
            raise InvalidRecordError(Reason.MISSING_KEY, "page is absent; every record of frames needs it")
        video = self._tasks.videos.get(key)
        if video is None:
            self._count_other(key)
        elif head.history_id and not self._with_history:
            self._outlook.not_selected += 1
        else:
            rows = self._rows_of(key, video, head.history_id)
            for kind, content in lists_of(head).items():
                rows.add(kind, content, head.page)
            rows.records += 1
            self._outlook.selected += 1

    def _rows_of(self, key: int, video: Video, history_id: str | None) -> VideoRowCounts:
        if history_id:
            return self.history.setdefault((key, history_id), VideoRowCounts(video.frames))
        return video.rows

    def _count_other(self, key: int) -> None:
        """Count a record of a task that is no selected video."""
        position = self._tasks.winners.position(key)
        if position < 0:
            self._outlook.orphans += 1
        elif self._tasks.winners.selected[position]:
            raise InvalidRecordError(Reason.NOT_A_VIDEO, "the task has no frames")
        else:
            self._outlook.not_selected += 1
