"""Random draws that are the same on every machine, in every process and in every release of Python.

Only ``random()`` and ``getrandbits()`` of Python's Mersenne Twister are used: they are stable where
``choice`` and ``randrange`` may change with the interpreter. The seed of a subject is a BLAKE2 digest
of its name, never ``hash()``, which is salted per process. Shapes and times are made with ``+ - * /``
alone, since the last digit of ``sin`` depends on the C library.
"""

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """The random numbers of one subject, such as one task.

    They depend on ``(seed, subject, index)`` and nothing else, so a task stays as it is when a larger
    sample is asked for.

    Attributes:
        random: the next number in [0, 1).
    """

    __slots__ = ("_bits", "random")

    def __init__(self, seed: int, subject: str, index: int) -> None:
        digest = hashlib.blake2b(f"{seed}/{subject}/{index}".encode(), digest_size=16).digest()
        source = random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - sample data, no secret
        self.random: Callable[[], float] = source.random
        self._bits = source.getrandbits

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``."""
        return int(self.random() * limit)

    def between(self, low: float, high: float) -> float:
        """A number from ``low`` to ``high``, with two decimals: coordinates, seconds."""
        return int((low + (high - low) * self.random()) * 100) / 100

    def chance(self, share: float) -> bool:
        """True in ``share`` of all draws."""
        return self.random() < share

    def pick(self, pool: Sequence[T]) -> T:
        """One member of ``pool``, all equally likely."""
        return pool[int(self.random() * len(pool))]

    def object_id(self) -> bytes:
        """An annotation's id: 23 hex digits."""
        return b"%023x" % self._bits(92)

    def database_id(self, created_ms: int) -> str:
        """An id of the database, 24 hex digits, which begins with the second it was made in."""
        return f"{created_ms // 1000:08x}{self._bits(64):016x}"
