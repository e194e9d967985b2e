"""The manifest: written last, and only if everything it names is there and adds up."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import apache_beam as beam
import msgspec
import orjson
import pytest
from apache_beam.testing.util import assert_that, equal_to

from framehaul.transforms.counts import Count
from framehaul.transforms.exports.manifest import (
    ArchiveEntry,
    DeadLetters,
    LongAsset,
    Manifest,
    ShardEntry,
    parse_manifest,
)
from framehaul.transforms.kinds.kinds import V3
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.claims import hold_folder
from framehaul.transforms.runs.export_results import ExportFacts, WrittenLetters
from framehaul.transforms.shards.shard import shard_path, write_shard
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.tables import FRAMES, STAGE_HISTORY, TASKS
from framehaul.transforms.write_manifest import WriteManifest
from steps.step_runs import new_pipeline, not_zero, run, split_of

FACTS = ExportFacts(
    export_id="all-1",
    started_at="2026-11-22T12:00:00.000Z",
    version="9.9.9",
    config={"output": {"compression": "none"}},
    sources=[("tasks", "a.ndjson", 70), ("tasks", "b.ndjson", 7), ("stage_history", "a.ndjson", 5)],
)
SPLITS = [
    split_of(index=0, url="a.ndjson"),
    split_of(index=1, url="a.ndjson"),
    split_of("stage_history", index=2, url="a.ndjson"),
]
COUNTS = {
    TASKS.read: 4,
    TASKS.exported: 3,
    TASKS.dead_letters: 1,
    STAGE_HISTORY.read: 2,
    STAGE_HISTORY.exported: 2,
    FRAMES.read: 5,
    FRAMES.exported: 5,
    Count.ASSETS: 3,
    Count.ANNOTATIONS: 2,
}
LONG_ASSETS = [
    LongAsset(
        asset_id=asset_id,
        task_id=task_id,
        frames=9,
        parts=1,
        shards=[f"data/long-{asset_id}-0000{index}-of-00002.ndjson"],
        shard_pages=[(0, 8)],
    )
    for asset_id, task_id, index in (("l1", "t1", 0), ("l1", "t2", 1), ("l2", "t0", 0))
]
LETTERS = DeadLetters(count=1, path="dead-letters.ndjson", by_reason={"not_json": 1})


@dataclass
class Export:
    """An export whose shards are stored; what a test changes of it is what is wrong."""

    root: Path
    entries: list[ShardEntry] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict(COUNTS))
    dead_letters: WrittenLetters = field(default_factory=lambda: WrittenLetters(LETTERS, {"tasks": 1}))
    facts: ExportFacts = FACTS
    archives: list[ArchiveEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = ObjectStore(str(self.folder))
        for index, lines in enumerate([[b'{"n":1}', b'{"n":2}'], [b'{"n":3}']]):
            self.entries.append(write_shard(store, shard_path(index, 2, "none"), lines, "none", ("a", "b")))
        store.write("dead-letters.ndjson", [b"{}\n"])

    @property
    def folder(self) -> Path:
        return self.root / "all-1"

    def publish(self) -> Manifest:
        pipeline = new_pipeline()
        tally = Tally(self.counts, {"car": 2}, {"not_json": 1}, {}, {0: 3, 1: 1, 2: 2}, parts=3)
        url = pipeline | WriteManifest(
            ObjectStore(str(self.root)),
            self.facts,
            pipeline | "Entries" >> beam.Create(self.entries[::-1]),
            pipeline | "LongAssets" >> beam.Create(LONG_ASSETS[::-1]),
            pipeline | "Tally" >> beam.Create([tally]),
            pipeline | "Letters" >> beam.Create([self.dead_letters]),
            pipeline | "Splits" >> beam.Create([SPLITS]),
            pipeline | "Archives" >> beam.Create(self.archives),
        )
        assert_that(url, equal_to([f"{self.folder}/manifest.json"]))
        run(pipeline)
        return parse_manifest((self.folder / "manifest.json").read_bytes(), "manifest.json")


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Export, Manifest]:
    export = Export(tmp_path_factory.mktemp("exports"))
    return export, export.publish()


def test_the_manifest_says_what_was_read_and_what_is_stored(published: tuple[Export, Manifest]) -> None:
    export, manifest = published
    assert manifest.shards == export.entries
    assert manifest.long_assets == LONG_ASSETS
    assert manifest.counts.keys() == {
        name for table in V3.counted for name in (table.read, *table.fates)
    } | set(Count)
    assert not_zero(manifest.counts) == {**COUNTS, Count.RECORDS: 3}
    assert manifest.annotations_by_title == {"car": 2}
    assert manifest.dead_letters == LETTERS
    assert [(file.table, file.url, file.bytes, file.records) for file in manifest.source] == [
        ("tasks", "a.ndjson", 70, 4),
        ("tasks", "b.ndjson", 7, 0),
        ("stage_history", "a.ndjson", 5, 2),
    ]
    assert (manifest.export_id, manifest.tool.version, manifest.mode) == ("all-1", "9.9.9", "full")
    assert manifest.config == {"output": {"compression": "none"}}
    assert manifest.started_at == "2026-11-22T12:00:00.000Z"
    assert len(manifest.finished_at) == len(manifest.started_at)


def test_what_helps_readers_is_beside_it_and_the_newest_export_is_named(
    published: tuple[Export, Manifest],
) -> None:
    root = published[0].root
    names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert names == {
        "all-1/data/assets-00000-of-00002.ndjson",
        "all-1/data/assets-00001-of-00002.ndjson",
        "all-1/dead-letters.ndjson",
        "all-1/README.md",
        "all-1/croissant.json",
        "all-1/manifest.json",
        "all-1/manifest.json.sha256",
        "latest.json",
    }
    latest = orjson.loads((root / "latest.json").read_bytes())
    assert latest == {"exportId": "all-1", "manifest": "all-1/manifest.json"}


def test_the_manifest_is_written_after_all_that_it_stands_for_and_before_the_pointer_to_it(
    published: tuple[Export, Manifest],
) -> None:
    root = published[0].root
    written = {path.name: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    pointer, manifest = written.pop("latest.json"), written.pop("manifest.json")
    assert max(written.values()) <= manifest <= pointer


def lose_a_shard(export: Export) -> None:
    (export.folder / export.entries[0].path).unlink()


def cut_a_shard(export: Export) -> None:
    (export.folder / export.entries[1].path).write_bytes(b'{"n":')


def lose_a_record(export: Export) -> None:
    export.counts[TASKS.read] += 1


def lose_a_frame(export: Export) -> None:
    export.counts[FRAMES.exported] -= 1


def double_a_stage(export: Export) -> None:
    export.counts[STAGE_HISTORY.exported] += 1


def lose_a_line(export: Export) -> None:
    export.entries[0] = msgspec.structs.replace(export.entries[0], records=1)


def lose_a_dead_letter(export: Export) -> None:
    export.dead_letters = WrittenLetters(DeadLetters(), {})


def mistake_the_table_of_a_dead_letter(export: Export) -> None:
    export.dead_letters = WrittenLetters(LETTERS, {"frames": 1})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lose_a_shard,
            r"assets-00000-of-00002\.ndjson was stored with 16 bytes, but the store has no such object",
        ),
        (cut_a_shard, r"assets-00001-of-00002\.ndjson was stored with 8 bytes, but the store says 5 bytes"),
        (lose_a_record, "tasksRead is 5, but tasksExported 3 .* is 4"),
        (lose_a_frame, "framesRead is 5, but framesExported 4 .* is 4"),
        (double_a_stage, "stageHistoryRead is 2, but stageHistoryExported 3 .* is 3"),
        (lose_a_line, "lines in shards is 2, but parts of records 3 is 3"),
        (lose_a_dead_letter, "lines of dead letters is 0, but not_json 1 is 1"),
        (lose_a_dead_letter, "lines of dead letters of tasks is 0, but deadLetterTasks 1 is 1"),
        (mistake_the_table_of_a_dead_letter, "lines of dead letters of frames is 1, but deadLetterFrames 0"),
    ],
)
def test_an_export_that_does_not_add_up_gets_no_manifest(
    export: Export, spoil: Callable[[Export], None], message: str
) -> None:
    spoil(export)
    with pytest.raises(Exception, match=message):
        export.publish()
    assert not (export.folder / "manifest.json").exists()
    assert not (export.root / "latest.json").exists()


def test_a_dead_letters_file_that_is_not_in_the_store_is_seen(export: Export) -> None:
    (export.folder / "dead-letters.ndjson").unlink()
    with pytest.raises(Exception, match=r"dead-letters\.ndjson"):
        export.publish()
    assert not (export.folder / "manifest.json").exists()


def test_a_finished_export_is_never_written_over(export: Export) -> None:
    (export.folder / "manifest.json").write_bytes(b"an older export")
    with pytest.raises(Exception, match="already holds a finished export; give another --export-id"):
        export.publish()
    assert (export.folder / "manifest.json").read_bytes() == b"an older export"


def test_what_an_engine_tries_again_after_the_manifest_is_brought_to_its_end(export: Export) -> None:
    """Nobody waits for a job of a template, so nobody else would name its export."""
    export.publish()
    before = (export.folder / "manifest.json").read_bytes()
    (export.root / "latest.json").unlink()
    export.publish()
    assert (export.folder / "manifest.json").read_bytes() == before
    assert orjson.loads((export.root / "latest.json").read_bytes())["exportId"] == "all-1"
    export.facts = replace(FACTS, started_at="2026-11-22T12:00:00.001Z")
    with pytest.raises(Exception, match="already holds a finished export"):
        export.publish()


@pytest.mark.parametrize("limits", [{"max_dead_letters": 0}, {"min_records": 4}], ids=str)
def test_an_export_that_does_not_count_as_good_has_a_manifest_and_is_not_the_newest(
    export: Export, limits: dict[str, int]
) -> None:
    export.facts = replace(FACTS, config={"limits": limits})
    export.publish()
    assert not (export.root / "latest.json").exists()


def test_an_export_of_a_project_is_the_newest_of_that_one(export: Export) -> None:
    export.facts = replace(FACTS, config={"export": {"project": "p1"}})
    export.publish()
    assert not (export.root / "latest.json").exists()
    assert orjson.loads((export.root / "latest/p1.json").read_bytes()) == {
        "exportId": "all-1",
        "manifest": "all-1/manifest.json",
    }


def test_a_run_that_has_lost_its_folder_to_another_one_publishes_nothing(export: Export) -> None:
    with hold_folder(ObjectStore(str(export.folder))) as claim:
        export.facts = replace(FACTS, claim=claim)
        claim.folder.delete(claim.path)
        with pytest.raises(Exception, match="all-1 was taken over by another run"):
            export.publish()
        assert not (export.folder / "manifest.json").exists()
        assert not (export.folder / "README.md").exists()
        claim.write(held=True)
        export.publish()


def test_a_zip_that_is_not_stored_as_it_was_written_prevents_the_manifest(export: Export) -> None:
    ObjectStore(str(export.folder)).write("all.zip", [b"short"])
    figures = {"sha256": "", "md5": "", "uncompressed_bytes": 9, "records": 3, "size_bytes": 6}
    export.archives = [ArchiveEntry(path="all.zip", member="data.json", **figures)]
    with pytest.raises(Exception, match=r"all\.zip was stored with 6 bytes, but the store says 5 bytes"):
        export.publish()
    assert not (export.folder / "manifest.json").exists()
    export.archives = [msgspec.structs.replace(export.archives[0], size_bytes=5)]
    assert export.publish().zip == export.archives[0]
