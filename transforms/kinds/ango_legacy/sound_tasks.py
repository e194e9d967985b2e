"""Tasks that the record of their asset can hold, told from those whose rows are not in its video."""

from collections.abc import Sequence

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.parts.answer_rows import Rows, rows_of_answer


class SoundTasks:
    """The tasks of an asset, some of which know nothing of the length of their video.

    Args:
        frames: of the video; ``None`` for any other asset, all of whose tasks are sound.

    Attributes:
        tasks: those whose rows are sound.
        pieces, lists: of these, for a video.
        faults: the others, each with its error.
    """

    def __init__(self, frames: int | None, tasks: Sequence[LegacyTask]) -> None:
        self.tasks: list[LegacyTask] = []
        self.pieces: list[list[bytes]] = []
        self.lists: list[Rows] = []
        self.faults: list[tuple[LegacyTask, InvalidRecordError]] = []
        for task in tasks:
            try:
                if frames is not None:
                    self._add(frames, task)
            except InvalidRecordError as error:
                self.faults.append((task, error))
            else:
                self.tasks.append(task)

    def _add(self, frames: int, task: LegacyTask) -> None:
        pieces, contents = task.contents()
        self.lists += rows_of_answer(contents, frames)
        self.pieces.append(pieces)
