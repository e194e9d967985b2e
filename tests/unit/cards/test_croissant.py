"""croissant.json. That mlcroissant validates and reads it is shown in tests/end_to_end/readers/test_readers.py."""

import itertools

import orjson
import pytest

from framehaul.transforms.cards.croissant import render_croissant
from framehaul.transforms.exports.manifest import ShardEntry

STARTED_AT = "2026-11-22T10:15:00.000Z"


def shard(name: str, sha256: str = "0" * 64) -> ShardEntry:
    return ShardEntry(
        path=f"data/{name}",
        records=10,
        size_bytes=1234,
        sha256=sha256,
        md5="",
        uncompressed_bytes=5000,
        max_line_bytes=90,
        first_asset_id="a",
        last_asset_id="b",
    )


def distribution(*shards: ShardEntry) -> list[dict]:
    return orjson.loads(render_croissant("all-1", shards, STARTED_AT))["distribution"]


def test_every_shard_stands_in_it_with_its_checksum_and_a_relative_location():
    first, second, _ = distribution(shard("a.ndjson", "aa"), shard("b.ndjson", "bb"))
    assert (first["contentUrl"], first["sha256"], first["contentSize"]) == ("data/a.ndjson", "aa", "1234 B")
    assert (second["contentUrl"], second["sha256"]) == ("data/b.ndjson", "bb")


def test_the_records_are_read_from_the_set_of_all_shards():
    document = orjson.loads(render_croissant("all-1", [shard("a.ndjson")], STARTED_AT))
    file_set = document["distribution"][-1]
    (record_set,) = document["recordSet"]
    leaves = [leaf for field in record_set["field"] for leaf in field.get("subField", [field])]
    assert {leaf["source"]["fileSet"]["@id"] for leaf in leaves} == {file_set["@id"]}
    assert file_set["includes"] == "data/*.ndjson"


@pytest.mark.parametrize(
    ("suffix", "formats"),
    [
        ("", ["application/jsonlines"]),
        (".gz", ["application/jsonlines", "application/gzip"]),
        (".zst", ["application/jsonlines", "application/zstd"]),
    ],
)
def test_the_compression_is_said(suffix, formats):
    file_object, file_set = distribution(shard(f"a.ndjson{suffix}"))
    assert file_object["encodingFormat"] == file_set["encodingFormat"] == formats
    assert file_set["includes"] == f"data/*.ndjson{suffix}"


def test_names_that_are_no_uri_become_one_in_identifiers_only():
    file_object, _ = distribution(shard("long-A b.ndjson"))
    assert (file_object["@id"], file_object["contentUrl"]) == (
        "data/long-A%20b.ndjson",
        "data/long-A b.ndjson",
    )


def test_the_order_of_the_shards_does_not_change_the_bytes():
    shards = [shard(f"{letter}.ndjson", letter) for letter in "abc"]
    texts = {render_croissant("all-1", order, STARTED_AT) for order in itertools.permutations(shards)}
    assert len(texts) == 1


def test_a_shard_costs_less_than_350_bytes():
    few, many = ([shard(f"assets-{n:05d}-of-99999.ndjson") for n in range(count)] for count in (1, 1001))
    grown = len(render_croissant("all-1", many, STARTED_AT)) - len(render_croissant("all-1", few, STARTED_AT))
    assert grown < 350 * 1000


def test_an_export_says_that_its_licence_is_not_known():
    document = orjson.loads(render_croissant("all-1", [], STARTED_AT))
    assert document["license"]["name"].startswith("Not stated")
    assert (document["name"], document["datePublished"]) == ("all-1", STARTED_AT)
