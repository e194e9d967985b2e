"""States of all tasks ever read: time of the last update, project and stage, in 20 bytes for each task."""

import hashlib
from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from framehaul.pipelines.survey.task_copies import microseconds
from framehaul.pipelines.watch.seen_tables import Kind, StoredStates
from framehaul.transforms.kinds.ango_v3.task import TaskIdentity


class Move(NamedTuple):
    """Number of tasks that have come from one kind to another; ``before`` is ``None`` for tasks that are new."""

    before: Kind | None
    after: Kind
    tasks: int


class TaskStates:
    """The newest known copy of every task."""

    def __init__(self, stored: StoredStates) -> None:
        self._keys: NDArray[np.int64] = np.frombuffer(stored.keys, np.int64)
        self._updated: NDArray[np.int64] = np.frombuffer(stored.updated, np.int64)
        self._kinds: NDArray[np.int32] = np.frombuffer(stored.kinds, np.int32)
        self._names = list(stored.names)

    def to_stored(self) -> StoredStates:
        return StoredStates(self._keys.tobytes(), self._updated.tobytes(), self._kinds.tobytes(), self._names)

    def projects_of(self, task_ids: set[str]) -> set[str | None]:
        """The projects of those tasks that are known."""
        if not self._keys.size or not task_ids:
            return set()
        keys = np.array([stable_key(task_id) for task_id in task_ids], np.int64)
        positions = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
        known = positions[self._keys[positions] == keys]
        return {self._names[kind][0] for kind in np.unique(self._kinds[known])}

    def take(self, batch: "TaskBatch") -> list[Move]:
        """Take over tasks that were read, except older copies; returns how many have come to another kind."""
        keys, updated, kinds = batch.newest_copies(self._names)
        before = np.full(keys.size, -1, np.int32)
        if self._keys.size:
            positions = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
            known = self._keys[positions] == keys
            before[known] = self._kinds[positions[known]]
            fresh = ~known | (updated >= self._updated[positions])
            keys, updated, kinds, before = keys[fresh], updated[fresh], kinds[fresh], before[fresh]
        self._merge(keys, updated, kinds)
        pairs, counts = np.unique(np.stack([before, kinds]), axis=1, return_counts=True)
        return [
            Move(None if old < 0 else self._names[old], self._names[new], int(tasks))
            for (old, new), tasks in zip(pairs.T.tolist(), counts, strict=True)
            if old != new
        ]

    def _merge(self, keys: NDArray[np.int64], updated: NDArray[np.int64], kinds: NDArray[np.int32]) -> None:
        everything = np.concatenate([self._keys, keys])
        order = np.argsort(everything, kind="stable")  # what is new comes after what was known
        in_order = everything[order]
        places = order[np.append(in_order[1:] != in_order[:-1], True)] if order.size else order
        self._keys = everything[places]
        self._updated = np.concatenate([self._updated, updated])[places]
        self._kinds = np.concatenate([self._kinds, kinds])[places]


class TaskBatch:
    """Copies of tasks as they are read."""

    def __init__(self) -> None:
        self._keys = array("q")
        self._updated = array("q")
        self._kinds = array("i")
        self._names: dict[Kind, int] = {}

    def add(self, task: TaskIdentity) -> None:
        self._keys.append(stable_key(task.task_id))
        self._updated.append(microseconds(task.updated_at))
        kind = (task.project, task.stage, task.stage_id)
        self._kinds.append(self._names.setdefault(kind, len(self._names)))

    def newest_copies(
        self, names: list[Kind]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """One copy for each task, sorted by key; kinds are places in ``names``, which grows."""
        places = {kind: place for place, kind in enumerate(names)}
        for kind in self._names:
            if kind not in places:
                places[kind] = len(names)
                names.append(kind)
        renumbered = np.array([places[kind] for kind in self._names], np.int32)
        keys, updated = np.array(self._keys, np.int64), np.array(self._updated, np.int64)
        order = np.lexsort((updated, keys))
        last = order[np.append(keys[order][1:] != keys[order][:-1], True)] if order.size else order
        kinds = np.array(self._kinds, np.int32)[last]
        return keys[last], updated[last], renumbered[kinds] if kinds.size else kinds


def stable_key(task_id: str) -> int:
    """Key of 64 bits for an id, the same in every process, unlike ``hash()``."""
    return int.from_bytes(hashlib.blake2b(task_id.encode(), digest_size=8).digest(), "big", signed=True)
