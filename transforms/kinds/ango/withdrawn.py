"""Keys of tasks and of stage history that were set aside while they were decoded."""

from collections.abc import Iterable, Iterator, Mapping

from framehaul.transforms.kinds.ango.frames_table import TaskFrames, error_with
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
from framehaul.transforms.tables import FRAMES, TASKS


class Withdrawn:
    """Tells what belongs to a record that is set aside, and so goes with it.

    Attributes:
        tasks: reason by task id. A task of which another copy is sound is none of them to those who ask for it last.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, Reason] = {}
        self._entries: dict[str, dict[str, Reason]] = {}

    def add(self, keys: Iterable[SetAsideKey]) -> None:
        """Remember some keys; of two for one record the first in the order of reasons, so that any order is the same."""
        for key in keys:
            known = self.tasks if key.table == TASKS.name else self._entries.setdefault(key.task_id, {})
            own = key.task_id if key.table == TASKS.name else key.own_id
            known[own] = min(known.get(own, key.reason), key.reason)

    def history_of(self, task_id: str) -> Mapping[str, Reason]:
        """Stage history of a task that is set aside: reason by ``_id``."""
        return {own_id: reason for own_id, reason in self._entries.get(task_id, {}).items() if own_id}


def belongings(
    history: Iterable[tuple[str, tuple[int, int]]], table: TaskFrames | None, reason: Reason
) -> Iterator[SetAside]:
    """What belongs to a task that is set aside for ``reason``, to be set aside with it.

    Args:
        history: table and place of records that are in memory.
        table: its frames records, which need not be.
    """
    error = error_with("task", reason)
    for name, source in history:
        yield SetAside.for_error(name, source, error)
    for entry in table.all_entries() if table is not None else ():
        yield SetAside.for_error(FRAMES.name, entry.source, error)
