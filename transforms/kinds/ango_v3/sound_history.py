"""Stage history that a record can hold, told from what takes itself out."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.stage_histories import StageHistory, in_order
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.kinds.ango_v3.v3_skeleton import contents_of_entry, contents_of_task, skeleton_of
from framehaul.transforms.parts.answer_rows import rows_of_answer
from framehaul.transforms.parts.finished import RecordOptions, check_alone
from framehaul.transforms.parts.skeleton import LISTS, Skeleton

_Apart = tuple[StageEntry, list[bytes], list[Any]]


class SoundHistory:
    """The stage history of one record, gone through once: ``faults`` comes first.

    An entry with a bad row, or one that does not fit even alone with its task, takes itself out, not its task. Of
    what is too long together nothing is held, be it 200,000 entries.
    """

    def __init__(self, task: TaskCopy, history: StageHistory, options: RecordOptions) -> None:
        self._task = task
        self._history = history
        self._options = options
        self._around, self._contents = contents_of_task(task)
        self._own_lists = self._rows(self._contents)
        self._bytes = self._skeleton([]).size_bytes
        self._room = options.max_line_bytes - self._bytes
        self._sound: list[_Apart] = []
        self._is_too_long = False
        self._is_faulty = bytearray()

    def faults(self) -> Iterator[tuple[StageEntry, InvalidRecordError]]:
        """The entries that take themselves out, each with its error."""
        for entry in self._history:
            try:
                apart = self._checked(entry)
            except InvalidRecordError as error:
                self._is_faulty.append(True)
                yield entry, error
            else:
                self._is_faulty.append(False)
                self._keep(apart)
        self._sound.sort(key=lambda apart: in_order(apart[0]))

    def entries(self) -> list[StageEntry]:
        """All others, in the order in which the task left its stages.

        Raises:
            InvalidRecordError: ``line_too_long``, no record has room for them.
        """
        if self._is_too_long:
            self._options.room(self._bytes)
        return [entry for entry, _, _ in self._sound]

    def places(self) -> Iterator[tuple[int, int]]:
        """The places of all others, in no particular order."""
        for entry, is_faulty in zip(self._history, self._is_faulty, strict=True):
            if not is_faulty:
                yield entry.source

    @property
    def skeleton(self) -> Skeleton:
        """The record without its rows."""
        return self._skeleton([pieces for _, pieces, _ in self._sound])

    @property
    def lists(self) -> list[Any]:
        """The lists of the answer and of each entry, three each: rows of a video, else JSON text."""
        return [*self._own_lists, *(content for _, _, lists in self._sound for content in lists)]

    def _checked(self, entry: StageEntry) -> _Apart:
        pieces, contents = contents_of_entry(entry)
        lists = self._rows(contents)
        if self._options.splits and len(entry.rendered) > self._room and self._task_fits:
            check_alone(self._skeleton([pieces]), contents, self._options)
        return entry, pieces, lists

    def _rows(self, contents: list[bytes]) -> list[Any]:
        """Raises ``InvalidRecordError``: ``bad_page`` or ``wrong_type``."""
        return contents if self._task.frames is None else rows_of_answer(contents, self._task.frames)

    def _keep(self, apart: _Apart) -> None:
        pieces = apart[1]
        self._bytes += sum(map(len, pieces)) + 2 * LISTS + (1 if self._sound or self._is_too_long else 0)
        self._is_too_long |= self._options.splits and self._bytes > self._options.max_line_bytes
        if self._is_too_long:
            self._sound = []
        else:
            self._sound.append(apart)

    @cached_property
    def _task_fits(self) -> bool:
        """Whether the task alone is no longer than a record may be: else that is no fault of any entry."""
        try:
            check_alone(self._skeleton([]), self._contents, self._options)
        except InvalidRecordError:
            return False
        return True

    def _skeleton(self, pieces: list[list[bytes]]) -> Skeleton:
        return skeleton_of([self._around, *pieces], with_history=self._options.with_history)
