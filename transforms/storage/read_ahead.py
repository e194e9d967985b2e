"""Read in other threads what is needed next, while something else is done.

State of the process: one pool of threads for all readers, started by the first.
"""

import functools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_A = TypeVar("_A")
_B = TypeVar("_B")
_MOST_THREADS = 32


def submit(read: Callable[[_A], _B], item: _A) -> Future[_B]:
    """Begin ``read(item)`` in another thread."""
    return _threads(os.getpid()).submit(read, item)


def read_ahead(items: Iterable[_A], read: Callable[[_A], _B], most: int) -> Iterator[_B]:
    """Results of ``read`` for each item, in their order; up to ``most`` items are read before they are needed."""
    coming: deque[Future[_B]] = deque()
    for item in items:
        coming.append(submit(read, item))
        if len(coming) > most:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


@functools.cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Threads of one process, started when they are needed: a forked process has none of its parent's."""
    return ThreadPoolExecutor(_MOST_THREADS, f"read-ahead-{process}")
