"""For every test."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """What one file leaves behind is not gone through again in the next: each bundle of a run collects garbage."""
    yield
    gc.collect()
    gc.freeze()
