"""Survey of the table ``stage_history``: the bytes that it adds to each selected task."""

import numpy as np

from framehaul.pipelines.config.selection_settings import VideoSection
from framehaul.pipelines.survey.frames_survey import HistoryRows
from framehaul.pipelines.survey.outlook import TableOutlook
from framehaul.pipelines.survey.table_records import TableReader
from framehaul.pipelines.survey.task_copies import key_of
from framehaul.pipelines.survey.task_survey import SurveyedTasks, add_rows
from framehaul.pipelines.survey.video_row_counts import VideoRowCounts
from framehaul.pipelines.survey.video_row_heads import text_of
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.table_rows import STAGE_ENTRY, RawStageEntry
from framehaul.transforms.records.json_fields import decoded, first, required


class StageSurvey:
    """Reads the table, after the tasks and the table ``frames``.

    Args:
        history: rows of the table ``frames``; those that belong to a record are taken out.
    """

    def __init__(self, tasks: SurveyedTasks, section: VideoSection, history: HistoryRows) -> None:
        self._tasks = tasks
        self._section = section
        self._history = history

    def read(self, reader: TableReader, outlook: TableOutlook) -> None:
        """Add every record to its task, and count it."""
        for records in reader.sized_records(self._needs_rows):
            outlook.records += len(records)
            keys: list[int] = []
            sizes: list[int] = []
            for line, size in records:
                try:
                    key, written = self._key_and_exported_bytes(text_of(line), size)
                except InvalidRecordError:
                    outlook.set_aside += 1
                else:
                    keys.append(key)
                    sizes.append(written)
            self._add(keys, sizes, outlook)

    def _add(self, keys: list[int], sizes: list[int], outlook: TableOutlook) -> None:
        winners = self._tasks.winners
        positions = winners.find(np.array(keys, np.int64))
        is_known = positions >= 0
        is_selected = is_known.copy()
        is_selected[is_known] = winners.selected[positions[is_known]]
        np.add.at(winners.sizes, positions[is_selected], np.array(sizes, np.int64)[is_selected])
        outlook.orphans += int(np.count_nonzero(~is_known))
        outlook.selected += int(np.count_nonzero(is_selected))
        outlook.not_selected += int(np.count_nonzero(is_known & ~is_selected))

    def _needs_rows(self, line: bytes) -> bool:
        try:
            return _key_of_task(decoded(STAGE_ENTRY, text_of(line))) in self._tasks.videos
        except InvalidRecordError:
            return False

    def _key_and_exported_bytes(self, text: bytes, size: int) -> tuple[int, int]:
        """Key of the task, and bytes that the record has in the export."""
        head = decoded(STAGE_ENTRY, text)
        key = _key_of_task(head)
        video = self._tasks.videos.get(key)
        if video is None:
            return key, size
        rows = self._history.pop((key, head.own_id or ""), None) or VideoRowCounts(video.frames)
        embedded = add_rows(head.answer, rows)
        return key, size - embedded + rows.totals(self._section).bytes


def _key_of_task(head: RawStageEntry) -> int:
    return key_of(required(first(head.task_id, head.label_task, head.task), "taskId"))
