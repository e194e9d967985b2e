"""Progress of a run, shown to a person or a log while it goes on. Everything goes to standard error.

State of the process: how log lines look, set when this module is imported; what Beam and other libraries may log, set by
``quiet_beam``.
"""

import logging
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from rich.live import Live
from rich.text import Text

from framehaul.pipelines.telemetry.log_redaction import RedactingFormatter, redact_event
from framehaul.pipelines.terminal import console
from framehaul.transforms.counts import Progress
from framehaul.transforms.runs.progress_board import BOARD

_TERMINAL_SECONDS = 0.2
_LOG_SECONDS = 10.0

structlog.configure(
    processors=[
        redact_event,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)


def quiet_beam() -> None:
    """Silence Beam, which logs every stage and half of its imports; whatever matters comes as an exception.

    Warnings of libraries are silenced with it: what follows a run reads standard error as JSON lines.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    logging.captureWarnings(True)


def log(event: str, **facts: Any) -> None:
    """Log one JSON line, unless a person is watching; with ``error`` among the facts it is an error."""
    if not sys.stderr.isatty():
        logger = structlog.get_logger()
        (logger.error if "error" in facts else logger.info)(event, **facts)


@contextmanager
def show_progress(total_bytes: int) -> Iterator[None]:
    """Show the counters of the workers until the context ends.

    Args:
        total_bytes: of the input, as stored.
    """
    BOARD.reset()
    ended = threading.Event()
    show = _show_on_terminal if sys.stderr.isatty() else _show_in_log
    watcher = threading.Thread(target=show, args=(total_bytes, time.monotonic(), ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _show_on_terminal(total_bytes: int, began: float, ended: threading.Event) -> None:
    with Live(console=console(err=True), refresh_per_second=5, transient=True) as live:
        while not ended.wait(_TERMINAL_SECONDS):
            live.update(Text(progress_line(BOARD.totals(), total_bytes, time.monotonic() - began)))


def _show_in_log(total_bytes: int, began: float, ended: threading.Event) -> None:
    while not ended.wait(_LOG_SECONDS):
        seconds = round(time.monotonic() - began, 1)
        log(
            "progress",
            seconds=seconds,
            total_bytes=total_bytes,
            **{str(k): v for k, v in BOARD.totals().items()},
        )


def progress_line(totals: Mapping[Progress, int], total_bytes: int, seconds: float) -> str:
    """One line for a person.

    >>> totals = dict.fromkeys(Progress, 0) | {Progress.RECORDS_READ: 1500, Progress.BYTES_READ: 3_000_000}
    >>> progress_line(totals, 6_000_000, 2.0)
    'read 1,500 records, 3.0 of 6.0 MB (50 %, 1.5 MB/s) · wrote 0 shards, 0.0 MB · 2 s'
    """
    read = totals[Progress.BYTES_READ]
    return (
        f"read {totals[Progress.RECORDS_READ]:,} records, {read / 1e6:,.1f} of {total_bytes / 1e6:,.1f} MB "
        f"({100 * read // max(total_bytes, 1)} %, {read / 1e6 / max(seconds, 0.001):,.1f} MB/s) · "
        f"wrote {totals[Progress.SHARDS_WRITTEN]:,} shards, {totals[Progress.BYTES_WRITTEN] / 1e6:,.1f} MB · {seconds:.0f} s"
    )
