"""Requests to end this process, noted until it can end in good order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class StopRequest:
    """The signal that has asked this process to end, if there was one."""

    number: int | None = None


@contextmanager
def note_stop_requests() -> Iterator[StopRequest]:
    """Note SIGINT and SIGTERM instead of being interrupted by them; a second one interrupts all the same.

    An exception in the middle of starting a process, or of putting a claim, could be lost, or leave one without
    the other. When the context ends, the signal has the effect that it would have had.
    """
    request = StopRequest()
    before: dict[int, Any] = {}

    def note(number: int, frame: object) -> None:
        if request.number is not None:
            before[number](number, frame)
        request.number = number

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, note)
    try:
        yield request
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        if request.number is not None and callable(before[request.number]):
            before[request.number](request.number, None)
