"""Unfinished exports on real stores: one run at a time, gone on with after a kill, cleaned up."""

import contextlib
import hashlib
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from end_to_end.command import write_config
from end_to_end.exports import Json, export_here, settings, shard_hashes, tables_in
from end_to_end.running_export import RunningExport, survivors
from end_to_end.unfinished_exports import resume_here
from framehaul.pipelines.exports.clean import Cleaning
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.counts import Progress
from framehaul.transforms.runs.claims import hold_folder
from framehaul.transforms.runs.progress_board import BOARD
from framehaul.transforms.storage.abandoned_uploads import list_uploads
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from storage.claim_contest import one_of_many
from storage.fault_proxy import fault_proxy
from storage.stores import Store, store_of

CHANCE = random.Random(20261122)
OUTPUT = {"shard_bytes": "60kB"}


class Sample(NamedTuple):
    """Tables, and the hashes of the shards that they become."""

    source: dict[str, str]
    shards: dict[str, str]


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning looks at the temporary folder, too, where other runs of this machine may have left something."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder / "tables", tasks=120, videos=1, frames=150, seed=1)
    source = tables_in(folder / "tables")
    return Sample(source, shard_hashes(export_here(settings(source, folder / "exports", output=OUTPUT))))


def config_for(sample: Sample, url: str, store: Store | None, workers: int | str = "auto") -> Json:
    storage = store.storage if store is not None else {}
    return settings(sample.source, url, output=OUTPUT, storage=storage, runner={"workers": workers})


def hashes_in(export: ObjectStore) -> dict[str, str]:
    return {
        path.rpartition("/")[2]: hashlib.sha256(export.read(path)).hexdigest()
        for path in export.paths("data")
    }


def assert_whole(exports: ObjectStore, sample: Sample, export_id: str = "x") -> None:
    export = ObjectStore(exports.url_of(export_id), exports.options)
    assert hashes_in(export) == sample.shards
    assert export.paths(".framehaul") == []
    assert verify_export(export) == []
    assert list_uploads(exports) == []


def test_of_many_that_want_a_folder_at_once_exactly_one_gets_it(store: Store) -> None:
    folder = store.objects(f"{store.new_bucket()}/exports/x")
    assert one_of_many(folder, 4) == 1
    assert folder.paths("") == []


def test_a_file_that_was_written_again_is_known_as_another_one(store: Store) -> None:
    folder = store.objects(f"{store.new_bucket()}/dump")
    folder.write("tasks-1.ndjson", [b"one"])
    (first,) = list_files([f"{folder.base_url}/*"], folder.options)
    (same,) = list_files([first.url], folder.options)
    assert first.version == same.version != ""
    folder.write("tasks-1.ndjson", [b"two"])
    (second,) = list_files([f"{folder.base_url}/*"], folder.options)
    assert (second.url, second.size) == (first.url, first.size)
    assert second.version != first.version


@pytest.mark.usefixtures("prompt_listings")
def test_finished_shards_are_kept_and_a_damaged_one_is_not(store: Store, sample: Sample) -> None:
    exports = store.objects(f"{store.new_bucket()}/exports")
    config = config_for(sample, exports.base_url, store)
    with mock.patch("framehaul.pipelines.unfinished.remove_own_folder"):
        export_here(config)
    exports.delete("x/manifest.json")
    before = exports.list_objects("x/data")
    damaged = sorted(before)[2]
    exports.write(damaged, [b"x" * before[damaged].size])
    (found,) = Cleaning(exports, unfinished=False, dry_run=False).found()
    assert (found.what, found.where, found.removed) == ("unfinished export", f"{exports.base_url}/x", False)
    time.sleep(1 - time.time() % 1)  # some stores tell whole seconds
    resume_here(config)
    assert BOARD.totals()[Progress.SHARDS_WRITTEN] == 1
    assert BOARD.totals()[Progress.SHARDS_KEPT] == len(before) - 1
    after = exports.list_objects("x/data")
    assert [path for path in before if before[path].modified != after[path].modified] == [damaged]
    assert_whole(exports, sample)
    assert list(Cleaning(exports, unfinished=True, dry_run=False).found()) == []


