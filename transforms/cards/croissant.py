"""``croissant.json``: the export for readers of Croissant 1.0, with a checksum for every shard.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html; 1.0 and not 1.1,
which adds nothing that is needed here and which older readers refuse.

Its record set is an index of the records, not a copy: Croissant knows no free
JSON, so a field is a value or a list of values under a path that is known
beforehand. ``left_out`` of an ``Index`` names the rest. Optional keys at the top of a record
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

from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.exports.output_form import OutputForm, form_of_path
from framehaul.transforms.formats.compression import SUFFIXES
from framehaul.transforms.kinds.kinds import V3, RecordKind
from framehaul.transforms.records.record_index import TEXT, Index

CROISSANT_NAME = "croissant.json"

_SHARDS = "shards"
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


def render_croissant(
    export_id: str, shards: Sequence[ShardEntry], started_at: str, kind: RecordKind = V3
) -> bytes:
    """``croissant.json``: compact JSON-LD of about 300 bytes a shard, and 14 kB.

    Locations are relative to the export's folder and nothing tells where that
    is, so an export can be moved. Licence and creator of the annotations are
    not known here; the first is said to be unknown, since readers ask for it.

    Args:
        export_id: the name of the data set.
        shards: all of the export, in any order.
        started_at: ISO-8601 time; the date of publication.
        kind: of the records.
    """
    index = kind.card.record_set
    form = form_of_path(shards[0].path) if shards else OutputForm()
    suffix, is_array = SUFFIXES[form.compression], form.record_format == "json"
    formats = [_ARRAY if is_array else _LINES, *([_COMPRESSIONS[suffix]] if suffix else [])]
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": export_id,
        "description": f"Annotations, {'one array of records' if is_array else 'one record a line'}. {index.left_out}",
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
        "recordSet": [] if is_array else [_record_set(index, has_parts=not form.is_single)],
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


def _record_set(index: Index, *, has_parts: bool) -> dict[str, Any]:
    fields = {path: kind for path, kind in index.fields.items() if has_parts or not path.startswith("part.")}
    keys = [index.key, "index"] if has_parts else [index.key]
    return {
        "@type": "cr:RecordSet",
        "@id": index.name,
        "name": index.name,
        "description": f"One record for each line{', parts of long ones included' if has_parts else ''}. {index.left_out}",
        "key": [{"@id": f"{index.name}/{key}"} for key in keys],
        "field": [
            *(_field(index.name, data_type, *path.split(".")) for path, data_type in fields.items()),
            *({**_field(index.name, TEXT, name), "repeated": True} for name in index.texts),
            *(_list_field(index.name, path, rows) for path, rows in index.lists.items()),
        ],
    }


def _list_field(record_set: str, path: str, rows: Mapping[str, str]) -> dict[str, Any]:
    *around, name = path.split(".")
    parent = f"{record_set}/{name}"
    return {
        "@type": "cr:Field",
        "@id": parent,
        "name": name,
        "repeated": True,
        "subField": [_field(parent, data_type, *around, name, inner) for inner, data_type in rows.items()],
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
