"""Progress of a download: a line on a terminal, JSON lines otherwise, all on standard error."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.terminal import console

_TERMINAL_SECONDS = 0.2
_LOG_SECONDS = 10.0


class Transfer:
    """Counts of one transfer, which several threads add to."""

    def __init__(self, objects: int, size_bytes: int) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._of_objects, self._of_bytes = objects, size_bytes
        self._objects = self._bytes = 0

    def add_bytes(self, number: int) -> None:
        with self._lock:
            self._bytes += number

    def add_object(self) -> None:
        with self._lock:
            self._objects += 1

    def line(self) -> str:
        """For a person.

        >>> Transfer(3, 4_000_000).line()
        '0 of 3 objects, 0.0 of 4.0 MB (0 %) · 0 s'
        """
        done = 100 * self._bytes // max(self._of_bytes, 1)
        return (
            f"{self._objects:,} of {self._of_objects:,} objects, {self._bytes / 1e6:,.1f} of {self._of_bytes / 1e6:,.1f} MB "
            f"({done} %) · {time.monotonic() - self._began:.0f} s"
        )

    def facts(self) -> dict[str, int | float]:
        """For a log."""
        return {
            "objects": self._objects,
            "total_objects": self._of_objects,
            "bytes": self._bytes,
            "total_bytes": self._of_bytes,
            "seconds": round(time.monotonic() - self._began, 1),
        }


@contextmanager
def transfer_shown(objects: int, size_bytes: int) -> Iterator[Transfer]:
    """Show what is counted until the context ends."""
    transfer = Transfer(objects, size_bytes)
    ended = threading.Event()
    show = _on_terminal if sys.stderr.isatty() else _in_log
    watcher = threading.Thread(target=show, args=(transfer, ended), daemon=True)
    watcher.start()
    try:
        yield transfer
    finally:
        ended.set()
        watcher.join()


def _on_terminal(transfer: Transfer, ended: threading.Event) -> None:
    with Live(console=console(err=True), refresh_per_second=5, transient=True) as live:
        while not ended.wait(_TERMINAL_SECONDS):
            live.update(Text(transfer.line()))


def _in_log(transfer: Transfer, ended: threading.Event) -> None:
    while not ended.wait(_LOG_SECONDS):
        log("download_progress", **transfer.facts())
