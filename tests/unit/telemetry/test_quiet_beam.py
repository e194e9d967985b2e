"""Standard error of a run: no text of a library between the JSON lines."""

import subprocess
import sys

PROGRAM = """
import logging, warnings
from framehaul.pipelines.telemetry.progress import quiet_beam
{quiet}
warnings.warn("this Python is old", FutureWarning)
logging.getLogger("apache_beam.io").error("no such client")
logging.getLogger("a_library").warning("this is slow")
"""


def standard_error(quiet: str) -> str:
    command = [sys.executable, "-c", PROGRAM.format(quiet=quiet)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def test_what_libraries_warn_of_is_not_among_the_lines_of_a_run() -> None:
    assert standard_error("quiet_beam()") == ""
    assert "this Python is old" in standard_error("")