@pytest.fixture(params=["disk", "seaweed"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, Store | None]:
    if request.param == "disk":
        return ObjectStore(str(tmp_path / "exports")), None
    store = store_of("seaweed", request.getfixturevalue("seaweed"))
    return store.objects(f"{store.new_bucket()}/exports"), store


def test_a_run_that_is_killed_again_and_again_ends_in_the_same_bytes_and_leaves_nothing(
    place: tuple[ObjectStore, Store | None],
    sample: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exports, store = place
    path = write_config(tmp_path / "export.yaml", config_for(sample, exports.base_url, store, workers=2))
    killed = [killed_once(tmp_path, path, exports) for _ in range(2)]
    for run in killed:  # each has a temporary folder of its own
        monkeypatch.setattr(tempfile, "tempdir", str(run.temporary))
        list(Cleaning(exports, unfinished=False, dry_run=False).found())
        assert list(run.temporary.iterdir()) == []
    last = RunningExport(tmp_path, path, Path("nowhere"), "x", "--resume")
    assert last.exit_code() == 0, last.log()
    assert list(last.temporary.iterdir()) == []
    assert_whole(exports, sample)
    assert list(Cleaning(exports, unfinished=True, dry_run=False).found()) == []
    assert sorted({name.partition("/")[0] for name in exports.paths("")}) == ["latest.json", "x"]


def killed_once(folder: Path, config: Path, exports: ObjectStore) -> RunningExport:
    """A run that was killed in the middle; it goes on where the one before it was killed."""
    before = len(exports.paths("x/data"))
    run = RunningExport(folder, config, Path("nowhere"), "x", "--resume")
    with contextlib.suppress(AssertionError):  # it, or the one before it, may be done before that
        run.wait_for_start()
        run.wait_for(lambda: len(exports.paths("x/data")) > before)
        time.sleep(CHANCE.random() / 4)
    assert survivors(run.kill()) == []
    return run


@pytest.fixture
def forgetful(moto: Any) -> Iterator[Store]:
    """A store that takes every condition for no condition, as an older MinIO does."""
    behind = store_of("moto", moto)
    with fault_proxy(moto.endpoint_url) as proxy:
        proxy.dropped = frozenset({"if-none-match"})
        options = {**behind.options, "endpoint_url": proxy.endpoint_url}
        yield Store("forgetful", "s3", options, behind.environment, behind.filesystem)


def test_of_two_runs_of_one_name_one_wins_where_the_store_knows_no_condition(
    forgetful: Store, sample: Sample, tmp_path: Path
) -> None:
    exports = forgetful.objects(f"{forgetful.new_bucket()}/exports")
    assert exports.write_if_absent("probe", b"1")
    assert exports.write_if_absent("probe", b"2")  # it does not
    exports.delete("probe")
    path = write_config(tmp_path / "export.yaml", config_for(sample, exports.base_url, forgetful, workers=2))
    runs = [RunningExport(tmp_path, path, Path("nowhere"), "x") for _ in range(2)]
    codes = [run.exit_code() for run in runs]
    assert sorted(codes) == [0, 1], [run.log() for run in runs]
    loser = runs[codes.index(1)]
    assert f"{exports.base_url}/x is held by another run: process " in loser.log()
    assert "give another --export-id" in loser.log()
    assert_whole(exports, sample)
    assert one_of_many(ObjectStore(exports.url_of("y"), exports.options), 4) == 1


def test_uploads_of_dead_runs_are_ended_and_those_of_living_ones_are_not(seaweed: Any) -> None:
    store = store_of("seaweed", seaweed)
    exports = store.objects(f"{store.new_bucket()}/exports")
    bucket = exports.base_url.split("/")[2]
    for name in ("dead", "alive"):
        store.filesystem().call_s3(
            "create_multipart_upload", Bucket=bucket, Key=f"exports/{name}/data/assets-1"
        )
    with hold_folder(ObjectStore(exports.url_of("alive"), exports.options)):
        exports.write("dead/.framehaul/run.json", [b"{}"])
        found = list(Cleaning(exports, unfinished=False, dry_run=False).found())
        assert [(each.what, each.removed) for each in found] == [
            ("unfinished export", False),
            ("upload", True),
            ("unfinished export", False),
        ]
        assert [upload.path for upload in list_uploads(exports)] == ["alive/data/assets-1"]
