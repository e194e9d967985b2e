"""README.md of an export. That readers can follow it is shown in tests/end_to_end/readers/test_readers.py."""

import itertools

import pytest
import yaml

from framehaul.transforms.cards.dataset_card import render_dataset_card
from framehaul.transforms.exports.manifest import ShardEntry

COUNTS = {"records": 12_345, "assets": 12_000, "annotations": 98_765, "tasksRead": 20_000}


def shard(number: int, suffix: str = "") -> ShardEntry:
    return ShardEntry(
        path=f"data/assets-{number:05d}-of-00003.ndjson{suffix}",
        records=10,
        size_bytes=100,
        sha256="0" * 64,
        md5="",
        uncompressed_bytes=1000 + number,
        max_line_bytes=90,
        first_asset_id="a",
        last_asset_id="b",
    )


def front_matter(card: bytes) -> dict:
    _, front, _ = card.decode().split("---\n", 2)
    return yaml.safe_load(front)


def test_the_front_matter_names_the_shards_and_nothing_beside_them():
    card = render_dataset_card("all-1", [shard(0)], COUNTS)
    assert front_matter(card)["configs"] == [{"config_name": "default", "data_files": "data/*.ndjson"}]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_every_pattern_in_the_card_has_the_suffix_of_the_shards(suffix):
    card = render_dataset_card("all-1", [shard(0, suffix)], COUNTS).decode()
    assert card.count("data/*") == card.count(f'data/*.ndjson{suffix}"') + 1  # once without quotes, in YAML
    assert f"data_files: data/*.ndjson{suffix}\n" in card


def test_the_front_matter_holds_the_number_of_records_so_that_a_partial_copy_is_refused():
    (split,) = front_matter(render_dataset_card("all-1", [shard(0), shard(1)], COUNTS))["dataset_info"][
        "splits"
    ]
    assert split == {"name": "train", "num_examples": 12_345, "num_bytes": 2001}


def test_free_fields_are_json_and_the_lists_of_an_answer_are_lists_of_json():
    """Known answers: with other types Hugging Face drops keys, or refuses shards, that come later."""
    features = front_matter(render_dataset_card("all-1", [shard(0)], COUNTS))["dataset_info"]["features"]
    columns = {feature["name"]: feature for feature in features}
    task = {feature["name"]: feature for feature in columns["task"]["struct"]}
    assert columns["metadata"] == {"name": "metadata", "dtype": "json"}
    assert columns["dataset"] == {"name": "dataset", "list": "string"}
    assert task["tools"] == {"name": "tools", "list": "json"}
    assert {"name": "classifications", "list": "json"} in task["stageHistory"]["list"]


def test_neither_the_order_nor_the_number_of_the_shards_changes_the_text():
    shards = [shard(number) for number in range(3)]
    texts = {render_dataset_card("all-1", order, COUNTS) for order in itertools.permutations(shards)}
    assert len(texts) == 1
    assert len(render_dataset_card("all-1", shards * 30_000, COUNTS)) < 6000


def test_the_card_says_what_the_export_holds():
    card = render_dataset_card("all-1", [shard(0)], COUNTS).decode()
    assert "# all-1\n\n12,345 records of 12,000 assets with 98,765 annotations" in card


def test_a_layout_of_our_own_is_called_so():
    card = render_dataset_card("all-1", [shard(0)], COUNTS, with_entries=True).decode()
    assert '`{"objectId": …, "frames": [rows]}` for each object' in card
    assert "This layout (`tracks`) is Framehaul's own, not Ango Hub's." in card
    assert "`tracks`" not in render_dataset_card("all-1", [shard(0)], COUNTS).decode()


def test_without_records_the_card_offers_no_reader_that_opens_no_empty_file():
    card = render_dataset_card("all-1", [shard(0)], {**COUNTS, "records": 0}).decode()
    assert "streaming=True" in card
    assert "## pyarrow" not in card
    assert "pyarrow opens no file without records" in card


def test_with_zstd_the_card_does_not_offer_croissant():
    card = render_dataset_card("all-1", [shard(0, ".zst")], COUNTS).decode()
    assert "## Croissant" not in card
    assert "mlcroissant opens no zstd" in card
