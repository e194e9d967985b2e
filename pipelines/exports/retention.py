"""Which exports may go, and how one goes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from framehaul.pipelines.exports.groups import EVERY_WAY, GroupBy, groups_of
from framehaul.pipelines.exports.history import ExportSummary, State
from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.latest import named_by, pointer_to, project_of
from framehaul.transforms.exports.manifest import LATEST_NAME, MANIFEST_NAME
from framehaul.transforms.exports.verdict import Verdict
from framehaul.transforms.runs.claims import OWN_FOLDER, hold_folder
from framehaul.transforms.runs.leftovers import forget_run
from framehaul.transforms.storage.folders import delete_all, remove_empty_folders
from framehaul.transforms.storage.object_store import ObjectStore

_MARK = f"{OWN_FOLDER}/pruned.json"


@dataclass(frozen=True)
class Retention:
    """How long exports are kept; an export goes only if nothing here keeps it.

    Attributes:
        keep: how many stay in each group, the newest; at least 1. ``None``: their number keeps none.
        max_age: exports that were finished later than this before now stay. ``None``: their age keeps none.
        group_by: what the exports of a group have in common.
    """

    keep: int | None = None
    max_age: timedelta | None = None
    group_by: Collection[GroupBy] = EVERY_WAY


def expendable(
    exports: Sequence[ExportSummary], retention: Retention, now: datetime | None = None
) -> list[ExportSummary]:
    """The exports of ``exports`` that may be deleted, oldest first.

    A good export is counted among the good ones of its group, one that does not count as good among all of them: so it
    takes no place of a good one, and does not stay for longer than a good one would.

    Never among them: those that ``latest.json`` or the pointer of a project names, the newest good one of each group,
    and all that are not whole. Runs that are still going have no manifest, so they are not whole; what they leave when
    they die is for ``framehaul clean``.

    Args:
        exports: of ``list_exports``, or some of them.
    """
    if retention.keep is None and retention.max_age is None:
        return []
    oldest_to_stay = "" if retention.max_age is None else _time(now or datetime.now(UTC), retention.max_age)
    groups = groups_of((export for export in exports if _has_age(export)), retention.group_by)
    surplus = [export for group in groups for export in _surplus(group, max(1, retention.keep or 1))]
    return [
        export
        for export in sorted(surplus, key=_age_order)
        if not export.latest and (not oldest_to_stay or (export.finished_at or "") < oldest_to_stay)
    ]


def _surplus(group: Iterable[ExportSummary], places: int) -> Iterator[ExportSummary]:
    """What has no place among the newest of its group."""
    newer_good = 0
    for newer, export in enumerate(sorted(group, key=_age_order, reverse=True)):
        is_good = export.verdict is Verdict.GOOD
        if (newer_good if is_good else newer) >= places:
            yield export
        newer_good += is_good


def _has_age(export: ExportSummary) -> bool:
    """A manifest from elsewhere may be whole, but have times that cannot be read."""
    return export.state is State.WHOLE and export.seconds is not None


def _age_order(export: ExportSummary) -> tuple[str, str, str]:
    return export.finished_at or "", export.started_at or "", export.folder


def _time(now: datetime, ago: timedelta) -> str:
    """As times are written in manifests, which sort as they follow each other."""
    return (now.astimezone(UTC) - ago).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def delete_export(output: ObjectStore, folder: str) -> int:
    """Delete one export and return how many objects it had.

    The manifest goes first: whatever happens then, the rest never looks whole, and
    ``framehaul clean --unfinished`` knows it by the mark that is left until the end.

    Raises:
        HeldError: something is written there at this moment.
        StorageError: a pointer names it by now or cannot be read, or something could not be deleted.
    """
    store = ObjectStore(output.url_of(folder), output.options)
    with hold_folder(store):
        for pointer in _pointers_that_may_name(store):
            if named_by(output, pointer) == folder:
                raise StorageError(
                    f"{store.base_url} is what {pointer} names by now; it is not deleted. List the exports again"
                )
        store.write(_MARK, [b"{}"])
        delete_all(store, [MANIFEST_NAME])
        rest = [path for path in store.paths("") if not path.startswith(f"{OWN_FOLDER}/")]
        delete_all(store, rest)
        forget_run(store)
    remove_empty_folders(output, folder)
    return len(rest) + 1


def _pointers_that_may_name(export: ObjectStore) -> set[str]:
    return {LATEST_NAME, pointer_to(project_of(open_export(export).manifest))}
