"""polars."""

import json

import polars
from fingerprint import Json, fingerprint
from judging import from_card, judge


def card() -> Json:
    return fingerprint(json.loads(line) for line in from_card("polars").collect()["record"])


def defaults() -> Json:
    return fingerprint(polars.scan_ndjson("data/*").collect().iter_rows(named=True))


if __name__ == "__main__":
    judge({"card": card, "defaults": defaults})
