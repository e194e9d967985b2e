"""Choice of the copy that stands for each task, and of the asset whose record it and its frames go to."""

from collections.abc import Iterator, Sequence

from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.exchange.partitions import Entry
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry
from framehaul.transforms.kinds.ango.frames_table import error_with
from framehaul.transforms.kinds.ango.withdrawn import Withdrawn
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.records.set_aside import SetAside, SetAsideKey
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
        self._withdrawn = Withdrawn()
        self.tally = Tally()

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table; frames are read when they are passed on."""
        if table == FRAMES.name:
            self._frames = blocks
        elif table == TASKS.name:
            for copies in read_blocks(blocks, LegacyTask):
                keep_winners(self._tasks, copies, self.tally, TASKS.duplicates)
        else:
            for keys in read_blocks(blocks, SetAsideKey):
                self._withdrawn.add(keys)

    def entries(self) -> Iterator[tuple[str, str, Entry] | SetAside]:
        """The key of its asset, its table and the entry, of all that goes on; and frames that are set aside."""
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
                yield from self._passed_on(entry, asset_keys)

    def _passed_on(
        self, entry: FramesEntry, asset_keys: dict[str, str | None]
    ) -> Iterator[tuple[str, str, Entry] | SetAside]:
        """A frames record, if a record gets its rows; rows of stage history are in no legacy record."""
        asset_key = asset_keys.get(entry.task_id)
        if asset_key is not None and not entry.history_id:
            yield asset_key, FRAMES.name, entry
        elif entry.task_id in asset_keys:
            self.tally.count(FRAMES.not_selected)
        elif (reason := self._withdrawn.tasks.get(entry.task_id)) is not None:
            letter = SetAside.for_error(FRAMES.name, entry.source, error_with("task", reason))
            self.tally.count_set_aside(letter)
            yield letter
        else:
            self.tally.count(FRAMES.orphans)
