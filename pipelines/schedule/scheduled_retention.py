"""Retention of a schedule: old exports are deleted when a new one is finished."""

import re

from framehaul.pipelines.config.schedule_settings import KeepSection
from framehaul.pipelines.exports.history import list_exports
from framehaul.pipelines.exports.retention import Retention, delete_export, expendable
from framehaul.transforms.storage.object_store import ObjectStore


def drop_old(output: ObjectStore, name: str, keep: KeepSection) -> list[str]:
    """Delete the exports of a schedule that nothing keeps, and return their ids.

    Others in the same folder are neither counted nor deleted. Exports that a trigger has started are counted
    for each project by itself.

    Raises:
        StorageError: the folder cannot be listed, or something could not be deleted.
    """
    own = re.compile(rf"{re.escape(name)}(?:-t\d{{6}}(?P<of>-.+)?)?-\d{{8}}T\d{{6}}Z")
    groups: dict[str | None, list[str]] = {}
    exports = {export.folder: export for export in list_exports(output)}
    for folder in exports:
        if match := own.fullmatch(folder):
            groups.setdefault(match["of"], []).append(folder)
    retention = Retention(keep.last, keep.within)
    going = [
        export.folder
        for folders in groups.values()
        for export in expendable([exports[folder] for folder in folders], retention)
    ]
    for folder in going:
        delete_export(output, folder)
    return going
