"""For every test."""

import gc

import pytest


@pytest.fixture(autouse=True, scope="module")
def collected() -> None:
    """What was there before a file is not gone through again in it: each bundle of a run collects garbage."""
    gc.collect()
    gc.freeze()
