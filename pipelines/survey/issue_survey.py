"""Survey of the table ``issues``: the size of each issue, and whether it is selected."""

import numpy as np

from framehaul.pipelines.survey.outlook import TableOutlook
from framehaul.pipelines.survey.table_records import TableReader
from framehaul.pipelines.survey.task_copies import TaskCopies
from framehaul.pipelines.survey.task_survey import SurveyedTasks
from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import rewrite_plain
from framehaul.transforms.kinds.ango_issues.issue_row import ISSUE, RawIssueAsset
from framehaul.transforms.records.json_fields import decoded, first, required
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import parse_time


def survey_issues(selection: Selection, reader: TableReader, outlook: TableOutlook) -> SurveyedTasks:
    """Read all issues and count them in ``outlook``; an issue stands for a task and for its asset."""
    copies = TaskCopies()
    for records in reader.sized_records():
        outlook.records += len(records)
        for line, size in records:
            try:
                _add(copies, rewrite_plain(line), size, selection)
            except InvalidRecordError:
                outlook.set_aside += 1
    winners = copies.winners()
    outlook.selected = int(np.count_nonzero(winners.selected))
    outlook.not_selected = winners.keys.size - outlook.selected
    outlook.duplicates = len(copies) - winners.keys.size
    return SurveyedTasks(copies, winners, {})


def _add(copies: TaskCopies, text: bytes, size: int, selection: Selection) -> None:
    head = decoded(ISSUE, text)
    own_id = required(head.own_id, "_id")
    updated_at = parse_time(head.updated_at, "updatedAt")
    batches = head.asset.batches if isinstance(head.asset, RawIssueAsset) else None
    selected = selection.selects_issue(
        task_id=first(head.label_task, head.task_id, head.task),
        project=first(head.project_id, head.project),
        batches=[name for name in batches or () if name is not None],
        updated_at=updated_at,
        created_at=parse_time(head.created_at, "createdAt"),
    )
    copies.add(task_id=own_id, asset_key=own_id, updated_at=updated_at, selected=selected, size=size)
