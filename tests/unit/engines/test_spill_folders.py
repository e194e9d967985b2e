"""Spill folders of dead runs go, those of living ones stay."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framehaul.pipelines.engines.spill_folders import make_spill_folder, remove_dead_spill_folders
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exchange.blocks import Exchange, block_of

HOLD = """
import os, sys, time
from framehaul.pipelines.engines.spill_folders import make_spill_folder
with make_spill_folder() as folder:
    open(folder + "/blocks-1.spill", "w").close()
    if sys.argv[1] == "fork" and os.fork() == 0:
        print(os.getpid(), flush=True)
    elif sys.argv[1] == "alone":
        print(os.getpid(), flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture(params=["alone", "fork"])
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Any, int]]:
    """A process that has a spill folder, and the number of the last one that uses it."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, request.param], stdout=subprocess.PIPE)
    assert process.stdout is not None
    last = int(process.stdout.readline())
    yield process, last
    process.kill()
    process.wait()
    process.stdout.close()


def paths() -> list[str]:
    return [str(found.path) for found in remove_dead_spill_folders()]


def test_the_folder_of_a_living_run_stays_and_that_of_a_killed_one_goes(
    temporary: Path, running: tuple[Any, int]
) -> None:
    process, last = running
    assert paths() == []
    (folder,) = temporary.iterdir()
    process.send_signal(signal.SIGKILL)
    process.wait()
    if last != process.pid:  # its worker still uses it
        assert paths() == []
        os.kill(last, signal.SIGKILL)
        wait_until_gone(last)
    (found,) = remove_dead_spill_folders(dry_run=True)
    assert (found.path, found.files) == (folder, 2)
    assert paths() == [str(folder)]
    assert list(temporary.iterdir()) == []


def wait_until_gone(pid: int) -> None:
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.01)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{}", b'{"process":{}}', b"not json", b'{"mark":"of somebody"}'],
    ids=["no owner", "empty", "{}", "process alone", "no json", "another mark"],
)
@pytest.mark.parametrize("name", ["framehaul-x", "framehaul-x.ended"])
def test_a_folder_without_our_content_stays_whatever_it_is_called(
    temporary: Path, name: str, content: bytes | None
) -> None:
    folder = temporary / name
    folder.mkdir()
    (folder / "notes").write_bytes(b"of somebody")
    if content is not None:
        (folder / "owner.json").write_bytes(content)
    os.utime(folder, (1, 1))
    assert paths() == []
    assert (folder / "notes").read_bytes() == b"of somebody"


def test_links_and_files_of_our_name_stay(temporary: Path) -> None:
    (temporary / "framehaul-file").touch()
    (temporary / "elsewhere").mkdir()
    (temporary / "framehaul-link").symlink_to(temporary / "elsewhere")
    assert paths() == []
    assert len(list(temporary.iterdir())) == 3


def test_a_folder_is_its_owners_alone_and_gone_at_the_end(temporary: Path) -> None:
    with make_spill_folder() as folder:
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        assert paths() == []
    assert list(temporary.iterdir()) == []


def test_what_an_ending_worker_writes_late_is_not_left_behind(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker that is killed together with its run may do, while the folder is being removed."""
    folders: list[Path] = []
    remove = shutil.rmtree

    def written_meanwhile(path: Path) -> None:
        remove(path)
        with pytest.raises(FileNotFoundError):
            tempfile.mkstemp(dir=folders[0])

    with make_spill_folder() as folder:
        folders.append(Path(folder))
        Path(folder, "beam").mkdir()
        monkeypatch.setattr("framehaul.pipelines.engines.spill_folders.shutil.rmtree", written_meanwhile)
    assert list(temporary.iterdir()) == []


def test_a_folder_that_was_only_half_removed_goes(temporary: Path) -> None:
    with make_spill_folder() as folder:
        owner = Path(folder, "owner.json").read_bytes()
    ended = temporary / "framehaul-x.ended"
    ended.mkdir()
    (ended / "owner.json").write_bytes(owner)
    (ended / "blocks-1.spill").touch()
    assert paths() == [str(ended)]
    assert list(temporary.iterdir()) == []


def test_nobody_else_can_read_what_is_spilled() -> None:
    mask = os.umask(0)
    try:
        with make_spill_folder() as folder:
            block_of(["a record"], Exchange(folder))
            modes = {path.stat().st_mode & 0o777 for path in Path(folder).iterdir()}
            assert modes == {0o600}
            assert Path(folder).stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(mask)


@pytest.mark.parametrize("name", ["none", "file"])
def test_a_temporary_folder_that_is_none_is_refused(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (temporary / "file").touch()
    monkeypatch.setenv("TMPDIR", str(temporary / name))
    with (
        pytest.raises(ConfigError, match=f"TMPDIR is {temporary / name}, where no file can be written"),
        make_spill_folder(),
    ):
        pass


def test_a_temporary_folder_may_be_the_one_of_the_process(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(temporary)
    monkeypatch.setenv("TMPDIR", ".")
    with make_spill_folder() as folder:
        assert Path(folder).parent == temporary
