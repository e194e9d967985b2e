"""Upload an object that is too large for one request: in many parts, which become an object in one moment.

Until ``complete`` no reader sees anything, and no store keeps an upload that was
aborted. Stores count parts (S3: 10,000, each at most 5 GiB) and nobody knows how
long a stream will be, so parts grow: the first thousand are of 8 MiB, the next of
16 MiB, and so on, which reaches 8 TiB. Only so many are on their way at a time
that they take 32 MiB, as long as one part is not more than that by itself (which
it is beyond 54 GiB). Drivers copy what they send: a shard of 64 MiB takes 70 MiB
of memory so, on Google and Azure, and took 130 and 110 with twice of both.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass

from framehaul.transforms.storage.retries import run_with_retries
from framehaul.transforms.storage.store_uploads import Upload


@dataclass(frozen=True)
class UploadLimits:
    """Limits by which objects are cut into parts.

    Attributes:
        one_put: bytes up to which an object of S3 is one request; elsewhere ``first_part`` is.
        first_part: bytes of a part, a multiple of 256 KiB, which Google asks for, and at least 5 MiB for S3.
        most_parts: how many parts a store takes.
        in_flight: bytes that may be on their way at a time.
    """

    one_put: int = 80 << 20  # a shard that aims at 64 MiB
    first_part: int = 8 << 20
    most_parts: int = 10_000
    in_flight: int = 32 << 20

    def part_bytes(self, number: int) -> int:
        """Size of a part, counted from 0. Raises ``OverflowError`` where there can be no such part.

        >>> [UploadLimits().part_bytes(number) >> 20 for number in (0, 999, 1000, 9999)]
        [8, 8, 16, 4096]
        """
        if number >= self.most_parts:
            raise OverflowError(
                f"the object is larger than {self.most_parts} parts, which is all a store takes"
            )
        return self.first_part << (number * 10 // self.most_parts)

    def one_put_limit(self, scheme: str) -> int:
        """Size in bytes from which an object is sent in parts.

        It is lower for other stores than S3: their drivers copy what they send, several times.
        """
        if scheme == "memory":
            return sys.maxsize
        return self.one_put if scheme == "s3" else self.first_part


LIMITS = UploadLimits()


def upload_large(
    scheme: str, begin: Callable[[], Upload], pieces: Iterable[bytes], limits: UploadLimits
) -> int:
    """Store the object that ``pieces`` join to, and return its size in bytes.

    Raises:
        Exception: of the store or of ``pieces``; the upload is then aborted.
    """
    upload = run_with_retries(scheme, begin)
    digest = hashlib.md5(usedforsecurity=False)
    side_by_side = max(1, limits.in_flight // limits.first_part) if upload.at_once else 1
    pool = ThreadPoolExecutor(side_by_side, thread_name_prefix="upload")
    try:
        sizes = [
            _add_to_digest(part, digest)
            for part in _send(scheme, upload, upload_parts(pieces, limits), limits, pool)
        ]
        run_with_retries(scheme, lambda: upload.complete(len(sizes), digest.digest()))
    except BaseException:
        pool.shutdown(cancel_futures=True)
        with suppress(Exception):  # what went wrong before is what matters
            run_with_retries(scheme, upload.abort)
        raise
    finally:
        pool.shutdown()
    return sum(sizes)


def _add_to_digest(part: bytes, digest: "hashlib._Hash") -> int:
    digest.update(part)
    return len(part)


def _send(
    scheme: str, upload: Upload, parts: Iterable[bytes], limits: UploadLimits, pool: ThreadPoolExecutor
) -> Iterator[bytes]:
    """Send every part and hand it on; when the iterator ends, all have arrived."""
    sending: dict[Future[None], int] = {}
    for number, part in enumerate(parts):
        while sending and (not upload.at_once or sum(sending.values()) + len(part) > limits.in_flight):
            done, _ = wait(sending, return_when=FIRST_COMPLETED)
            for future in done:
                del sending[future]
                future.result()
        sending[pool.submit(run_with_retries, scheme, _put_operation(upload, number, part))] = len(part)
        yield part
    for future in sending:
        future.result()


def _put_operation(upload: Upload, number: int, part: bytes) -> Callable[[], None]:
    return lambda: upload.put(number, part)


def upload_parts(pieces: Iterable[bytes], limits: UploadLimits) -> Iterator[bytes]:
    """Cut pieces anew into parts as large as ``limits`` say; only the last may be smaller."""
    gathered = bytearray()
    number = 0
    for piece in pieces:
        gathered += piece
        while gathered and len(gathered) >= (size := limits.part_bytes(number)):
            yield bytes(memoryview(gathered)[:size])
            del gathered[:size]
            number += 1
    if gathered or number == 0:
        yield bytes(gathered)
