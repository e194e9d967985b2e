"""Card of legacy records."""

from typing import Final

from framehaul.transforms.kinds.record_card import RecordCard
from framehaul.transforms.records import record_index as index
from framehaul.transforms.records.columns import BOOLEAN, JSON, NUMBER, PART, TEXT, Columns

_TASK: Final[Columns] = {
    "completedBy": JSON,
    "completedAt": TEXT,
    "duration(ms)": NUMBER,
    "isSkipped": BOOLEAN,
    "review": JSON,
    "status": TEXT,
    "updatedBy": TEXT,
    "updatedAt": TEXT,
    "isBenchmark": BOOLEAN,
    "benchmark": TEXT,
    "issues": [JSON],
    "taskId": TEXT,
    "objects": [JSON],
    "classifications": [JSON],
    "relations": [JSON],
    "brushDataUrl": TEXT,
    "medicalBrushDataUrl": TEXT,
}

_RECORD: Final[Columns] = {
    "asset": TEXT,
    "assetId": TEXT,
    "externalId": TEXT,
    "dataset": [TEXT],
    "contextData": JSON,
    "attachments": JSON,
    "metadata": JSON,
    "labeledAt": TEXT,
    "reviewedAt": TEXT,
    "status": TEXT,
    "labelDuration(ms)": NUMBER,
    "consensus": JSON,  # a number, or an empty text
    "batches": JSON,
    "tasks": [_TASK],
    "part": PART,
}

_LEFT_OUT = (
    "In the shards only: dataset, contextData, attachments, metadata, whatever of an asset can be switched off, and "
    "of its tasks the objects, classifications, relations, reviews and issues."
)
_FIELDS = {"asset": index.TEXT, "assetId": index.TEXT, "externalId": index.TEXT, **index.PART}
_LISTS = {
    "tasks": {
        "taskId": index.TEXT,
        "status": index.TEXT,
        "completedAt": index.TIME,
        "updatedBy": index.TEXT,
        "updatedAt": index.TIME,
        "isSkipped": index.YES_OR_NO,
        "isBenchmark": index.YES_OR_NO,
    }
}

CARD = RecordCard(
    columns=_RECORD,
    record_set=index.Index("assets", "assetId", _FIELDS, (), _LISTS, _LEFT_OUT),
    contents="{records:,} records of {assets:,} assets with {annotations:,} annotations",
    long="A long video is",
    share="its own range of frames",
)
