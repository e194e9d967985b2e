"""A run that goes on where another one was ended: what is kept, what is done again, what is refused."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from end_to_end.command import assert_refused, framehaul, write_config
from end_to_end.exports import Json, dead_letters_of, export_here, manifest_of, shard_hashes
from end_to_end.unfinished_exports import export_without_manifest, resume_here, sample_config
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.counts import Progress
from framehaul.transforms.errors import ConfigError, HeldError, StorageError
from framehaul.transforms.runs.claims import hold_folder
from framehaul.transforms.runs.progress_board import BOARD
from framehaul.transforms.storage.object_store import ObjectStore


class Killed(NamedTuple):
    """An unfinished export, and what it should become.

    Attributes:
        config: of both.
        export: without manifest; all shards are there.
        whole: the same, by a run that nobody disturbed.
    """

    config: Json
    export: Path
    whole: Path

    def resume(self, **sections: Json) -> None:
        resume_here(
            self.config | {name: {**self.config.get(name, {}), **values} for name, values in sections.items()}
        )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    folder = tmp_path_factory.mktemp("resume")
    config = sample_config(folder, folder / "exports")
    whole = export_here({**config, "output": {**config["output"], "url": str(folder / "whole")}})
    return Killed(config, export_without_manifest(config), whole)


@pytest.fixture
def killed(original: Killed, tmp_path: Path) -> Killed:
    """A copy that the test may change; with its own tables."""
    export = shutil.copytree(original.export, tmp_path / "exports" / "x")
    config = {**original.config, "output": {**original.config["output"], "url": str(tmp_path / "exports")}}
    return original._replace(config=config, export=export)


def stamps(export: Path) -> dict[str, tuple[int, int]]:
    """What changes when a file is written again."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted((export / "data").iterdir())
    }


def assert_whole(killed: Killed) -> None:
    """Like the undisturbed export, but for its times; and nothing else is there."""
    assert shard_hashes(killed.export) == shard_hashes(killed.whole)
    assert files_of(killed.export) == files_of(killed.whole)
    assert dead_letters_of(killed.export) == dead_letters_of(killed.whole) != []
    found, expected = manifest_of(killed.export), manifest_of(killed.whole)
    for manifest in (found, expected):
        del (
            manifest["startedAt"],
            manifest["finishedAt"],
            manifest["metrics"],
            manifest["config"]["output"]["url"],
        )
    assert found == expected
    assert verify_export(ObjectStore(str(killed.export))) == []
    latest = json.loads((killed.export.parent / "latest.json").read_bytes())
    assert latest == {"exportId": "x", "manifest": "x/manifest.json"}


def files_of(export: Path) -> list[str]:
    return sorted(str(path.relative_to(export)) for path in export.rglob("*"))


def shards_written() -> int:
    return BOARD.totals()[Progress.SHARDS_WRITTEN]


def test_finished_shards_are_not_written_again_and_all_figures_are_those_of_an_undisturbed_run(
    killed: Killed,
) -> None:
    before = stamps(killed.export)
    assert len([name for name in before if name.startswith("long-")]) > 1
    assert len([name for name in before if name.startswith("assets-")]) > 3
    killed.resume()
    assert stamps(killed.export) == before
    assert (shards_written(), BOARD.totals()[Progress.SHARDS_KEPT]) == (0, len(before))
    assert_whole(killed)


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=times)


def lose_the_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


