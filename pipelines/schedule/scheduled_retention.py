"""Retention of a schedule: old exports are deleted when a new one is finished."""

from framehaul.pipelines.config.schedule_settings import KeepSection
from framehaul.pipelines.exports.groups import schedule_of
from framehaul.pipelines.exports.history import list_exports
from framehaul.pipelines.exports.retention import Retention, delete_export, expendable
from framehaul.transforms.storage.object_store import ObjectStore


def drop_old(output: ObjectStore, name: str, keep: KeepSection) -> list[str]:
    """Delete the exports of a schedule that nothing keeps, and return their ids.

    Others in the same folder are neither counted nor deleted. Exports of one project, which a trigger may have started,
    are counted by themselves.

    Raises:
        StorageError: the folder cannot be listed, or something could not be deleted.
    """
    own = [export for export in list_exports(output) if schedule_of(export.folder) == name]
    going = [export.folder for export in expendable(own, Retention(keep.last, keep.within))]
    for folder in going:
        delete_export(output, folder)
    return going
