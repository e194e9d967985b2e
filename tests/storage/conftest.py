"""Real servers, each started when the first test asks for it.

Where one is not installed its tests say so and are left out; on a build server
(``CI`` is set) they fail.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from storage.emulators import STARTERS, server
from storage.server_process import MissingServerError
from storage.stores import Store, store_of


def _running(name: str, factory: pytest.TempPathFactory) -> Iterator[Any]:
    try:
        with server(name, factory.mktemp(name)) as found:
            yield found
    except MissingServerError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from _running("seaweed", tmp_path_factory)


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from _running("moto", tmp_path_factory)


@pytest.fixture(scope="session")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from _running("gcs", tmp_path_factory)


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from _running("azure", tmp_path_factory)


@pytest.fixture(params=STARTERS)
def store(request: pytest.FixtureRequest) -> Store:
    """Every store in turn."""
    return store_of(request.param, request.getfixturevalue(request.param))
