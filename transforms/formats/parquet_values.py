"""Values of Parquet columns as JSON has them."""

import itertools
import math
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.formats.json_text import check, rewrite_plain

# Nested columns that may hold JSON text instead of a native nested type.
_NESTED = frozenset(
    [
        "metadata",
        "contextData",
        "dataset",
        "attachments",
        "batches",
        "consensusDetailed",
        "taskHistory",
        "answer",
        "tools",  # these three are columns of the table `frames`
        "objects",
        "classifications",
        "review",  # of tasks of the legacy generation
        "issues",
        "errorCodes",  # of issues
        "contentMentions",
        "comments",
        "points",
        "pctDetails",
    ]
)
_ANSWER_LISTS = frozenset(["tools", "objects", "classifications", "relations"])
# Raised for values that Python does not have.
_CONVERSION_ERRORS = (pa.ArrowException, ValueError, OverflowError, KeyError)
_NOT_JSON = orjson.Fragment(b"NaN")


def rows_as_objects(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Rows as objects; a key whose column is null is left out."""
    names = batch.schema.names
    columns = [_values(name, column) for name, column in zip(names, batch.columns, strict=True)]
    for values in zip(*columns, strict=True) if columns else itertools.repeat((), batch.num_rows):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _values(name: str, column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":  # finer than Python has it
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values = _python_values(column)
    if name in _NESTED and isinstance(
        next((value for value in values if value is not None), None), str | bytes
    ):
        return [None if value is None else _json_text(value) for value in values]
    return values if _is_plain(column.type) else [_json_value(value) for value in values]


def _python_values(column: pa.Array) -> list[Any]:
    try:
        return list(column.to_pylist(maps_as_pydicts="strict"))
    except _CONVERSION_ERRORS:
        return [_python_value(scalar) for scalar in column]


def _python_value(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py(maps_as_pydicts="strict")
    except _CONVERSION_ERRORS:
        return _NOT_JSON


def _is_plain(kind: pa.DataType) -> bool:
    """Tell whether all values of a type are the same in JSON."""
    return any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_integer, pa.types.is_boolean))


def _json_text(value: str | bytes) -> Any:
    """JSON text as it is; text that is not JSON stays a string, which is refused where the key holds no string."""
    text = value.encode() if isinstance(value, str) else value
    try:
        check(text)
        return orjson.Fragment(rewrite_plain(text))
    except InvalidRecordError:
        return text.decode(errors="replace")


def _json_value(value: Any) -> Any:
    """Translate a native value to one of JSON.

    A native struct has every field that any row has: those without a value are
    not in this row. A value that JSON does not have stays one that is not JSON, so
    that the record is set aside and not changed.
    """
    if isinstance(value, dict):
        return {
            str(key): _json_text(inner)
            if key in _ANSWER_LISTS and isinstance(inner, str)
            else _json_value(inner)
            for key, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list):
        return [_json_value(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Decimal):
        return _json_value(float(value))
    if isinstance(value, timedelta) or (isinstance(value, float) and not math.isfinite(value)):
        return _NOT_JSON
    return value
