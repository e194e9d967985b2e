"""Write the manifest: the last object of an export, and the one that makes it one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
import msgspec
import orjson

from framehaul.transforms.cards.croissant import render_croissant
from framehaul.transforms.cards.dataset_card import render_dataset_card
from framehaul.transforms.cards.single_card import render_single_card
from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import (
    LATEST_NAME,
    MANIFEST_NAME,
    ArchiveEntry,
    DeadLetters,
    LongAsset,
    Manifest,
    ShardEntry,
    SourceEntry,
    Tool,
    Trigger,
)
from framehaul.transforms.exports.run_metrics import RunMetrics, run_metrics
from framehaul.transforms.kinds.kinds import kind_of_records
from framehaul.transforms.records.phases import peak_memory
from framehaul.transforms.records.tally import Tally, check_accounting
from framehaul.transforms.records.times import format_time
from framehaul.transforms.runs.claims import Claim
from framehaul.transforms.runs.finished_export import refuse_finished
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.confirmation import confirm_stored
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.source_state import SourceState
from framehaul.transforms.storage.stored_object import StoredObject


@dataclass(frozen=True)
class ExportFacts:
    """What is known of an export before it runs.

    Attributes:
        export_id: names the export and its folder.
        started_at: ISO-8601 UTC.
        version: of framehaul.
        config: as resolved, without secrets.
        sources: (table, URL, bytes) of every input file.
        triggers: why it runs.
        source_state: how the input files were found, to be compared with at the end.
        claim: of the run on the folder of the export.
    """

    export_id: str
    started_at: str
    version: str
    config: Mapping[str, Any]
    sources: Sequence[tuple[str, str, int]]
    triggers: Sequence[Trigger] = ()
    source_state: SourceState | None = None
    claim: Claim | None = None


@dataclass(eq=False)
class WriteManifest(beam.PTransform):
    """Write the manifest once every other object is stored and confirmed, and emit its URL.

    Its side inputs are the proof that all else is done: Beam computes them
    first. Before the manifest is written the accounting is checked and the
    store is asked for every object that it names: ``framehaul.transforms.storage.object_store``
    has the whole protocol.

    Attributes:
        output: folder of all exports; ``latest.json`` is there.
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
    dead_letters: beam.PCollection[DeadLetters]
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


def _card(manifest: Manifest) -> bytes:
    export_id, shards, counts = manifest.export_id, manifest.shards, manifest.counts
    render = render_single_card if manifest.is_single else render_dataset_card
    return render(export_id, shards, counts, with_entries=manifest.with_entries, kind=manifest.kind)


def _store(  # noqa: PLR0913, PLR0917 - one argument per side input
    _: None,
    entries: Sequence[ShardEntry],
    long_assets: Sequence[LongAsset],
    tally: Tally,
    dead_letters: DeadLetters,
    splits: Sequence[Split],
    archives: Sequence[ArchiveEntry],
    output: ObjectStore,
    facts: ExportFacts,
) -> str:
    manifest = _manifest(entries, long_assets, tally, dead_letters, splits, facts)
    manifest = msgspec.structs.replace(manifest, zip=next(iter(archives), None))
    check_accounting(tally, records=manifest.counts[Count.RECORDS], dead_letters=dead_letters.count)
    folder = ObjectStore(output.url_of(facts.export_id), output.options)
    if facts.claim is not None:
        facts.claim.check_alone()
    companions = {
        "README.md": _card(manifest),
        "croissant.json": render_croissant(facts.export_id, manifest.shards, facts.started_at, manifest.kind),
    }
    written = {
        path: StoredObject(folder.write(path, [content]), None) for path, content in companions.items()
    }
    written |= {entry.path: StoredObject(entry.size_bytes, entry.md5) for entry in manifest.shards}
    written |= {entry.path: StoredObject(entry.size_bytes, entry.md5) for entry in archives}
    confirm_stored(folder, written)
    if dead_letters.path is not None and folder.size(dead_letters.path) is None:
        raise StorageError(f"{folder.url_of(dead_letters.path)} is gone; no manifest is written")
    refuse_finished(folder)
    if facts.claim is not None:
        facts.claim.check_alone()
    folder.write_new(MANIFEST_NAME, manifest.to_json())
    latest = {"exportId": facts.export_id, "manifest": f"{facts.export_id}/{MANIFEST_NAME}"}
    output.write(LATEST_NAME, [orjson.dumps(latest)])
    return folder.url_of(MANIFEST_NAME)


def _manifest(  # noqa: PLR0913, PLR0917 - one argument per side input
    entries: Sequence[ShardEntry],
    long_assets: Sequence[LongAsset],
    tally: Tally,
    dead_letters: DeadLetters,
    splits: Sequence[Split],
    facts: ExportFacts,
) -> Manifest:
    names = [name for table in kind_of_records(facts.config).counted for name in (table.read, *table.fates)]
    counts = {name: tally.counts.get(name, 0) for name in (*names, *(count.value for count in Count))}
    counts[Count.RECORDS] = sum(entry.records for entry in entries)
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    finished_at = format_time(now) or ""
    sources = list(_source_entries(facts, splits, tally))
    return Manifest(
        export_id=facts.export_id,
        tool=Tool(name="framehaul", version=facts.version),
        started_at=facts.started_at,
        finished_at=finished_at,
        trigger=list(facts.triggers) or msgspec.UNSET,
        config=dict(facts.config),
        source=sources,
        counts=counts,
        annotations_by_title=dict(sorted(tally.titles.items())),
        shards=sorted(entries, key=lambda entry: entry.path),
        long_assets=sorted(long_assets, key=lambda asset: (asset.asset_id, asset.task_id)),
        dead_letters=dead_letters,
        metrics=_metrics(facts.started_at, finished_at, sources, entries, tally),
    )


def _metrics(
    started_at: str,
    finished_at: str,
    sources: Sequence[SourceEntry],
    entries: Sequence[ShardEntry],
    tally: Tally,
) -> RunMetrics:
    counters = {
        Progress.RECORDS_READ: sum(source.records for source in sources),
        Progress.BYTES_READ: sum(source.bytes for source in sources),
        Progress.SHARDS_WRITTEN: len(entries),
        Progress.BYTES_WRITTEN: sum(entry.size_bytes for entry in entries),
    }
    return run_metrics(started_at, finished_at, tally.phases, counters, max(tally.peak_bytes, peak_memory()))


def _source_entries(facts: ExportFacts, splits: Sequence[Split], tally: Tally) -> Iterator[SourceEntry]:
    records: dict[tuple[str, str], int] = {}
    for split in splits:
        key = (split.table, split.url)
        records[key] = records.get(key, 0) + tally.split_records.get(split.index, 0)
    changed = facts.source_state.changed() if facts.source_state is not None else set()
    for table, url, size in facts.sources:
        yield SourceEntry(
            table=table,
            url=url,
            bytes=size,
            records=records.get((table, url), 0),
            changed_while_read=True if url in changed else msgspec.UNSET,
        )
