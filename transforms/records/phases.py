"""Time that each phase of an export takes, and memory that its workers use; added up as data, like a tally."""

import resource
import sys
import time
from enum import StrEnum
from typing import Self

import msgspec

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Phase(StrEnum):
    """One kind of work that is done with records; phases overlap where the engine lets them."""

    READ = "read"
    ASSEMBLE = "assemble"
    WRITE = "write"


class PhaseTime(msgspec.Struct):
    """The time in which at least one worker was in a phase.

    Attributes:
        began, ended: of the first and the last worker, in seconds since 1970, by their clocks.
        busy: seconds of all workers together.
    """

    began: float
    ended: float
    busy: float

    @classmethod
    def since(cls, began: float) -> Self:
        """The time from ``began`` until now."""
        now = time.time()
        return cls(began, now, max(now - began, 0.0))

    def add(self, other: "PhaseTime") -> None:
        self.began = min(self.began, other.began)
        self.ended = max(self.ended, other.ended)
        self.busy += other.busy


def peak_memory() -> int:
    """The most memory that this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
