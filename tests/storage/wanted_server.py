"""A server that a test cannot do without."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storage.emulators import server
from storage.server_process import MissingServerError


@contextmanager
def wanted_server(name: str, folder: Path) -> Iterator[Any]:
    """A running server.

    Where it is not installed and cannot be (Azurite needs npm) the test is left out and says why; on a build
    server (``CI`` is set) it fails.
    """
    try:
        with server(name, folder) as found:
            yield found
    except MissingServerError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
