"""pandas."""

import pandas
from fingerprint import Json, fingerprint
from judging import from_card, judge, shards


def card() -> Json:
    return fingerprint(from_card("pandas").to_dict("records"))


def defaults() -> Json:
    records = pandas.concat(pandas.read_json(path, lines=True) for path in shards())
    return fingerprint(records.to_dict("records"))


if __name__ == "__main__":
    judge({"card": card, "defaults": defaults})
