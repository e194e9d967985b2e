"""Card of v3 records (transforms/README.md, "Record")."""

from typing import Final

from framehaul.transforms.kinds.record_card import RecordCard
from framehaul.transforms.records import record_index as index
from framehaul.transforms.records.columns import JSON, NUMBER, PART, TEXT, Columns

_ANSWER: Final[Columns] = {
    "tools": [JSON],
    "classifications": [JSON],
    "relations": [JSON],
    "brushDataUrl": TEXT,
    "medicalBrushDataUrl": TEXT,
}

_STAGE_ENTRY: Final[Columns] = {
    "stage": TEXT,
    "stageId": TEXT,
    "duration": NUMBER,
    "idleDuration": NUMBER,
    "blurDuration": NUMBER,
    "completedAt": TEXT,
    "completedBy": TEXT,
    "reviewStatus": TEXT,
    **_ANSWER,
    "taskHistory": {"_id": TEXT},
}

_TASK: Final[Columns] = {
    "taskId": TEXT,
    "type": TEXT,
    "stage": TEXT,
    "stageId": TEXT,
    "updatedAt": TEXT,
    "updatedBy": TEXT,
    "totalDuration": NUMBER,
    "duration": NUMBER,
    "totalIdleDuration": NUMBER,
    "totalBlurDuration": NUMBER,
    "consensusAverage": NUMBER,
    "consensusDetailed": JSON,
    **_ANSWER,
    "stageHistory": [_STAGE_ENTRY],
}

_RECORD: Final[Columns] = {
    "asset": TEXT,
    "assetId": TEXT,
    "externalId": TEXT,
    "dataset": [TEXT],
    "contextData": JSON,
    "attachments": JSON,
    "metadata": JSON,
    "batches": JSON,
    "task": _TASK,
    "part": PART,
}

_LEFT_OUT = (
    "In the shards only: dataset, contextData, attachments, metadata, consensusDetailed, and whatever of a tool, "
    "classification, relation or past stage is no field here: every shape but the bounding box, what is nested, "
    "metadata, the answers of past stages."
)

_FIELDS = {
    "asset": index.TEXT,
    "assetId": index.TEXT,
    "externalId": index.TEXT,
    "task.taskId": index.TEXT,
    "task.type": index.TEXT,
    "task.stage": index.TEXT,
    "task.stageId": index.TEXT,
    "task.updatedAt": index.TIME,
    "task.updatedBy": index.TEXT,
    "task.totalDuration": index.NUMBER,
    "task.duration": index.NUMBER,
    "task.totalIdleDuration": index.NUMBER,
    "task.totalBlurDuration": index.NUMBER,
    "task.consensusAverage": index.NUMBER,
    "task.brushDataUrl": index.TEXT,
    "task.medicalBrushDataUrl": index.TEXT,
    **index.PART,
}

_ROW = {"objectId": index.TEXT, "schemaId": index.TEXT, "title": index.TEXT}
_FRAME = {"page": index.WHOLE, "interpolationStopped": index.YES_OR_NO}
_BOX = {f"'bounding-box'.{side}": index.NUMBER for side in ("x", "y", "width", "height")}

_LISTS = {
    "task.tools": {**_ROW, **_FRAME, **_BOX},
    "task.classifications": {**_ROW, **_FRAME, "tool": index.TEXT, "answer": index.TEXT},
    "task.relations": {
        **_ROW,
        "page": index.WHOLE,
        "direction": index.TEXT,
        "from": index.TEXT,
        "to": index.TEXT,
        "group": index.TEXT,
    },
    "task.stageHistory": {
        "stage": index.TEXT,
        "stageId": index.TEXT,
        "duration": index.NUMBER,
        "idleDuration": index.NUMBER,
        "blurDuration": index.NUMBER,
        "completedAt": index.TIME,
        "completedBy": index.TEXT,
        "reviewStatus": index.TEXT,
    },
}

CARD = RecordCard(
    columns=_RECORD,
    record_set=index.Index("assets", "taskId", _FIELDS, ("batches",), _LISTS, _LEFT_OUT),
    contents="{records:,} records of {assets:,} assets with {annotations:,} annotations",
    long="A long video is",
    share="its own range of frames",
)
