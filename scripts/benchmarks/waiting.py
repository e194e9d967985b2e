"""CPU time until ``schedule`` and ``watch`` wait for the first time, and the memory they hold then."""

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from framehaul.pipelines.sample.sample_tables import write_sample

_CONFIG = """
source: {{tasks: ["{folder}/tasks-*"], stage_history: ["{folder}/stage-history-*"]}}
output: {{url: "{folder}/exports"}}
schedule: {{cron: "0 3 1 1 *"}}
{trigger}
"""
_TRIGGER = "trigger: {source_changed: true, long_video: true, newly_in_stage: {Complete: 10}}"
_WAIT_S = 5


def main() -> None:
    """Print a line for each command."""
    with tempfile.TemporaryDirectory(prefix="framehaul-waiting-") as name:
        folder = Path(name)
        write_sample(folder, tasks=200, videos=1, frames=300, objects=3, seed=1, table_format="ndjson")
        for command, trigger in (("schedule", ""), ("schedule", _TRIGGER), ("watch", _TRIGGER)):
            config = folder / "nightly.yaml"
            config.write_text(_CONFIG.format(folder=folder, trigger=trigger))
            cpu, memory = _waiting(command, config)
            what = f"{command}{' with trigger' if trigger else ''}"
            sys.stdout.write(
                f"{what:24} {cpu:5.2f} s of CPU to start, {memory / 1e6:5.1f} MB while it waits\n"
            )


def _waiting(command: str, config: Path) -> tuple[float, int]:
    """Seconds of CPU and bytes of memory, shared pages included, of a command that waits."""
    arguments = [sys.executable, "-m", "framehaul", command, str(config)]
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
    time.sleep(_WAIT_S)
    seen = psutil.Process(process.pid)
    used = seen.cpu_times()
    memory = seen.memory_full_info().rss
    process.send_signal(signal.SIGTERM)
    process.wait()
    return used.user + used.system, memory


if __name__ == "__main__":
    main()
