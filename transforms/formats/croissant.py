"""``croissant.json``: the export for readers of Croissant 1.0, with a checksum for every shard.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html; 1.0 and not 1.1,
which adds nothing that is needed here and which older readers refuse.

Its record set is an index of the records, not a copy: Croissant knows no free
JSON, so a field is a value or a list of values under a path that is known
beforehand. ``_LEFT_OUT`` names the rest. Optional keys at the top of a record
cannot be fields at all: mlcroissant 1.1 stops at a shard that lacks a column.
Texts are declared wherever a value is not certainly a number, since one value
that does not fit its type stops that reader, too.

The record set reads the shards as a set of files of the folder. So the reader
takes one shard at a time; sourced from the checksummed files, which is what the
format has for archives, mlcroissant finds no columns.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from transforms.formats.manifest import ShardEntry

CROISSANT_NAME = "croissant.json"

_SHARDS = "shards"
_RECORDS = "assets"
_LINES = "application/jsonlines"
_ARRAY = "application/json"
_COMPRESSIONS = {".gz": "application/gzip", ".zst": "application/zstd"}

_TERMS = (
    "citeAs column equivalentProperty extract field fileObject fileProperty fileSet format includes "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform"
)

# The context that the specification asks for, whole: mlcroissant warns of any other.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}

_TEXT, _NUMBER, _WHOLE = "sc:Text", "sc:Float", "sc:Integer"
_TIME, _YES_OR_NO = "sc:DateTime", "sc:Boolean"

_LEFT_OUT = (
    "In the shards only: dataset, contextData, attachments, metadata, consensusDetailed, and whatever of a tool, "
    "classification, relation or past stage is no field here: every shape but the bounding box, what is nested, "
    "metadata, the answers of past stages."
)

# path in a record: type; a field is called like the last step of its path
_FIELDS = {
    "asset": _TEXT,
    "assetId": _TEXT,
    "externalId": _TEXT,
    "task.taskId": _TEXT,
    "task.type": _TEXT,
    "task.stage": _TEXT,
    "task.stageId": _TEXT,
    "task.updatedAt": _TIME,
    "task.updatedBy": _TEXT,
    "task.totalDuration": _NUMBER,
    "task.duration": _NUMBER,
    "task.totalIdleDuration": _NUMBER,
    "task.totalBlurDuration": _NUMBER,
    "task.consensusAverage": _NUMBER,
    "task.brushDataUrl": _TEXT,
    "task.medicalBrushDataUrl": _TEXT,
    "part.index": _WHOLE,
    "part.count": _WHOLE,
    "part.firstPage": _WHOLE,
    "part.lastPage": _WHOLE,
}

_ROW = {"objectId": _TEXT, "schemaId": _TEXT, "title": _TEXT}
_FRAME = {"page": _WHOLE, "interpolationStopped": _YES_OR_NO}
_BOX = {f"'bounding-box'.{side}": _NUMBER for side in ("x", "y", "width", "height")}

# list in the task: {path in each row: type}
_LISTS = {
    "tools": {**_ROW, **_FRAME, **_BOX},
    "classifications": {**_ROW, **_FRAME, "tool": _TEXT, "answer": _TEXT},
    "relations": {**_ROW, "page": _WHOLE, "direction": _TEXT, "from": _TEXT, "to": _TEXT, "group": _TEXT},
    "stageHistory": {
        "stage": _TEXT,
        "stageId": _TEXT,
        "duration": _NUMBER,
        "idleDuration": _NUMBER,
        "blurDuration": _NUMBER,
        "completedAt": _TIME,
        "completedBy": _TEXT,
        "reviewStatus": _TEXT,
    },
}


def render_croissant(export_id: str, shards: Sequence[ShardEntry], started_at: str) -> bytes:
    """``croissant.json``: compact JSON-LD of about 300 bytes a shard, and 14 kB.

    Locations are relative to the export's folder and nothing tells where that
    is, so an export can be moved. Licence and creator of the annotations are
    not known here; the first is said to be unknown, since readers ask for it.

    Args:
        export_id: the name of the data set.
        shards: all of the export, in any order.
        started_at: ISO-8601 time; the date of publication.
    """
    first = shards[0].path if shards else ""
    suffix = next((end for end in _COMPRESSIONS if first.endswith(end)), "")
    is_array = first.removesuffix(suffix).endswith(".json")
    is_single = is_array or first.removesuffix(suffix) == "data/assets.ndjson"
    formats = [_ARRAY if is_array else _LINES, *([_COMPRESSIONS[suffix]] if suffix else [])]
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": export_id,
        "description": f"Annotations, {'one array of records' if is_array else 'one record a line'}. {_LEFT_OUT}",
        "license": {"@type": "sc:CreativeWork", "name": "Not stated; the owner of the annotations knows it."},
        "citeAs": f"{export_id}, exported at {started_at}",
        "datePublished": started_at,
        "version": "1.0.0",
        "distribution": [
            *(_file_object(shard, formats) for shard in sorted(shards, key=lambda shard: shard.path)),
            {
                "@type": "cr:FileSet",
                "@id": _SHARDS,
                "name": _SHARDS,
                "encodingFormat": formats,
                "includes": f"data/*.{'json' if is_array else 'ndjson'}{suffix}",
            },
        ],
        "recordSet": [] if is_array else [_record_set(has_parts=not is_single)],
    }
    return orjson.dumps(document) + b"\n"


def _file_object(shard: ShardEntry, formats: list[str]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": quote(shard.path),
        "name": shard.path.rpartition("/")[2],
        "contentUrl": shard.path,
        "contentSize": f"{shard.size_bytes} B",
        "encodingFormat": formats,
        "sha256": shard.sha256,
    }


def _record_set(*, has_parts: bool) -> dict[str, Any]:
    fields = {path: kind for path, kind in _FIELDS.items() if has_parts or not path.startswith("part.")}
    keys = ["taskId", "index"] if has_parts else ["taskId"]
    return {
        "@type": "cr:RecordSet",
        "@id": _RECORDS,
        "name": _RECORDS,
        "description": f"One record for each line, parts of long videos included. {_LEFT_OUT}",
        "key": [{"@id": f"{_RECORDS}/{key}"} for key in keys],
        "field": [
            *(_field(_RECORDS, data_type, *path.split(".")) for path, data_type in fields.items()),
            {**_field(_RECORDS, _TEXT, "batches"), "repeated": True},
            *(_list(name, rows) for name, rows in _LISTS.items()),
        ],
    }


def _list(name: str, rows: Mapping[str, str]) -> dict[str, Any]:
    parent = f"{_RECORDS}/{name}"
    return {
        "@type": "cr:Field",
        "@id": parent,
        "name": name,
        "repeated": True,
        "subField": [_field(parent, data_type, "task", name, path) for path, data_type in rows.items()],
    }


def _field(parent: str, data_type: str, column: str, *paths: str) -> dict[str, Any]:
    """A field read from ``column``, each path applied to what the one before it gave."""
    name = (column, *paths)[-1].rpartition(".")[2]
    source: dict[str, Any] = {"fileSet": {"@id": _SHARDS}, "extract": {"column": column}}
    if paths:
        source["transform"] = [{"jsonPath": path} for path in paths]
    return {
        "@type": "cr:Field",
        "@id": f"{parent}/{name}",
        "name": name,
        "dataType": data_type,
        "source": source,
    }
