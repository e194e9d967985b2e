"""A table's file as Parquet, in the form in which document databases are usually dumped.

Scalars are columns of their own, ``dataset`` and ``batches`` are lists of strings, and what has no fixed
shape (``answer``, ``metadata``, ``contextData`` …) is JSON text. Times are ISO-8601 strings; a key that a
record does not have is null. Both ways of nesting are then in every sample: readers take either
(transforms/README.md, "Files").
"""

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from framehaul.pipelines.sample.assets import Record
from framehaul.pipelines.sample.table_files import LEGACY_TASKS

ROW_GROUP_BYTES = 16 * 1024 * 1024
_BATCH_ROWS = 1024  # rows wait in Arrow memory: as Python objects they take several times as much

_TEXT, _NUMBER, _TEXTS, _JSON, _FLAG = "text", "number", "list of text", "JSON text", "true or false"
COLUMNS = {
    "tasks": {
        "taskId": _TEXT,
        "projectId": _TEXT,
        "assetId": _TEXT,
        "asset": _TEXT,
        "externalId": _TEXT,
        "metadata": _JSON,
        "contextData": _JSON,
        "dataset": _TEXTS,
        "attachments": _JSON,
        "batches": _TEXTS,
        "type": _TEXT,
        "stage": _TEXT,
        "stageId": _TEXT,
        "createdAt": _TEXT,
        "updatedAt": _TEXT,
        "updatedBy": _TEXT,
        "totalDuration": _NUMBER,
        "duration": _NUMBER,
        "totalIdleDuration": _NUMBER,
        "totalBlurDuration": _NUMBER,
        "brushDataUrl": _TEXT,
        "medicalBrushDataUrl": _TEXT,
        "consensusAverage": _NUMBER,
        "consensusDetailed": _JSON,
        "answer": _JSON,
    },
    "stage-history": {
        "_id": _TEXT,
        "taskId": _TEXT,
        "stage": _TEXT,
        "stageId": _TEXT,
        "duration": _NUMBER,
        "idleDuration": _NUMBER,
        "blurDuration": _NUMBER,
        "completedAt": _TEXT,
        "completedBy": _TEXT,
        "submittedBy": _TEXT,
        "consensusId": _TEXT,
        "reviewStatus": _TEXT,
        "taskHistory": _JSON,
        "brushDataUrl": _TEXT,
        "medicalBrushDataUrl": _TEXT,
        "answer": _JSON,
    },
    "issues": {
        "_id": _TEXT,
        "projectId": _TEXT,
        "asset": _JSON,
        "labelTask": _TEXT,
        "stage": _TEXT,
        "stageId": _TEXT,
        "createdBy": _TEXT,
        "createdAt": _TEXT,
        "status": _TEXT,
        "errorType": _TEXT,
        "errorCode": _TEXT,
        "errorCodes": _JSON,
        "content": _TEXT,
        "contentMentions": _JSON,
        "comments": _JSON,
        "position": _TEXT,
        "page": _NUMBER,
        "pageEnd": _NUMBER,
        "objectId": _TEXT,
        "resolvedBy": _TEXT,
        "resolvedAt": _TEXT,
        "updatedBy": _TEXT,
        "updatedAt": _TEXT,
    },
    "frames": {
        "taskId": _TEXT,
        "historyId": _TEXT,
        "page": _NUMBER,
        "tools": _JSON,
        "classifications": _JSON,
    },
}
"""The columns of each table and what they hold."""

COLUMNS[LEGACY_TASKS] = {
    **COLUMNS["tasks"],
    "labeledAt": _TEXT,
    "reviewedAt": _TEXT,
    "status": _TEXT,
    "labelDuration(ms)": _NUMBER,
    "consensus": _NUMBER,
    "completedBy": _TEXT,
    "completedAt": _TEXT,
    "isSkipped": _FLAG,
    "review": _JSON,
    "isBenchmark": _FLAG,
    "benchmark": _TEXT,
    "issues": _JSON,
}

_ARROW_TYPES = {
    _TEXT: pa.string(),
    _NUMBER: pa.int64(),
    _TEXTS: pa.list_(pa.string()),
    _JSON: pa.string(),
    _FLAG: pa.bool_(),
}
_FEW_VALUES = [
    "projectId",
    "type",
    "stage",
    "stageId",
    "updatedBy",
    "completedBy",
    "submittedBy",
    "reviewStatus",
]
_SEARCHED = ["taskId", "assetId", "projectId", "type", "stage", "createdAt", "updatedAt", "completedAt"]


class ParquetFile:
    """One row per record, in row groups of about 16 MiB of NDJSON."""

    def __init__(self, path: Path, table: str) -> None:
        self._kinds = COLUMNS[table]
        self._schema = pa.schema([(name, _ARROW_TYPES[kind]) for name, kind in self._kinds.items()])
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pq.ParquetWriter(
            self._sink,
            self._schema,
            compression="zstd",
            use_dictionary=[name for name in _FEW_VALUES if name in self._kinds],
            write_statistics=[name for name in _SEARCHED if name in self._kinds],
        )
        self._rows: list[Record] = []
        self._batches: list[pa.RecordBatch] = []
        self._line_bytes = 0
        self._written = 0

    def add(self, record: Record, line: bytes) -> int:
        """See ``TableFile``; a row is written with its row group."""
        self._rows.append(record)
        self._line_bytes += len(line)
        if self._line_bytes >= ROW_GROUP_BYTES:
            return self._write_row_group()
        if len(self._rows) == _BATCH_ROWS:
            self._pack_rows()
        return 0

    def close(self) -> int:
        """See ``TableFile``."""
        if self._sink.closed:
            return 0
        written = self._write_row_group() if self._line_bytes else 0
        self._writer.close()  # writes the footer
        written += self._new_bytes()
        self._sink.close()
        return written

    def _pack_rows(self) -> None:
        columns = [
            pa.array([_cell(row.get(name), kind) for row in self._rows], _ARROW_TYPES[kind])
            for name, kind in self._kinds.items()
        ]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._rows = []

    def _write_row_group(self) -> int:
        self._pack_rows()
        self._writer.write_table(pa.Table.from_batches(self._batches))
        self._batches, self._line_bytes = [], 0
        return self._new_bytes()

    def _new_bytes(self) -> int:
        size: int = self._sink.tell()
        new, self._written = size - self._written, size
        return new


def _cell(value: object, kind: str) -> object:
    return orjson.dumps(value) if kind is _JSON and value is not None else value
