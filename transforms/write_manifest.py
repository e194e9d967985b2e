"""Write the manifest: the last object of an export, and the one that makes it one."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from framehaul.transforms.cards.croissant import render_croissant
from framehaul.transforms.cards.dataset_card import render_dataset_card
from framehaul.transforms.cards.single_card import render_single_card
from framehaul.transforms.counts import Count
from framehaul.transforms.errors import FinishedError, StorageError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.latest import name_as_latest
from framehaul.transforms.exports.manifest import (
    MANIFEST_NAME,
    ArchiveEntry,
    LongAsset,
    Manifest,
    ShardEntry,
)
from framehaul.transforms.exports.manifest_sum import publish_manifest
from framehaul.transforms.records.tally import Tally, check_accounting
from framehaul.transforms.runs.export_results import ExportFacts, ExportResults, WrittenLetters
from framehaul.transforms.runs.finished_export import refuse_finished
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.confirmation import confirm_stored
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.stored_object import StoredObject


@dataclass(eq=False)
class WriteManifest(beam.PTransform):
    """Write the manifest once every other object is stored and confirmed, and emit its URL.

    Its side inputs are the proof that all else is done: Beam computes them
    first. Before the manifest is written the accounting is checked and the
    store is asked for every object that it names: ``framehaul.transforms.storage``
    has the whole protocol. After it the newest good export is named anew: here, since of
    some jobs nobody waits for the end.

    Attributes:
        output: folder of all exports; ``latest.json`` and ``latest/`` are there.
        facts: of this export.
        entries: one for each shard.
        long_assets: one for each task with shards of its own.
        tally: of the whole run, a single element.
        dead_letters: what was set aside, a single element.
        splits: all splits of the run, a single list.
        archives: the zip, if there is one.
    """

    output: ObjectStore
    facts: ExportFacts
    entries: beam.PCollection[ShardEntry]
    long_assets: beam.PCollection[LongAsset]
    tally: beam.PCollection[Tally]
    dead_letters: beam.PCollection[WrittenLetters]
    splits: beam.PCollection[list[Split]]
    archives: beam.PCollection[ArchiveEntry]

    def expand(self, pipeline: Any) -> beam.PCollection[str]:
        return (
            pipeline
            | "Once" >> beam.Create([None])
            | "StoreManifest"
            >> beam.Map(
                _store,
                entries=beam.pvalue.AsList(self.entries),
                long_assets=beam.pvalue.AsList(self.long_assets),
                tally=beam.pvalue.AsSingleton(self.tally),
                dead_letters=beam.pvalue.AsSingleton(self.dead_letters),
                splits=beam.pvalue.AsSingleton(self.splits),
                archives=beam.pvalue.AsList(self.archives),
                output=self.output,
                facts=self.facts,
            )
        )


def _store(_: None, output: ObjectStore, facts: ExportFacts, **results: Any) -> str:
    """Publish the export whose ``results``, the side inputs, are the fields of ``ExportResults``."""
    letters: WrittenLetters = results.pop("dead_letters")
    made = ExportResults(**results, dead_letters=letters.told, lines_set_aside=letters.lines)
    manifest = made.manifest(facts)
    check_accounting(made.tally, records=manifest.counts[Count.RECORDS], dead_letters=made.lines_set_aside)
    folder = ObjectStore(output.url_of(facts.export_id), output.options)
    if (before := _written_before(folder, facts)) is not None:
        name_as_latest(output, facts.export_id, before)
        return folder.url_of(MANIFEST_NAME)
    _check_alone(facts)
    _write_companions(folder, manifest)
    refuse_finished(folder)
    _check_alone(facts)
    publish_manifest(folder, manifest.to_json())
    name_as_latest(output, facts.export_id, manifest)
    return folder.url_of(MANIFEST_NAME)


def _written_before(folder: ObjectStore, facts: ExportFacts) -> Manifest | None:
    """The manifest that this step has written, when an engine tries it again; a run has its start for itself.

    Raises:
        FinishedError: the manifest is another run's.
    """
    try:
        refuse_finished(folder)
    except FinishedError:
        with suppress(StorageError):  # damaged, so it is not ours
            manifest = open_export(folder).manifest
            if manifest.started_at == facts.started_at:
                return manifest
        raise
    return None


def _check_alone(facts: ExportFacts) -> None:
    if facts.claim is not None:
        facts.claim.check_alone()


def _write_companions(folder: ObjectStore, manifest: Manifest) -> None:
    """Write what describes the export, and make sure that all that it consists of is stored."""
    companions = {
        "README.md": _card(manifest),
        "croissant.json": render_croissant(
            manifest.export_id, manifest.shards, manifest.started_at, manifest.kind
        ),
    }
    written = {
        path: StoredObject(folder.write(path, [content]), None) for path, content in companions.items()
    }
    written |= {entry.path: StoredObject(entry.size_bytes, entry.md5) for entry in manifest.shards}
    if manifest.zip is not None:
        written[manifest.zip.path] = StoredObject(manifest.zip.size_bytes, manifest.zip.md5)
    confirm_stored(folder, written)
    letters = manifest.dead_letters.path
    if letters is not None and folder.size(letters) is None:
        raise StorageError(f"{folder.url_of(letters)} is gone; no manifest is written")


def _card(manifest: Manifest) -> bytes:
    render = render_single_card if manifest.form.is_single else render_dataset_card
    return render(
        manifest.export_id,
        manifest.shards,
        manifest.counts,
        with_entries=manifest.form.with_entries,
        kind=manifest.kind,
    )
