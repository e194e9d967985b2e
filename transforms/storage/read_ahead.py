"""Reading what is needed next while something else is done."""

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


def read_ahead(items: Iterable[_A], read: Callable[[_A], _B], most: int) -> Iterator[tuple[_A, _B]]:
    """Every item with what ``read`` gives for it, in their order; up to ``most`` of them before they are asked for."""
    coming: deque[tuple[_A, Future[_B]]] = deque()
    for item in items:
        coming.append((item, submitted(read, item)))
        if len(coming) > most:
            asked, future = coming.popleft()
            yield asked, future.result()
    for asked, future in coming:
        yield asked, future.result()


@functools.cache
def _threads(process: int) -> ThreadPoolExecutor:
    """Those of one process, started when they are needed: a forked one has none of its parent's."""
    return ThreadPoolExecutor(_MOST_THREADS, f"read-ahead-{process}")
