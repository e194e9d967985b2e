"""Hugging Face datasets. Its defaults are what the card says: the rest is in the card's front matter."""

import os
import tempfile
from pathlib import Path

from datasets import load_dataset
from fingerprint import Json, fingerprint
from judging import from_card, judge, shards


def card() -> Json:
    return fingerprint(from_card("Hugging Face datasets"))


def without_a_shard() -> Json:
    """A copy of the export that lacks its last shard; refusing it is right."""
    last = Path(shards()[-1])
    hidden = last.rename(last.name)
    try:
        with tempfile.TemporaryDirectory() as unused_cache:
            return fingerprint(load_dataset(os.getcwd(), cache_dir=unused_cache)["train"])
    finally:
        hidden.rename(last)


if __name__ == "__main__":
    judge({"card": card, "without a shard": without_a_shard})
