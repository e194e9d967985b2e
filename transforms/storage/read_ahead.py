"""Reading what is needed next while something else is done.

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


def submitted(read: Callable[[_A], _B], item: _A) -> Future[_B]:
    """``read(item)``, on its way in another thread."""
    return _threads(os.getpid()).submit(read, item)


def read_ahead(items: Iterable[_A], read: Callable[[_A], _B], most: int) -> Iterator[_B]:
    """What ``read`` gives for each item, in their order; of up to ``most`` items before it is asked for."""
    coming: deque[Future[_B]] = deque()
    for item in items:
        coming.append(submitted(read, item))
        if len(coming) > most:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


@functools.cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Those of one process, started when they are needed: a forked one has none of its parent's."""
    return ThreadPoolExecutor(_MOST_THREADS, f"read-ahead-{process}")
