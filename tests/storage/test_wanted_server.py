"""A missing server never looks like a test that has passed, and on a build server it is a failure."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from storage import emulators
from storage.server_process import MissingServerError
from storage.wanted_server import wanted_server


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(folder: Path) -> AbstractContextManager[Any]:
        raise MissingServerError("there is no npm")

    monkeypatch.setitem(emulators.STARTERS, "azure", missing)
    monkeypatch.delenv("FRAMEHAUL_TEST_AZURE", raising=False)


def test_its_tests_are_left_out_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="there is no npm"), wanted_server("azure", tmp_path):
        pass


def test_on_a_build_server_they_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="there is no npm"), wanted_server("azure", tmp_path):
        pass
