"""Tasks that are too long to be written, whatever asset they stand in."""

from collections.abc import Iterator, Sequence

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.kinds.ango_legacy.legacy_skeleton import legacy_skeleton
from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.parts.finished import RecordOptions, check_alone


def oversized_tasks(
    tasks: Sequence[LegacyTask], options: RecordOptions
) -> Iterator[tuple[LegacyTask, InvalidRecordError]]:
    """The tasks that do not fit even alone in their asset, each with its error."""
    for task in tasks:
        around, contents = task.contents()
        try:
            check_alone(legacy_skeleton(task, [around]), contents, options)
        except InvalidRecordError as error:
            yield task, error
