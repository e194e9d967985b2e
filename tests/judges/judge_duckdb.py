"""DuckDB."""

import json
import re

import duckdb
from fingerprint import Json, fingerprint
from judging import from_card, judge, shards

_TIME = re.compile(r'"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\+00"')


def card() -> Json:
    relation = from_card("DuckDB")
    columns = list(zip(relation.columns, relation.types, strict=True))
    return fingerprint(
        {
            name: json.loads(value) if str(kind) == "JSON" and value is not None else value
            for (name, kind), value in zip(columns, row, strict=True)
        }
        for row in relation.fetchall()
    )


def defaults() -> Json:
    """``read_json`` as it comes. Times become times, so they are written out again."""
    suffix = shards()[0].partition(".ndjson")[2]
    duckdb.sql("SET TimeZone = 'UTC'")
    rows = duckdb.sql(
        f"SELECT to_json(row)::VARCHAR FROM read_json('data/*.ndjson{suffix}') AS row"
    ).fetchall()
    return fingerprint(json.loads(_TIME.sub(_written, row)) for (row,) in rows)


def _written(time: re.Match[str]) -> str:
    return f'"{time[1]}T{time[2]}.{(time[3] or ".")[1:]:0<3}Z"'


if __name__ == "__main__":
    judge({"card": card, "defaults": defaults})
