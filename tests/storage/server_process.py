"""Start a server on this machine, wait until it answers, stop it by its own process id."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

EMULATORS = Path(__file__).parents[2] / ".emulators"  # where scripts/set_up puts servers
_START_S = 60
_STOP_S = 20


class MissingServerError(Exception):
    """A server is not installed here; the message says how to get it."""


@contextlib.contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    is_ready: Callable[[], object],
    environment: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """A server that runs in ``folder`` until the context ends.

    Args:
        is_ready: raises, whatever it likes, as long as the server does not answer.

    Raises:
        RuntimeError: it did not start, with the end of its log.
    """
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env={**os.environ, **(environment or {})}
        )
    try:
        _wait_until_ready(process, is_ready, log)
        yield
    finally:
        process.send_signal(stop_signal)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", is_ready: Callable[[], object], log: Path) -> None:
    end = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(Exception):  # whatever a server says that is not up yet
            is_ready()
            return
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"{process.args!r} did not start: {log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """A port that nobody listens on, below those that clients get."""
    for _ in range(100):
        port = random.randrange(21_000, 30_000)
        if is_free(port):
            return port
    raise RuntimeError("no free port between 21000 and 30000")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False
