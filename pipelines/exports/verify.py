"""Re-read an export and compare it with its manifest, in bounded memory."""

from collections.abc import Iterator

from framehaul.pipelines.exports.verify_archive import archive_problems
from framehaul.pipelines.exports.verify_records import RecordChecks
from framehaul.transforms.counts import Count
from framehaul.transforms.errors import AccountingError, SourceError, StorageError
from framehaul.transforms.exports.export_reader import StoredExport, open_export
from framehaul.transforms.exports.manifest import DEAD_LETTERS_NAME, Manifest, ShardEntry
from framehaul.transforms.exports.manifest_sum import sum_problem
from framehaul.transforms.records.tally import Tally, check_accounting
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.tables import TABLES


def verify_export(store: ObjectStore) -> list[str]:
    """Everything that is wrong with the export in ``store``, in plain words; empty if it is whole.

    Raises:
        StorageError: there is no manifest, or it cannot be read.
    """
    return problems_of(open_export(store))


def problems_of(export: StoredExport) -> list[str]:
    """Everything that is wrong with an export, in plain words; empty if it is whole.

    Raises:
        StorageError: the store does not answer.
    """
    store, manifest = export.store, export.manifest
    checks = RecordChecks(manifest)
    problems = list(_record_problems(export, checks))
    named = {shard.path for shard in manifest.shards}
    problems += [f"{path} is not in the manifest" for path in store.paths("data") if path not in named]
    problems += _dead_letter_problems(store, manifest)
    problems += archive_problems(store, manifest)
    if not problems and not checks.left_out:  # counts of damaged shards would only say the same again
        problems += checks.of_long_assets()
        problems += _count_problems(manifest, checks.tally)
    problem = sum_problem(store, export.content)
    return problems if problem is None else [problem, *problems]


def _record_problems(export: StoredExport, checks: RecordChecks) -> Iterator[str]:
    try:
        groups = list(export.groups())
    except StorageError as error:
        yield str(error)
        return
    for shards in groups:
        for shard in shards:
            yield from _shard_problems(export, shard, checks)
        yield from checks.of_group(shards[-1])


def _shard_problems(export: StoredExport, shard: ShardEntry, checks: RecordChecks) -> Iterator[str]:
    try:
        lines = export.lines(shard)
        if problem := lines.size_problem():
            yield problem
            return
        yield from checks.of_shard(shard, lines)
        yield from lines.problems()
        checks.left_out += lines.left_out
    except (SourceError, StorageError) as error:
        yield f"{shard.path} cannot be read: {error}"


def _dead_letter_problems(store: ObjectStore, manifest: Manifest) -> Iterator[str]:
    said = manifest.dead_letters
    if said.path is None:
        if store.size(DEAD_LETTERS_NAME) is not None:
            yield f"{DEAD_LETTERS_NAME} is not in the manifest"
        return
    if store.size(said.path) is None:
        yield f"{said.path} is missing"
        return
    found = sum(chunk.count(b"\n") for chunk in store.pieces(said.path))
    if found != said.count:
        yield f"{said.path} has {found} lines, the manifest says {said.count}"


def _count_problems(manifest: Manifest, tally: Tally) -> Iterator[str]:
    for name, found in sorted(tally.counts.items()):
        if found != manifest.counts.get(name, 0):
            yield f"counts.{name} is {manifest.counts.get(name, 0)}, but the shards hold {found}"
    if tally.titles != manifest.annotations_by_title:
        yield "annotationsByTitle is not what the shards hold"
    said = Tally(manifest.counts, reasons=manifest.dead_letters.by_reason, parts=tally.parts)
    letters = {table.name: manifest.counts.get(table.dead_letters, 0) for table in TABLES.values()}
    if sum(letters.values()) != manifest.dead_letters.count:
        yield f"deadLetters.count is {manifest.dead_letters.count}, but the counts of all tables add up to {sum(letters.values())}"
    try:
        check_accounting(said, records=tally.counts.get(Count.RECORDS, 0), dead_letters=letters)
    except AccountingError as error:
        yield str(error)
