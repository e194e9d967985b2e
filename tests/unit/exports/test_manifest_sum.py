"""The checksum of the manifest: as ``sha256sum`` has it, there before the manifest, and always of the one that stands."""

import subprocess
from pathlib import Path

import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest_sum import publish_manifest, render_sum, sum_problem
from framehaul.transforms.runs.leftovers import is_of_an_export, is_temporary
from framehaul.transforms.storage.object_store import ObjectStore

NAME = "manifest.json.sha256"
KNOWN = b"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  manifest.json\n"


def test_sha256sum_writes_the_same(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b"hello")
    found = subprocess.run(["sha256sum", "manifest.json"], cwd=tmp_path, capture_output=True, check=True)
    assert render_sum(b"hello") == found.stdout == KNOWN


def test_both_are_stored_and_fit_each_other(tmp_path: Path) -> None:
    publish_manifest(ObjectStore(str(tmp_path)), b"hello")
    assert (tmp_path / "manifest.json").read_bytes() == b"hello"
    assert (tmp_path / NAME).read_bytes() == KNOWN
    checked = subprocess.run(["sha256sum", "--check", NAME], cwd=tmp_path, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, b"manifest.json: OK\n")


def test_who_sees_a_manifest_finds_its_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(store: ObjectStore, path: str, content: bytes) -> None:
        assert (path, content) == ("manifest.json", b"hello")
        assert store.read(NAME) == KNOWN
        raise StorageError("killed here")

    monkeypatch.setattr(ObjectStore, "write_new", seen)
    with pytest.raises(StorageError, match="killed here"):
        publish_manifest(ObjectStore(str(tmp_path)), b"hello")
    assert not (tmp_path / "manifest.json").exists()


def test_a_second_manifest_is_refused_and_the_checksum_is_that_of_the_first(tmp_path: Path) -> None:
    """As two attempts would, one of which was taken for dead."""
    folder = ObjectStore(str(tmp_path))
    publish_manifest(folder, b"hello")
    with pytest.raises(StorageError, match="written by another run"):
        publish_manifest(folder, b"another")
    assert (folder.read("manifest.json"), folder.read(NAME)) == (b"hello", KNOWN)


def test_an_attempt_that_comes_between_does_not_leave_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, write_new = ObjectStore(str(tmp_path)), ObjectStore.write_new

    def late(store: ObjectStore, path: str, content: bytes) -> None:
        store.write(NAME, [render_sum(b"another")])
        write_new(store, path, content)

    monkeypatch.setattr(ObjectStore, "write_new", late)
    publish_manifest(folder, b"hello")
    assert folder.read(NAME) == KNOWN


@pytest.mark.parametrize(
    "said",
    [None, KNOWN, KNOWN.rstrip(), KNOWN.replace(b"\n", b"\r\n")],
    ids=["none", "ours", "no line end", "another line end"],
)
def test_a_checksum_that_fits_or_is_not_there_is_no_problem(tmp_path: Path, said: bytes | None) -> None:
    if said is not None:
        (tmp_path / NAME).write_bytes(said)
    assert sum_problem(ObjectStore(str(tmp_path)), b"hello") is None


@pytest.mark.parametrize(
    "said",
    [b"", b"\xff\x00", KNOWN.replace(b"2cf2", b"0000"), KNOWN.replace(b"manifest", b"latest"), KNOWN * 2],
    ids=["empty", "no text", "of other bytes", "of another file", "twice"],
)
def test_any_other_is_told_with_what_the_manifest_has(tmp_path: Path, said: bytes) -> None:
    (tmp_path / NAME).write_bytes(said)
    problem = sum_problem(ObjectStore(str(tmp_path)), b"hello")
    assert problem is not None
    assert problem.startswith(
        f"manifest.json has the SHA-256 {KNOWN[:64].decode()}, {NAME} says something else"
    )


def test_it_is_removed_with_an_unfinished_export() -> None:
    assert is_of_an_export(NAME)
    assert not is_of_an_export("manifest.json"), "a finished export is never a leftover"
    assert is_temporary(f".{NAME}.x1y2z3w4.part")
