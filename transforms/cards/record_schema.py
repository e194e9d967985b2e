"""Records as column types, for readers that ask for them beforehand.

They are those of transforms/README.md, "Record", "Legacy generation" and "Issues".

Left to guess, most readers take the types of the first lines for those of all:
a shard that begins with empty lists, an ``answer`` that is text here and a list
there, a key that only some records have, each stops one reader or another or
makes it drop values without a word. So every export says what its columns are.

What is free in the record, or differs from row to row, is ``JSON``: whole
tools and classifications, not their answers alone, because Hugging Face reads a
text ``"42"`` that stands by itself in such a field as the number 42. For the same
reason scalars are never ``JSON``. Batch names are, since that reader turns a text
column full of dates into midnights, and teams do name batches by date.
"""

from typing import Final, TypeAlias

from framehaul.transforms.kinds.kinds import RecordKind

TEXT: Final = "string"
WHOLE: Final = "int64"
BOOLEAN: Final = "bool"
NUMBER: Final = "float64"  # durations, too: a source may hold fractions of a millisecond
JSON: Final = "json"

ColumnType: TypeAlias = "str | list[ColumnType] | dict[str, ColumnType]"

_ANSWER: Final[dict[str, ColumnType]] = {
    "tools": [JSON],
    "classifications": [JSON],
    "relations": [JSON],
    "brushDataUrl": TEXT,
    "medicalBrushDataUrl": TEXT,
}

_STAGE_ENTRY: Final[dict[str, ColumnType]] = {
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

_TASK: Final[dict[str, ColumnType]] = {
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

_PART: Final[dict[str, ColumnType]] = {
    "index": WHOLE,
    "count": WHOLE,
    "firstPage": WHOLE,
    "lastPage": WHOLE,
}

V3_RECORD: Final[dict[str, ColumnType]] = {
    "asset": TEXT,
    "assetId": TEXT,
    "externalId": TEXT,
    "dataset": [TEXT],
    "contextData": JSON,
    "attachments": JSON,
    "metadata": JSON,
    "batches": JSON,
    "task": _TASK,
    "part": _PART,
}

_LEGACY_TASK: Final[dict[str, ColumnType]] = {
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

_LEGACY_RECORD: Final[dict[str, ColumnType]] = {
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
    "tasks": [_LEGACY_TASK],
    "part": _PART,
}

_ISSUE_RECORD: Final[dict[str, ColumnType]] = {
    "_id": TEXT,
    "asset": JSON,
    "labelTask": TEXT,
    "stage": TEXT,
    "stageId": TEXT,
    "createdBy": JSON,
    "createdAt": TEXT,
    "status": TEXT,
    "errorType": TEXT,
    "errorCode": JSON,
    "errorCodes": [JSON],
    "content": TEXT,
    "contentMentions": [JSON],
    "comments": [JSON],
    "position": TEXT,
    "points": JSON,
    "page": WHOLE,
    "pageEnd": WHOLE,
    "objectId": TEXT,
    "plane": TEXT,
    "dataIndex": JSON,
    "pctDetails": JSON,
    "resolvedBy": JSON,
    "resolvedAt": TEXT,
    "updatedBy": JSON,
    "updatedAt": TEXT,
    "part": _PART,
}

COLUMNS: Final = {
    RecordKind.V3: V3_RECORD,
    RecordKind.LEGACY: _LEGACY_RECORD,
    RecordKind.ISSUE: _ISSUE_RECORD,
}
