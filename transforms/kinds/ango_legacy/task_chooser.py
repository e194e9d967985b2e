"""Choice of the copy that stands for each task, and of the asset whose record it and its frames go to."""

from collections.abc import Iterator, Sequence

from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.exchange.partitions import Entry
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.winners import keep_winners
from framehaul.transforms.tables import FRAMES, TASKS


class TaskChooser:
    """The tasks of a partition, and their frames, on their way to their asset.

    A legacy record is an asset. Copies of one task may name different assets, and frames records name none, so
    first the tasks are brought together, and then, what is left of them, the assets.

    Attributes:
        tally: of what goes no further; complete once ``entries`` has ended.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, LegacyTask] = {}
        self._frames: Sequence[Block] = ()
        self.tally = Tally()

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read when they are passed on."""
        if table == FRAMES.name:
            self._frames = blocks
            return
        for copies in read_blocks(blocks, LegacyTask):
            keep_winners(self._tasks, copies, self.tally, TASKS.duplicates)

    def entries(self) -> Iterator[tuple[str, str, Entry]]:
        """What goes on: the key of its asset, its table, and the entry."""
        asset_keys = {
            task.task_id: task.asset_key if task.selected else None for task in self._tasks.values()
        }
        while self._tasks:
            task = self._tasks.popitem()[1]
            if task.selected:
                yield task.asset_key, TASKS.name, task
            else:
                self.tally.count(TASKS.not_selected)
        for frames in read_blocks(self._frames, FramesEntry):
            for entry in frames:
                asset_key = self._asset_of(entry, asset_keys)
                if asset_key is not None:
                    yield asset_key, FRAMES.name, entry

    def _asset_of(self, entry: FramesEntry, asset_keys: dict[str, str | None]) -> str | None:
        """The asset whose record gets the rows, if any does; rows of stage history are in no legacy record."""
        if entry.task_id not in asset_keys:
            self.tally.count(FRAMES.orphans)
            return None
        asset_key = asset_keys[entry.task_id]
        if asset_key is None or entry.history_id:
            self.tally.count(FRAMES.not_selected)
            return None
        return asset_key
