"""Run the command as a person or a scheduler does, and check what it says when it refuses."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from end_to_end.exports import Json, settings

COMMAND = Path(sys.executable).with_name("framehaul")
# readline, which pytest imports, tells the processes that it starts how wide the terminal is.
_WITHOUT_TERMINAL = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}


def write_config(path: Path, config: Json) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


def framehaul(
    *arguments: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The command, run to its end; an end that never comes fails the test."""
    return subprocess.run(
        [str(COMMAND), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**_WITHOUT_TERMINAL, **(environment or {})},
        cwd=cwd,
    )


def run_command(
    folder: Path, source: Mapping[str, Any], export_id: str = "x", **sections: Json
) -> subprocess.CompletedProcess[str]:
    """Run an export into ``folder/exports`` from the folder, so that paths in messages are short."""
    config = write_config(folder / "export.yaml", settings(source, "exports", **sections))
    return framehaul("run", config.name, "--export-id", export_id, cwd=folder)


def assert_refused(finished: subprocess.CompletedProcess[str], code: int, *messages: str) -> None:
    assert finished.returncode == code, finished.stderr
    for message in messages:
        assert message in finished.stderr
    assert "Traceback" not in finished.stderr
    assert "bug" not in finished.stderr


def assert_nothing_published(folder: Path, export_id: str = "x") -> None:
    assert not (folder / "exports" / export_id / "manifest.json").exists()
    assert not (folder / "exports" / "latest.json").exists()
