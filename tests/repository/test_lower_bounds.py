"""Lower bounds of what Framehaul needs: tests/lowest has exactly these versions, so scripts/test_lowest tries them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = [
    *PYPROJECT["build-system"]["requires"],
    *PROJECT["dependencies"],
    *EXTRAS["chat"],
    *EXTRAS["otel"],
]
LOCK = (ROOT / "tests" / "lowest" / "requirements.lock").read_text()
LOCKED = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(r"^([\w.-]+)==([^\s\\]+)", LOCK, re.M)
}


@pytest.mark.parametrize("needed", NEEDED)
def test_the_lock_of_the_lowest_versions_has_the_lower_bound(needed: str) -> None:
    """Where this fails, compile the lock anew, as tests/lowest/requirements.in says, and run scripts/test_lowest."""
    requirement = Requirement(needed)
    (bound,) = [one.version for one in requirement.specifier if one.operator == ">="]
    assert LOCKED[canonicalize_name(requirement.name)] == Version(bound)


def test_dataflow_has_the_same_beam() -> None:
    """Its extra is not in the lock: Google's clients have an environment of their own."""
    asked_for = map(Requirement, [*PROJECT["dependencies"], *EXTRAS["dataflow"]])
    assert len({str(one.specifier) for one in asked_for if one.name == "apache-beam"}) == 1
