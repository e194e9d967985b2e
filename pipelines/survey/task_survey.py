"""Survey of the table ``tasks``: the size of each task, whether it is selected, and the rows of videos."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from framehaul.pipelines.config.selection_settings import VideoSection
from framehaul.pipelines.survey.outlook import TableOutlook
from framehaul.pipelines.survey.table_records import TableReader
from framehaul.pipelines.survey.task_copies import TaskCopies, Winners, key_of
from framehaul.pipelines.survey.video_row_counts import VideoRowCounts
from framehaul.pipelines.survey.video_row_heads import lists_of, text_of
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango.table_rows import TASK, RawAnswer
from framehaul.transforms.kinds.ango_v3.task import TaskIdentity, frame_total, identify
from framehaul.transforms.records.json_fields import decoded
from framehaul.transforms.records.selection import Selection


@dataclass(slots=True)
class Video:
    """A selected video.

    Attributes:
        embedded: bytes of the rows that its record holds.
        rows: of its answer.
    """

    task_id: str
    asset_key: str
    frames: int
    embedded: int
    rows: VideoRowCounts


class TaskFacts(NamedTuple):
    """Facts about one task, from its keys.

    Attributes:
        frames: of a video, else ``None``.
        answer: as it stands in the source.
    """

    identity: TaskIdentity
    frames: int | None
    answer: RawAnswer | None


@dataclass
class SurveyedTasks:
    """Knowledge of the tasks once all are read.

    Attributes:
        videos: the selected ones by key, see ``key_of``.
    """

    copies: TaskCopies
    winners: Winners
    videos: dict[int, Video]


class TaskSurvey:
    """Reads the table.

    Args:
        rows_follow: whether a table ``frames`` may add rows to videos.
    """

    def __init__(self, selection: Selection, section: VideoSection, *, rows_follow: bool) -> None:
        self._selection = selection
        self._section = section
        self._rows_follow = rows_follow
        self._copies = TaskCopies()
        self._videos: dict[int, Video] = {}  # by place of their copy

    def read(self, reader: TableReader, outlook: TableOutlook) -> SurveyedTasks:
        """Read all tasks and count them in ``outlook``."""
        for records in reader.sized_records(self._needs_rows):
            outlook.records += len(records)
            for line, size in records:
                try:
                    self._add(text_of(line), size)
                except InvalidRecordError:
                    outlook.set_aside += 1
        winners = self._copies.winners()
        outlook.selected = int(np.count_nonzero(winners.selected))
        outlook.not_selected = winners.keys.size - outlook.selected
        outlook.duplicates = len(self._copies) - winners.keys.size
        standing = set(winners.places[winners.selected].tolist()) & self._videos.keys()
        videos = {key_of(self._videos[place].task_id): self._videos[place] for place in standing}
        return SurveyedTasks(self._copies, winners, videos)

    def _needs_rows(self, line: bytes) -> bool:
        try:
            task = task_facts(text_of(line), self._selection)
        except InvalidRecordError:
            return False
        return task.identity.selected and task.frames is not None

    def _add(self, text: bytes, size: int) -> None:
        facts = task_facts(text, self._selection)
        task = facts.identity
        if task.selected and facts.frames is not None:
            self._videos[len(self._copies)] = self._video(facts, facts.frames)
        self._copies.add(
            task_id=task.task_id,
            asset_key=task.asset_key,
            updated_at=task.updated_at,
            selected=task.selected,
            size=size,
        )

    def _video(self, facts: TaskFacts, frames: int) -> Video:
        rows = VideoRowCounts(frames)
        task = facts.identity
        video = Video(task.task_id, task.asset_key, frames, add_rows(facts.answer, rows), rows)
        if not self._rows_follow:
            rows.totals(self._section)  # all that has to be kept
        return video


def task_facts(text: bytes, selection: Selection) -> TaskFacts:
    """Find out what a task is, and whether ``selection`` selects it.

    Raises:
        InvalidRecordError: its keys are not what transforms/README.md, "Tables", asks for.
    """
    raw = decoded(TASK, text)
    return TaskFacts(identify(raw, selection), frame_total(raw), raw.answer)


def add_rows(answer: RawAnswer | None, rows: VideoRowCounts) -> int:
    """Add the rows of an answer to ``rows``, and return their bytes.

    Raises:
        InvalidRecordError: ``wrong_type`` or ``bad_page``.
    """
    lists = {} if answer is None else lists_of(answer)
    for kind, content in lists.items():
        rows.add(kind, content)
    return sum(map(len, lists.values()))
