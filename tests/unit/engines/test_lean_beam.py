"""Beam without the clients of clouds, and everything else with them."""

import subprocess
import sys

AFTERWARDS = """
import sys
from framehaul.pipelines.engines.lean_beam import hide_cloud_clients

clients = ("google.auth", "google.cloud.storage", "azure.storage.blob", "azure.core")
assert not any(name in sys.modules for name in clients)
with hide_cloud_clients():
    import apache_beam
    assert not any(sys.modules.get(name) for name in clients)
import google.auth, google.cloud.storage, azure.core, azure.storage.blob
import gcsfs, adlfs, s3fs
assert all(sys.modules[name] for name in clients)
with hide_cloud_clients():
    assert all(sys.modules[name] for name in clients)
assert all(sys.modules[name] for name in clients)
"""

FAILING = """
import sys
from framehaul.pipelines.engines.lean_beam import hide_cloud_clients

try:
    with hide_cloud_clients():
        raise ImportError("something else")
except ImportError:
    pass
assert "google.auth" not in sys.modules
import google.auth
"""


def run(program: str) -> str:
    finished = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    return finished.stderr if finished.returncode else ""


def test_the_clients_of_clouds_can_be_imported_afterwards() -> None:
    assert run(AFTERWARDS) == ""


def test_an_import_that_fails_hides_nothing_for_good() -> None:
    assert run(FAILING) == ""
