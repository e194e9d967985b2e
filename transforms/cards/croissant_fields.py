"""What ``croissant.json`` indexes of each kind of record."""

from collections.abc import Mapping
from typing import NamedTuple

from framehaul.transforms.kinds.kinds import ISSUE, LEGACY, V3

TEXT, _NUMBER, _WHOLE = "sc:Text", "sc:Float", "sc:Integer"
_TIME, _YES_OR_NO = "sc:DateTime", "sc:Boolean"

_V3_LEFT_OUT = (
    "In the shards only: dataset, contextData, attachments, metadata, consensusDetailed, and whatever of a tool, "
    "classification, relation or past stage is no field here: every shape but the bounding box, what is nested, "
    "metadata, the answers of past stages."
)

_PART = {f"part.{name}": _WHOLE for name in ("index", "count", "firstPage", "lastPage")}

# path in a record: type; a field is called like the last step of its path
_V3_FIELDS = {
    "asset": TEXT,
    "assetId": TEXT,
    "externalId": TEXT,
    "task.taskId": TEXT,
    "task.type": TEXT,
    "task.stage": TEXT,
    "task.stageId": TEXT,
    "task.updatedAt": _TIME,
    "task.updatedBy": TEXT,
    "task.totalDuration": _NUMBER,
    "task.duration": _NUMBER,
    "task.totalIdleDuration": _NUMBER,
    "task.totalBlurDuration": _NUMBER,
    "task.consensusAverage": _NUMBER,
    "task.brushDataUrl": TEXT,
    "task.medicalBrushDataUrl": TEXT,
    **_PART,
}

_ROW = {"objectId": TEXT, "schemaId": TEXT, "title": TEXT}
_FRAME = {"page": _WHOLE, "interpolationStopped": _YES_OR_NO}
_BOX = {f"'bounding-box'.{side}": _NUMBER for side in ("x", "y", "width", "height")}

# path of a list: {path in each row: type}
_V3_LISTS = {
    "task.tools": {**_ROW, **_FRAME, **_BOX},
    "task.classifications": {**_ROW, **_FRAME, "tool": TEXT, "answer": TEXT},
    "task.relations": {**_ROW, "page": _WHOLE, "direction": TEXT, "from": TEXT, "to": TEXT, "group": TEXT},
    "task.stageHistory": {
        "stage": TEXT,
        "stageId": TEXT,
        "duration": _NUMBER,
        "idleDuration": _NUMBER,
        "blurDuration": _NUMBER,
        "completedAt": _TIME,
        "completedBy": TEXT,
        "reviewStatus": TEXT,
    },
}

_LEGACY_LEFT_OUT = (
    "In the shards only: dataset, contextData, attachments, metadata, whatever of an asset can be switched off, and "
    "of its tasks the objects, classifications, relations, reviews and issues."
)
_LEGACY_FIELDS = {"asset": TEXT, "assetId": TEXT, "externalId": TEXT, **_PART}
_LEGACY_LISTS = {
    "tasks": {
        "taskId": TEXT,
        "status": TEXT,
        "completedAt": _TIME,
        "updatedBy": TEXT,
        "updatedAt": _TIME,
        "isSkipped": _YES_OR_NO,
        "isBenchmark": _YES_OR_NO,
    }
}

_ISSUE_LEFT_OUT = (
    "In the shards only: who has made, resolved or changed an issue, mentions, error codes, and where on its asset "
    "it stands."
)
_ISSUE_FIELDS = {
    "_id": TEXT,
    "asset.externalId": TEXT,
    **dict.fromkeys(("labelTask", "stage", "stageId"), TEXT),
    "createdAt": _TIME,
    **dict.fromkeys(("status", "errorType", "content", "position"), TEXT),
    "resolvedAt": _TIME,
    "updatedAt": _TIME,
    **_PART,
}
_ISSUE_LISTS = {"comments": {"_id": TEXT, "content": TEXT, "createdAt": _TIME, "updatedAt": _TIME}}


class Index(NamedTuple):
    """The fields of one kind of record.

    Attributes:
        name: of the record set.
        key: the field that tells records apart, together with the part.
        texts: keys of lists of texts.
        left_out: what a reader finds in the shards alone.
    """

    name: str
    key: str
    fields: Mapping[str, str]
    texts: tuple[str, ...]
    lists: Mapping[str, Mapping[str, str]]
    left_out: str


INDEXES = {
    V3.name: Index("assets", "taskId", _V3_FIELDS, ("batches",), _V3_LISTS, _V3_LEFT_OUT),
    LEGACY.name: Index("assets", "assetId", _LEGACY_FIELDS, (), _LEGACY_LISTS, _LEGACY_LEFT_OUT),
    ISSUE.name: Index("issues", "_id", _ISSUE_FIELDS, (), _ISSUE_LISTS, _ISSUE_LEFT_OUT),
}
