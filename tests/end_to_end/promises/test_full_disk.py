"""A disk that fills up while an export is written: a clear error, and nothing that looks whole."""

import os
import random
from pathlib import Path

import orjson
import pytest

from end_to_end.command import assert_refused, framehaul, write_config
from end_to_end.exports import Json, settings, write_lines
from end_to_end.small_disk import NO_SPACE, framehaul_on_small_disk, may_mount


def tasks(asset_bytes: int) -> list[bytes]:
    """A megabyte of records, whose asset is noise of the given size and else zeros."""
    chance = random.Random(1)
    return [
        orjson.dumps(
            {
                "taskId": f"t{number:05}",
                "stage": "Complete",
                "asset": chance.randbytes(asset_bytes // 2).hex() + "0" * (1000 - asset_bytes),
            }
        )
        for number in range(1000)
    ]


@pytest.mark.parametrize(
    ("options", "workers"), [("size=300k", {}), ("size=300k", {"workers": 2}), ("ro", {})]
)
def test_an_output_that_fills_up_or_is_read_only_fails_the_run(
    tmp_path: Path, options: str, workers: Json
) -> None:
    write_lines(tmp_path / "tasks.ndjson", tasks(asset_bytes=0))  # what is spilled is compressed to nothing
    disk = tmp_path / "disk"
    disk.mkdir()
    config = settings(
        {"tasks": f"{tmp_path}/tasks.ndjson"}, disk, runner=workers, output={"shard_bytes": "400kB"}
    )
    path = str(write_config(tmp_path / "export.yaml", config))
    finished = framehaul_on_small_disk(disk, options, "run", path, "--export-id", "x", environment=os.environ)
    assert finished.returncode == 1, finished.stderr
    place = ".framehaul-check-" if options == "ro" else "x/data/assets-"  # told before anything is read
    assert f"error: could not store {disk}/{place}" in finished.stderr
    assert any(remedy in finished.stderr for remedy in ("free some space", "mount it for writing"))
    assert any(reason in finished.stderr for reason in NO_SPACE)
    assert "Traceback" not in finished.stderr
    for left in finished.stdout.split():  # neither a manifest nor an unfinished file nor a claim
        name = left.removeprefix(f"{disk}/x/")
        assert name.startswith(("data/assets-", ".framehaul/run.json", ".framehaul/shards/"))


@pytest.mark.parametrize("workers", [{}, {"workers": 2}])
def test_a_temporary_folder_that_fills_up_fails_the_run_and_is_named(tmp_path: Path, workers: Json) -> None:
    write_lines(tmp_path / "tasks.ndjson", tasks(asset_bytes=1000))
    disk = tmp_path / "disk"
    disk.mkdir()
    config = settings({"tasks": f"{tmp_path}/tasks.ndjson"}, tmp_path / "exports", runner=workers)
    path = str(write_config(tmp_path / "export.yaml", config))
    environment = {**os.environ, "TMPDIR": str(disk)}
    finished = framehaul_on_small_disk(
        disk, "size=64k", "run", path, "--export-id", "x", environment=environment
    )
    assert finished.returncode == 1, finished.stderr
    assert any(reason in finished.stderr for reason in NO_SPACE)
    assert str(disk) in finished.stderr
    assert "TMPDIR" in finished.stderr, "what to do about it"
    assert "bug" not in finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == "", "the spill folder is gone"
    assert not list((tmp_path / "exports").rglob("manifest.json"))


def test_a_disk_without_inodes_is_told_from_one_without_space(tmp_path: Path) -> None:
    if not may_mount():
        pytest.skip(
            "this container may not mount a disk of few inodes; unit/test_disk_remedies.py has the rule"
        )
    write_lines(tmp_path / "tasks.ndjson", tasks(asset_bytes=0))
    disk = tmp_path / "disk"
    disk.mkdir()
    config = settings({"tasks": f"{tmp_path}/tasks.ndjson"}, disk, output={"shard_bytes": "50kB"})
    path = str(write_config(tmp_path / "export.yaml", config))
    finished = framehaul_on_small_disk(
        disk, "size=50m,nr_inodes=9", "run", path, "--export-id", "x", environment=os.environ
    )
    assert finished.returncode == 1
    assert "No space left on device" in finished.stderr
    assert "free some inodes: too many files" in finished.stderr
    assert not any(left.endswith("manifest.json") for left in finished.stdout.split())


@pytest.mark.parametrize("folder", ["x" * 300, "/".join(["long"] * 1000)], ids=["name", "path"])
def test_a_path_that_is_too_long_is_told_before_anything_is_read(tmp_path: Path, folder: str) -> None:
    write_lines(tmp_path / "tasks.ndjson", tasks(asset_bytes=0))
    config = settings({"tasks": f"{tmp_path}/tasks.ndjson"}, f"{tmp_path}/{folder}")
    finished = framehaul("run", write_config(tmp_path / "export.yaml", config))
    assert_refused(finished, 1, "File name too long", "take a folder with a shorter path")
