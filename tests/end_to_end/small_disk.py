"""A disk that is too small, for one command: a memory file system of a few kilobytes, mounted for it alone.

``unshare`` gives the command a user and a mount namespace of its own, so no
rights are needed and nothing is left mounted. Where a container forbids that,
the largest file that a process may write is limited instead: the error is then
EFBIG and not ENOSPC, but it is as real, and comes at the same places.
"""

import functools
import subprocess
from collections.abc import Mapping
from pathlib import Path

from end_to_end.command import COMMAND

NO_SPACE = ("No space left on device", "File too large", "Read-only file system")

_MOUNT = 'mount -t tmpfs -o "$1" tmpfs "$0" || exit 99; shift; "$@"; code=$?; find "$0" -type f; exit $code'
_LIMIT = 'shift; ulimit -f 64; "$@"; code=$?; find "$0" -type f; exit $code'


def framehaul_on_small_disk(
    folder: Path, mount_options: str, *arguments: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """The command, while ``folder`` is a disk of its own; what is left in it ends standard output."""
    namespaces, script = (["unshare", "-Urm"], _MOUNT) if may_mount() else ([], _LIMIT)
    return subprocess.run(
        [*namespaces, "sh", "-c", script, str(folder), mount_options, str(COMMAND), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=dict(environment),
    )


@functools.cache
def may_mount() -> bool:
    probe = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0
