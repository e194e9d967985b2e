"""pyarrow: its JSON reader, its datasets, and lines of text."""

import json

import pyarrow
import pyarrow.dataset
import pyarrow.json
from fingerprint import Json, fingerprint
from judging import from_card, judge, shards


def card() -> Json:
    return fingerprint(json.loads(line) for line in from_card("pyarrow")["record"].to_pylist())


def defaults() -> Json:
    tables = [pyarrow.json.read_json(path) for path in shards()]
    return fingerprint(pyarrow.concat_tables(tables, promote_options="permissive").to_pylist())


def dataset_defaults() -> Json:
    return fingerprint(pyarrow.dataset.dataset("data", format="json").to_table().to_pylist())


if __name__ == "__main__":
    judge({"card": card, "defaults": defaults, "dataset defaults": dataset_defaults})
