"""Check that workers run the very version that built the pipeline: another one could write other bytes."""

import functools
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from framehaul.transforms.errors import EngineError

_T = TypeVar("_T")


@functools.cache
def own_version() -> str:
    """Version of the Framehaul that this process runs."""
    try:
        return version("framehaul")
    except PackageNotFoundError:
        return "unknown"


def refuse_other_version(element: _T, expected: str) -> _T:
    """Pass ``element`` through, on a worker of the expected version.

    Raises:
        EngineError: with both versions.
    """
    if own_version() != expected:
        raise EngineError(
            f"a worker runs Framehaul {own_version()}, but the run was started by {expected}; "
            "install one version everywhere (scripts/build_worker_image builds an image of it)"
        )
    return element