SPOILT: dict[str, Callable[[Path], None]] = {
    "a byte is another one": change_a_byte,
    "the end is missing": lose_the_end,
    "it is gone": Path.unlink,
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_shard_that_is_not_what_was_stored_is_written_again(killed: Killed, case: str) -> None:
    spoilt = [sorted((killed.export / "data").glob(f"{kind}-*"))[1] for kind in ("assets", "long")]
    before = stamps(killed.export)
    for path in spoilt:
        SPOILT[case](path)
    killed.resume()
    after = stamps(killed.export)
    assert [name for name in before if before[name] != after[name]] == [path.name for path in spoilt]
    assert shards_written() == len(spoilt)
    assert_whole(killed)


def test_shards_that_nobody_remembers_and_files_that_were_never_finished_are_replaced(killed: Killed) -> None:
    before = stamps(killed.export)
    records = sorted((killed.export / ".framehaul" / "shards").rglob("*.json"))
    records[0].unlink()
    records[-1].write_bytes(records[-1].read_bytes()[:-20])
    for name in ("data/.assets-00001-of-00009.ndjson.x1.part", "data/assets-00001-of-00999.ndjson"):
        (killed.export / name).write_bytes(b"of a dead run")
    (killed.export / "notes.txt").write_bytes(b"of somebody else")
    killed.resume()
    after = stamps(killed.export)
    assert sorted(name for name in before if before[name] != after[name]) == sorted(
        path.name.removesuffix(".json") for path in (records[0], records[-1])
    )
    assert (killed.export / "notes.txt").read_bytes() == b"of somebody else"
    (killed.export / "notes.txt").unlink()
    assert_whole(killed)


def test_a_run_without_resume_begins_anew_and_keeps_nothing_of_other_settings(killed: Killed) -> None:
    config = {**killed.config, "output": {**killed.config["output"], "shard_bytes": "200kB"}}
    export_here(config)
    assert set(shard_hashes(killed.export)) == {
        Path(s["path"]).name for s in manifest_of(killed.export)["shards"]
    }
    assert verify_export(ObjectStore(str(killed.export))) == []
    assert not (killed.export / ".framehaul").exists()


def test_what_shapes_no_shard_may_be_changed(killed: Killed) -> None:
    killed.resume(limits={"max_dead_letters": 7})
    assert shards_written() == 0
    assert manifest_of(killed.export)["config"]["limits"]["max_dead_letters"] == 7


def test_changed_settings_are_refused_and_named(killed: Killed, tmp_path: Path) -> None:
    before = stamps(killed.export), files_of(killed.export)
    path = write_config(tmp_path / "export.yaml", killed.config)
    changed = ("--set", "output.compression=zstd", "--set", "export.fields.stage_history=false")
    finished = framehaul("run", path, "--export-id", "x", "--resume", *changed)
    assert_refused(
        finished,
        2,
        f"{killed.export} cannot be resumed",
        '- output.compression was "none", is "zstd"',
        "- export.fields.stage_history was true, is false",
        "(stage_history) is gone",
    )
    assert (stamps(killed.export), files_of(killed.export)) == before


def test_changed_input_is_refused_and_named(killed: Killed, tmp_path: Path) -> None:
    tables = shutil.copytree(Path(killed.config["source"]["tasks"]).parent, tmp_path / "tables")
    source = {"tasks": f"{tables}/tasks*", "stage_history": f"{tables}/stage-history*"}
    exports = tmp_path / "mine"
    config = {**killed.config, "source": source, "output": {**killed.config["output"], "url": str(exports)}}
    export_without_manifest(config)
    broken, tasks = tables / "tasks-broken.ndjson", min(tables.glob("tasks-0*"))
    broken.rename(tables / "tasks-more.ndjson")
    os.utime(tasks, (1, 1))
    history = min(tables.glob("stage-history*"))
    history.write_bytes(history.read_bytes() + b"\n")
    with pytest.raises(ConfigError) as caught:
        resume_here(config)
    said = str(caught.value)
    assert f"{broken} (tasks) is gone" in said
    assert f"{tables}/tasks-more.ndjson (tasks) is new" in said
    assert f"{tasks} (tasks) was written again: modified " in said
    assert "now modified 1970-01-01T00:00:01" in said
    assert f"{history} (stage_history) had {history.stat().st_size - 1:,} bytes, has" in said
    assert not (exports / "x" / "manifest.json").exists()


def test_a_finished_export_is_refused_not_written_over(killed: Killed) -> None:
    killed.resume()
    before = stamps(killed.export), files_of(killed.export)
    with pytest.raises(StorageError, match="x already holds a finished export"):
        killed.resume()
    with pytest.raises(StorageError, match="x already holds a finished export"):
        export_here(killed.config)
    assert (stamps(killed.export), files_of(killed.export)) == before


def test_to_resume_an_export_that_is_whole_does_nothing_and_ends_as_its_run_did(
    killed: Killed, tmp_path: Path
) -> None:
    path = write_config(tmp_path / "export.yaml", killed.config)
    killed.resume(limits={"max_dead_letters": 0})
    before = stamps(killed.export), files_of(killed.export)
    finished = framehaul("run", path, "--export-id", "x", "--resume", "--set", "source.tasks=gone-*")
    assert finished.returncode == 3, (
        "the limits of the run that has made it say that it does not count as good"
    )
    assert f"x is already whole, nothing was done: {killed.export}/" in finished.stdout
    assert "failed         1 records were set aside, 0 are allowed" in finished.stdout
    assert (stamps(killed.export), files_of(killed.export)) == before
    assert not (killed.export.parent / "latest.json").exists()


def test_to_resume_does_what_a_run_that_was_killed_after_its_manifest_has_left_undone(
    killed: Killed, tmp_path: Path
) -> None:
    path = write_config(tmp_path / "export.yaml", killed.config)
    killed.resume()
    (killed.export.parent / "latest.json").unlink()
    (killed.export / ".framehaul").mkdir()
    (killed.export / ".framehaul/run.json").touch()
    assert framehaul("run", path, "--export-id", "x", "--resume").returncode == 0
    assert_whole(killed)


def test_where_nothing_was_begun_resume_begins(killed: Killed) -> None:
    shutil.rmtree(killed.export)
    killed.resume()
    assert_whole(killed)


def test_resume_needs_the_name_of_an_export(killed: Killed, tmp_path: Path) -> None:
    path = write_config(tmp_path / "export.yaml", killed.config)
    assert_refused(framehaul("run", path, "--resume"), 2, "--resume", "name it with --export-id")


@pytest.mark.parametrize("resume", [True, False])
def test_a_living_run_is_neither_resumed_nor_written_over(killed: Killed, resume: bool) -> None:
    with hold_folder(ObjectStore(str(killed.export))):
        before = stamps(killed.export), files_of(killed.export)
        with pytest.raises(HeldError, match=f"is held by another run: process {os.getpid()} on "):
            killed.resume() if resume else export_here(killed.config)
        assert (stamps(killed.export), files_of(killed.export)) == before
