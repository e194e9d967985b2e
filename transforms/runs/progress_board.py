"""Counters that the workers of one machine share with the process that shows them.

State of the process: ``BOARD`` is memory that forked workers share with the process that has forked them, so it is
made when this module is imported, before any of them.
"""

import mmap
import struct

from framehaul.transforms.counts import Progress


class ProgressBoard:
    """Counters in memory that the launching process shares with the workers it forks.

    Beam's local runner hands out counters only when a pipeline has ended. Every
    worker process adds to a row of its own, so that no lock is needed. In a
    process that was not forked from the launching one it counts for nobody.
    """

    _NAMES = tuple(Progress)
    _ROWS = 64

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._ROWS * len(self._NAMES) * 8)
        self.row = 0

    def add(self, name: Progress, by: int) -> None:
        offset = (self.row * len(self._NAMES) + self._NAMES.index(name)) * 8
        (before,) = struct.unpack_from("<q", self._memory, offset)
        struct.pack_into("<q", self._memory, offset, before + by)

    def totals(self) -> dict[Progress, int]:
        """Sum of all rows since ``reset``."""
        numbers = struct.unpack(f"<{self._ROWS * len(self._NAMES)}q", self._memory[:])
        return {name: sum(numbers[index :: len(self._NAMES)]) for index, name in enumerate(self._NAMES)}

    def reset(self) -> None:
        self._memory[:] = bytes(len(self._memory))


BOARD = ProgressBoard()
