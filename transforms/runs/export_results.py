"""Results of a run, and the manifest that they make."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from framehaul.transforms.counts import Count, Progress
from framehaul.transforms.exports.manifest import (
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
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.times import format_time
from framehaul.transforms.runs.claims import Claim
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.source_state import SourceState


@dataclass(frozen=True)
class ExportFacts:
    """Facts about an export that are known before it runs.

    Attributes:
        export_id: names the export and its folder.
        started_at: ISO-8601 UTC.
        version: of framehaul.
        config: as resolved, without secrets.
        sources: (table, URL, bytes) of every input file.
        triggers: why it runs.
        source_state: state of the input files at the start, to be compared with that at the end.
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


class WrittenLetters(msgspec.Struct, frozen=True):
    """Dead letters that were stored.

    Attributes:
        told: what the manifest says of it.
        lines: of each table.
    """

    told: DeadLetters
    lines: dict[str, int]


@dataclass(frozen=True)
class ExportResults:
    """Results of the steps of a run.

    Attributes:
        entries: one for each shard, or for each object that stands for shards.
        long_assets: one for each task with shards of its own.
        tally: of the whole run.
        dead_letters: what was set aside.
        lines_set_aside: lines of dead letters, by table.
        splits: all splits of the run.
        archives: the zip, if there is one.
    """

    entries: Sequence[ShardEntry]
    long_assets: Sequence[LongAsset]
    tally: Tally
    dead_letters: DeadLetters
    lines_set_aside: Mapping[str, int]
    splits: Sequence[Split]
    archives: Sequence[ArchiveEntry]

    def manifest(self, facts: ExportFacts) -> Manifest:
        """The manifest of the export; its time is the present one."""
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        finished_at = format_time(now) or ""
        sources = list(self._sources(facts))
        return Manifest(
            export_id=facts.export_id,
            tool=Tool(name="framehaul", version=facts.version),
            started_at=facts.started_at,
            finished_at=finished_at,
            trigger=list(facts.triggers) or msgspec.UNSET,
            config=dict(facts.config),
            source=sources,
            counts=self._counts(facts),
            annotations_by_title=dict(sorted(self.tally.titles.items())),
            shards=sorted(self.entries, key=lambda entry: entry.path),
            long_assets=sorted(self.long_assets, key=lambda asset: (asset.asset_id, asset.task_id)),
            dead_letters=self.dead_letters,
            zip=next(iter(self.archives), None),
            metrics=self._metrics(facts.started_at, finished_at, sources),
        )

    def _counts(self, facts: ExportFacts) -> dict[str, int]:
        tables = kind_of_records(facts.config).counted
        names = [name for table in tables for name in (table.read, *table.fates)]
        counts = {
            name: self.tally.counts.get(name, 0) for name in (*names, *(count.value for count in Count))
        }
        counts[Count.RECORDS] = sum(entry.records for entry in self.entries)
        return counts

    def _metrics(self, started_at: str, finished_at: str, sources: Sequence[SourceEntry]) -> RunMetrics:
        counters = {
            Progress.RECORDS_READ: sum(source.records for source in sources),
            Progress.BYTES_READ: sum(source.bytes for source in sources),
            Progress.SHARDS_WRITTEN: len(self.entries),
            Progress.BYTES_WRITTEN: sum(entry.size_bytes for entry in self.entries),
        }
        peak_bytes = max(self.tally.peak_bytes, peak_memory())
        return run_metrics(started_at, finished_at, self.tally.phases, counters, peak_bytes)

    def _sources(self, facts: ExportFacts) -> Iterator[SourceEntry]:
        records: dict[tuple[str, str], int] = {}
        for split in self.splits:
            key = (split.table, split.url)
            records[key] = records.get(key, 0) + self.tally.split_records.get(split.index, 0)
        changed = facts.source_state.changed_urls() if facts.source_state is not None else set()
        for table, url, size in facts.sources:
            yield SourceEntry(
                table=table,
                url=url,
                bytes=size,
                records=records.get((table, url), 0),
                changed_while_read=True if url in changed else msgspec.UNSET,
            )
