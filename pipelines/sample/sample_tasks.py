"""Records of tasks and of their stage history, as transforms/README.md, "Tables", wants them.

Every key of a record stands only where it has a value: a table has no ``null`` of its own, which is
what makes the records of NDJSON and of Parquet equal.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import orjson

from framehaul.pipelines.sample.answers import draw_answer
from framehaul.pipelines.sample.assets import Asset, Record, draw_asset, draw_video
from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.journeys import CONSENSUS, Journey, TaskType, Visit, draw_journey, iso_time
from framehaul.pipelines.sample.projects import COMPLETE, START
from framehaul.pipelines.sample.sample_annotations import sign
from framehaul.pipelines.sample.sample_tracks import draw_video_answer

# Of fifty tasks in a row two share an asset, three more share another, and two are benchmarks. The
# pattern is fixed so that an asset's tasks do not depend on how many tasks there are.
_PERIOD = 50
_SHARED_WITH = {44: 43, 46: 45, 47: 45}
_TYPES: dict[int, TaskType] = {
    **dict.fromkeys((43, 44, 45, 46, 47), "consensus"),
    **dict.fromkeys((48, 49), "benchmark"),
}


class TaskRecords(NamedTuple):
    """One record of the table ``tasks`` and its records of ``stage_history``, in order of time."""

    task: Record
    stage_history: Iterator[Record]


class EncodedAnswer(Protocol):
    """An answer that knows its earlier states."""

    def final(self) -> orjson.Fragment: ...

    def snapshot(self, visit: int) -> orjson.Fragment: ...


class _Task(NamedTuple):
    """Facts from which all records of one task are made."""

    task_id: str
    type: TaskType
    asset: Asset
    journey: Journey
    answer: EncodedAnswer
    brushes: Record


def ordinary_task(seed: int, index: int) -> TaskRecords:
    """The task at ``index``, whatever else the sample holds."""
    period, position = divmod(index, _PERIOD)
    asset = draw_asset(seed, period * _PERIOD + _SHARED_WITH.get(position, position))
    task_type = _TYPES.get(position, "default")
    draws = Draws(seed, "task", index)
    journey = draw_journey(draws, asset.project, task_type, complete=2 / 3)
    answer = draw_answer(draws, asset, sign(journey))
    return _records(draws, asset, task_type, journey, answer)


def video_task(seed: int, index: int, frames: int, objects: int) -> TaskRecords:
    """The video at ``index``; always complete, so that an export with default settings holds it."""
    asset = draw_video(seed, index, frames)
    draws = Draws(seed, "video", index)
    journey = draw_journey(draws, asset.project, "default", complete=1)
    answer = draw_video_answer(draws, asset, sign(journey), frames, objects)
    return _records(draws, asset, "default", journey, answer)


def _records(
    draws: Draws, asset: Asset, task_type: TaskType, journey: Journey, answer: EncodedAnswer
) -> TaskRecords:
    task_id = draws.database_id(journey.created_ms)
    brushes = _brushes(draws, asset, f"https://files.example/brushes/{task_id}-{journey.created_ms}")
    task = _Task(task_id, task_type, asset, journey, answer, brushes)
    return TaskRecords(_task_record(draws, task), _stage_history(draws, task))


def _brushes(draws: Draws, asset: Asset, url: str) -> Record:
    """The URLs of painted masks, on a few images and most scans."""
    brushes: Record = {}
    if asset.kind in ("image", "pages") and draws.chance(0.08):
        brushes["brushDataUrl"] = f"{url}.png?Expires=1900000000&Signature=sample"
    if asset.kind in ("slices", "volume") and draws.chance(0.7):
        brushes["medicalBrushDataUrl"] = f"{url}.seg.nrrd?Expires=1900000000&Signature=sample"
    return brushes


def _task_record(draws: Draws, task: _Task) -> Record:
    stage, work = task.journey.stage, task.journey.visits[1:]
    at_rest = stage in (START, COMPLETE)
    duration = 0 if at_rest else draws.below(300_000)
    record: Record = {
        "taskId": task.task_id,
        **task.asset.fields,
        "type": task.type,
        "stage": stage.name,
        "stageId": stage.stage_id,
        "createdAt": iso_time(task.journey.created_ms),
        "updatedAt": iso_time(task.journey.entered_ms + duration),
        "totalDuration": sum(visit.duration for visit in work) + duration,
        "duration": duration,
        "totalIdleDuration": sum(visit.idle for visit in work),
        "totalBlurDuration": sum(visit.blur for visit in work),
    }
    if stage is START:  # nobody has opened it yet
        return record
    record["updatedBy"] = task.journey.person
    return {**record, **task.brushes, **_consensus(draws, task), "answer": task.answer.final()}


def _consensus(draws: Draws, task: _Task) -> Record:
    """The agreement of at least two judgments; the shape of the detailed items is assumed."""
    if sum(visit.stage in CONSENSUS for visit in task.journey.visits) < 2:
        return {}
    classes = task.asset.project.tools[task.asset.kind][:3]
    scores = [40 + draws.below(61) for _ in classes]
    items = [
        orjson.Fragment(b'{"score":%d%b%b' % (score, tool.schema, tool.title))
        for score, tool in zip(scores, classes, strict=True)
    ]
    return {"consensusAverage": sum(scores) // len(scores), "consensusDetailed": items}


def _stage_history(draws: Draws, task: _Task) -> Iterator[Record]:
    for number, visit in enumerate(task.journey.visits):
        record: Record = {
            "_id": draws.database_id(visit.completed_ms),
            "taskId": task.task_id,
            "stage": visit.stage.name,
            "stageId": visit.stage.stage_id,
            "duration": visit.duration,
            "completedAt": iso_time(visit.completed_ms),
        }
        if visit.stage is not START:
            record |= _work_of(draws, visit)
            record |= task.brushes
            record["answer"] = task.answer.snapshot(number - 1)
        yield record


def _work_of(draws: Draws, visit: Visit) -> Record:
    record: Record = {
        "idleDuration": visit.idle,
        "blurDuration": visit.blur,
        "completedBy": visit.person,
        "submittedBy": visit.person,
        "taskHistory": {"_id": draws.database_id(visit.completed_ms)},
    }
    if visit.stage in CONSENSUS:
        record["consensusId"] = draws.database_id(visit.completed_ms)
    if visit.review_status:
        record["reviewStatus"] = visit.review_status
    return record
