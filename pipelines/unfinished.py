"""Unfinished exports, from the first object to the manifest: begin one, or resume one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec

from framehaul.pipelines.engines.spill_folders import remove_dead_spill_folders
from framehaul.pipelines.telemetry.progress import log
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.runs.claims import Claim, hold_folder, keep_claim_alive
from framehaul.transforms.runs.finished_export import refuse_finished, refuse_whole
from framehaul.transforms.runs.leftovers import forget_run, remove_leftovers, remove_own_folder
from framehaul.transforms.runs.run_record import RUN_RECORD, RunRecord, changes, read_run_record
from framehaul.transforms.runs.shard_records import FinishedShards
from framehaul.transforms.storage.object_store import ObjectStore


@contextmanager
def hold_unfinished_export(
    output: ObjectStore, record: RunRecord, *, resume: bool
) -> Iterator[FinishedShards]:
    """Hold the folder of an export that begins or is resumed, until the context ends.

    When the run ends well there is a manifest, and the run's own files are removed.

    Args:
        output: folder of all exports.
        record: input, settings and programs of this run.
        resume: keep the finished shards of an earlier run.

    Raises:
        ConfigError: with ``resume``, input or settings have changed.
        HeldError: another run holds the folder.
        FinishedError: it holds a finished export.
    """
    folder = ObjectStore(output.url_of(record.export_id), output.options)
    refuse_whole(output, record.export_id, resume=resume)
    with hold_folder(folder) as claim:
        refuse_finished(folder)  # by the one that held it until now
        with keep_claim_alive(claim):  # to delete what another run has left may take a while
            finished = _resume(claim, record) if resume else _begin(claim, record)
        yield finished
        with suppress(StorageError):  # the export is published; `framehaul clean` does it later
            remove_own_folder(folder)


def _begin(claim: Claim, record: RunRecord) -> FinishedShards:
    forget_run(claim.folder)
    if removed := remove_leftovers(claim.folder):
        log("removed_unfinished", folder=claim.folder.base_url, objects=len(removed))
    claim.folder.write(RUN_RECORD, [msgspec.json.encode(record)])
    return FinishedShards(claim, record.fingerprint, resumes=False)


def _resume(claim: Claim, record: RunRecord) -> FinishedShards:
    folder = claim.folder
    for spilled in remove_dead_spill_folders():
        log("removed_spill_folder", folder=str(spilled.path), files=spilled.files)
    before = read_run_record(folder)
    if before is None:
        log("nothing_to_resume", folder=folder.base_url)
        return _begin(claim, record)
    if changed := changes(before, record):
        raise ConfigError(
            f"{folder.base_url} cannot be resumed, as its shards would be others now:\n"
            + "\n".join(f"  - {change}" for change in changed)
            + "\nPut that back, or run without --resume to begin anew"
        )
    finished = FinishedShards(claim, record.fingerprint, resumes=True)
    kept = set(finished.paths())
    removed = remove_leftovers(folder, kept)
    log("resumed", folder=folder.base_url, shards=len(kept), removed=len(removed))
    return finished
