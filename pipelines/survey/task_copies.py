"""Copies of all tasks, in a few packed bytes each, and the one of each task that stands for it."""

from array import array
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Winners:
    """One copy for each task, sorted by key.

    Attributes:
        keys: of tasks, see ``key_of``; shape (N,), like all others.
        places: numbers of the copies in order of reading.
        selected: whether the export holds it.
        assets: keys of assets.
        sizes: in bytes; later tables add to them.
    """

    keys: NDArray[np.int64]
    places: NDArray[np.int64]
    selected: NDArray[np.bool_]
    assets: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions of tasks; -1 for a task that was not read."""
        if not self.keys.size:
            return np.full(keys.shape, -1, np.int64)
        positions = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        return np.where(self.keys[positions] == keys, positions, -1)

    def position(self, key: int) -> int:
        """Position of one task; -1 if it was not read."""
        return int(self.find(np.array([key], np.int64))[0])


class TaskCopies:
    """Copies of tasks, in the order of reading; each takes 34 bytes, and a selected one those of its asset's name."""

    def __init__(self) -> None:
        self._keys = array("q")
        self._updated = array("q")
        self._selected = array("b")
        self._assets = array("q")
        self._sizes = array("q")
        self._name_ends = array("q")
        self._names = bytearray()

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, *, task_id: str, asset_key: str, updated_at: str, selected: bool, size: int) -> None:
        """Add a copy; ``updated_at`` as in ``records.times``."""
        self._keys.append(key_of(task_id))
        self._updated.append(microseconds(updated_at))
        self._selected.append(selected)
        self._assets.append(key_of(asset_key))
        self._sizes.append(size)
        if selected:
            self._names += asset_key.encode()
        self._name_ends.append(len(self._names))

    def winners(self) -> Winners:
        """The newest copy of each task; of equally new ones a selected one (the run compares their bytes)."""
        keys, selected, sizes = _view(self._keys), np.frombuffer(self._selected, np.int8), _view(self._sizes)
        order = np.lexsort((sizes, selected, _view(self._updated), keys))
        in_order = keys[order]
        places = order[np.append(in_order[1:] != in_order[:-1], True)] if order.size else order
        return Winners(
            keys[places], places, selected[places] != 0, _view(self._assets)[places], sizes[places]
        )

    def asset_name(self, place: int) -> str:
        """The asset of a selected copy."""
        start = self._name_ends[place - 1] if place else 0
        return self._names[start : self._name_ends[place]].decode()


def key_of(name: str) -> int:
    """Key of 64 bits for an id in this process; two of ten million ids share one in one of 400,000 plans."""
    return hash(name)


def microseconds(time: str) -> int:
    """A sortable time of ``records.times`` as a number; -1 where there is none."""
    return (datetime.fromisoformat(time) - datetime.min) // _MICROSECOND if time else -1


def _view(numbers: "array[int]") -> NDArray[np.int64]:
    return np.frombuffer(numbers, np.int64) if numbers else np.zeros(0, np.int64)
