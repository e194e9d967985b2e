"""Stage history that is too long to be written, whatever record it stands in."""

from collections.abc import Iterator, Sequence

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango_v3.stage_entry import StageEntry
from framehaul.transforms.kinds.ango_v3.task import TaskCopy
from framehaul.transforms.kinds.ango_v3.v3_skeleton import contents_of_entry, contents_of_task, skeleton_of
from framehaul.transforms.parts.finished import RecordOptions, check_alone


def oversized_entries(
    task: TaskCopy, history: Sequence[StageEntry], options: RecordOptions
) -> Iterator[tuple[StageEntry, InvalidRecordError]]:
    """The entries that do not fit even alone with their task; none where the task itself does not fit.

    Without them the task may be written: an entry that is too long takes itself out, not its task.
    """
    around, contents = contents_of_task(task)
    with_history = options.with_history
    try:
        check_alone(skeleton_of([around], with_history=with_history), contents, options)
    except InvalidRecordError:
        return
    for entry in history:
        pieces, contents = contents_of_entry(entry)
        try:
            check_alone(skeleton_of([around, pieces], with_history=with_history), contents, options)
        except InvalidRecordError as error:
            yield entry, error
