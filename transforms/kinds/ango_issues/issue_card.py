"""Card of records of issues."""

from typing import Final

from framehaul.transforms.kinds.record_card import RecordCard
from framehaul.transforms.records import record_index as index
from framehaul.transforms.records.columns import JSON, PART, TEXT, WHOLE, Columns

_RECORD: Final[Columns] = {
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
    "part": PART,
}

_LEFT_OUT = (
    "In the shards only: who has made, resolved or changed an issue, mentions, error codes, and where on its asset "
    "it stands."
)
_FIELDS = {
    "_id": index.TEXT,
    "asset.externalId": index.TEXT,
    **dict.fromkeys(("labelTask", "stage", "stageId"), index.TEXT),
    "createdAt": index.TIME,
    **dict.fromkeys(("status", "errorType", "content", "position"), index.TEXT),
    "resolvedAt": index.TIME,
    "updatedAt": index.TIME,
    **index.PART,
}
_LISTS = {
    "comments": {"_id": index.TEXT, "content": index.TEXT, "createdAt": index.TIME, "updatedAt": index.TIME}
}

CARD = RecordCard(
    columns=_RECORD,
    record_set=index.Index("issues", "_id", _FIELDS, (), _LISTS, _LEFT_OUT),
    contents="{records:,} records of issues",
    long="An issue with many comments is",
    share="some of them",
)
