"""Checksums of the bytes that are stored."""

import base64
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

_AHEAD = 4  # pieces that may wait for their checksums, up to a few megabytes each


class Digests:
    """SHA-256 and MD5 of all bytes that are added."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def add(self, content: bytes) -> bytes:
        """Add bytes, which follow those before, and return them."""
        self._sha256.update(content)
        self._md5.update(content)
        return content

    def add_all(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Add the pieces of a large stream, and hand them on; the checksums are complete when they have ended.

        Each checksum has a thread of its own. One after the other they take 1.9 s for a
        gigabyte; beside each other, and beside what reads and writes, 1.2 s (2026-11).
        """
        waiting: deque[list[Future[None]]] = deque()
        with ThreadPoolExecutor(1, "sha256") as sha256, ThreadPoolExecutor(1, "md5") as md5:
            for piece in pieces:
                waiting.append(
                    [sha256.submit(self._sha256.update, piece), md5.submit(self._md5.update, piece)]
                )
                if len(waiting) > _AHEAD:
                    _wait(waiting.popleft())
                yield piece
            for futures in waiting:
                _wait(futures)

    @property
    def sha256(self) -> str:
        """SHA-256 in hex."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """MD5 in base64, as object stores report it."""
        return base64.b64encode(self._md5.digest()).decode()


def _wait(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result()
