"""``framehaul download``: an export comes whole, or goes on where it was cut off; what is wrong is never kept."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from end_to_end.command import assert_refused, framehaul
from end_to_end.exports import manifest_of, replace_manifest
from end_to_end.published import copied, one_export
from framehaul.pipelines.exports.download import download_export
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage import fetched_files
from framehaul.transforms.storage.object_store import ObjectStore

PIECE = 10_000  # bytes, so that most objects come in several


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_export(tmp_path_factory.mktemp("original"))


@pytest.fixture
def export(original: Path, tmp_path: Path) -> Path:
    """A copy that the test may damage."""
    return shutil.copytree(original, tmp_path / "x")


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Every piece that is asked for, of 10 kB at most."""
    pieces: list[tuple[str, int, int]] = []
    fetch = ObjectStore.fetch

    def told(store: ObjectStore, path: str, start: int, end: int) -> bytes:
        pieces.append((path, start, end))
        return fetch(store, path, start, end)

    monkeypatch.setattr(fetched_files, "_FETCH", PIECE)
    monkeypatch.setattr(ObjectStore, "fetch", told)
    return pieces


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def download(export: Path, target: Path) -> None:
    download_export(ObjectStore(str(export)), target)


def cut_off_after(pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is gone after so many pieces."""
    counted = iter(range(pieces))
    fetch = ObjectStore.fetch

    def failing(store: ObjectStore, path: str, start: int, end: int) -> bytes:
        if next(counted, None) is None:
            raise StorageError("the store is gone")
        return fetch(store, path, start, end)

    monkeypatch.setattr(ObjectStore, "fetch", failing)


def test_every_object_comes_as_it_is_and_the_copy_is_an_export(export: Path, tmp_path: Path) -> None:
    finished = framehaul("download", export, tmp_path / "copy")
    assert finished.returncode == 0, finished.stderr
    assert files_in(tmp_path / "copy") == files_in(export)
    assert f"{len(files_in(export)) - 1} objects fetched" in finished.stdout
    assert verify_export(ObjectStore(str(tmp_path / "copy"))) == []


def test_what_is_there_and_right_is_kept(
    export: Path, tmp_path: Path, fetched: list[tuple[str, int, int]]
) -> None:
    download(export, tmp_path / "copy")
    fetched.clear()
    download(export, tmp_path / "copy")
    assert fetched == []
    changed = tmp_path / "copy" / manifest_of(export)["shards"][0]["path"]
    changed.write_bytes(changed.read_bytes()[:-2] + b" \n")
    download(export, tmp_path / "copy")
    assert {path for path, _, _ in fetched} == {manifest_of(export)["shards"][0]["path"]}
    assert files_in(tmp_path / "copy") == files_in(export)


def test_a_download_that_was_cut_off_does_not_look_whole_and_goes_on(
    export: Path, tmp_path: Path, fetched: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        cut_off_after(20, patch)
        with pytest.raises(StorageError, match="the store is gone"):
            download(export, tmp_path / "copy")
    assert not (tmp_path / "copy" / "manifest.json").exists()
    assert list((tmp_path / "copy" / "data").glob(".*.part"))
    download(export, tmp_path / "copy")
    assert files_in(tmp_path / "copy") == files_in(export)
    shards = [piece for piece in fetched if piece[0].startswith("data/")]
    assert len(shards) == len(set(shards)), "no piece of a shard is fetched twice"


def test_what_arrived_wrong_is_thrown_away(
    export: Path, tmp_path: Path, fetched: list[tuple[str, int, int]]
) -> None:
    shard = manifest_of(export)["shards"][0]
    part = tmp_path / "copy" / "data" / f".{Path(shard['path']).name}.part"
    part.parent.mkdir(parents=True)
    for left in (b"\0" * PIECE, b"\0" * shard["bytes"], b"\0" * (shard["bytes"] + 1)):
        shutil.rmtree(tmp_path / "copy" / "data")
        part.parent.mkdir()
        part.write_bytes(left)
        download(export, tmp_path / "copy")
        assert files_in(tmp_path / "copy") == files_in(export)


def test_while_it_is_mended_a_copy_does_not_look_whole(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    download(export, tmp_path / "copy")
    (tmp_path / "copy" / manifest_of(export)["shards"][0]["path"]).unlink()
    cut_off_after(0, monkeypatch)
    with pytest.raises(StorageError, match="the store is gone"):
        download(export, tmp_path / "copy")
    assert not (tmp_path / "copy" / "manifest.json").exists()


def _change_a_byte(export: Path) -> None:
    path = export / manifest_of(export)["shards"][0]["path"]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut_a_shard(export: Path) -> None:
    os.truncate(export / manifest_of(export)["shards"][0]["path"], 10)


def _lead_outside(export: Path) -> None:
    manifest = manifest_of(export)
    manifest["shards"][0]["path"] = "data/../../outside.ndjson"
    replace_manifest(export, manifest)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_change_a_byte, ".ndjson is damaged: it should have SHA-256"),
        (_cut_a_shard, ".ndjson has 10 bytes, the manifest says"),
        (lambda export: (export / manifest_of(export)["shards"][1]["path"]).unlink(), "is not whole: data/"),
        (_lead_outside, "the manifest names 'data/../../outside.ndjson', which is no path inside"),
        (lambda export: (export / "manifest.json").write_text("{"), "is not a whole manifest"),
        (
            lambda export: (export / "manifest.json.sha256").write_text("0"),
            "is not whole: manifest.json has the SHA-256",
        ),
        (
            lambda export: (export / "manifest.json").unlink(),
            "is no finished export: there is no manifest.json",
        ),
    ],
)
def test_an_export_that_is_not_whole_is_not_copied(
    export: Path, tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    damage(export)
    assert_refused(framehaul("download", export, tmp_path / "copy"), 1, message)
    assert not (tmp_path / "copy" / "manifest.json").exists()
    assert not list(tmp_path.rglob("outside*"))


def test_two_exports_do_not_mix(original: Path, export: Path, tmp_path: Path) -> None:
    download(export, tmp_path / "copy")
    other = copied(original, tmp_path / "later", "2026-11-02T01:00:00.000Z", "2026-11-02T01:10:00.000Z")
    before = files_in(tmp_path / "copy")
    assert_refused(
        framehaul("download", other, tmp_path / "copy"), 1, "copy holds another export; name another"
    )
    (tmp_path / "copy" / "manifest.json").unlink()
    (tmp_path / "copy" / "data" / "assets-00007-of-00009.ndjson").touch()
    assert_refused(
        framehaul("download", other, tmp_path / "copy"),
        1,
        "data/assets-00007-of-00009.ndjson, which is not of",
    )
    assert set(files_in(tmp_path / "copy")) - set(before) == {"data/assets-00007-of-00009.ndjson"}


@pytest.mark.parametrize("has_one", [True, False], ids=["as it is", "of an older version"])
def test_a_checksum_that_another_download_has_left_does_not_stay(
    export: Path, tmp_path: Path, has_one: bool
) -> None:
    """That of another export has the same size, and a disk tells no MD5."""
    if not has_one:
        (export / "manifest.json.sha256").unlink()
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "manifest.json.sha256").write_text(f"{'0' * 64}  manifest.json\n")
    download(export, tmp_path / "copy")
    assert files_in(tmp_path / "copy") == files_in(export)


def test_a_target_that_is_no_folder_here_is_refused(export: Path, tmp_path: Path) -> None:
    assert_refused(
        framehaul("download", export, "s3://bucket/copy"), 2, "it must be a folder on this machine"
    )
    (tmp_path / "file").touch()
    assert_refused(framehaul("download", export, tmp_path / "file"), 1, "could not open")


def test_one_download_at_a_time_writes_to_a_folder(export: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    held = os.open(tmp_path / "copy", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        assert_refused(framehaul("download", export, tmp_path / "copy"), 1, "another download is writing to")
    finally:
        os.close(held)
    assert framehaul("download", export, tmp_path / "copy").returncode == 0


def test_a_disk_that_is_too_small_is_refused_before_anything_comes(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(StorageError, match=r"0\.0 MB free, but .* MB are needed; free some space"):
        download(export, tmp_path / "copy")
    assert files_in(tmp_path / "copy") == {}


def test_a_target_that_cannot_be_written_is_told_with_what_to_do(export: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "data").touch()  # where a folder should be
    assert_refused(framehaul("download", export, tmp_path / "copy"), 1, "could not write")
    assert not (tmp_path / "copy" / "manifest.json").exists()
