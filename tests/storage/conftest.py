"""Real servers, each started when the first test asks for it."""

from collections.abc import Iterator
from typing import Any

import pytest

from framehaul.transforms.runs import claims
from storage.emulators import STARTERS
from storage.stores import Store, store_of
from storage.wanted_server import wanted_server


def _running(name: str, factory: pytest.TempPathFactory) -> Iterator[Any]:
    with wanted_server(name, factory.mktemp(name)) as found:
        yield found


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


@pytest.fixture
def prompt_listings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a listing that is behind: those of these servers never are."""
    monkeypatch.setattr(claims, "_SETTLE_S", 0.01)


@pytest.fixture(params=STARTERS)
def store(request: pytest.FixtureRequest) -> Store:
    """Every store in turn."""
    return store_of(request.param, request.getfixturevalue(request.param))
