"""Files of a local disk are whole or not there, and of two that must be new one is refused."""

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from framehaul.transforms.storage import local_files
from framehaul.transforms.storage.local_files import write_file


def test_a_name_as_long_as_the_disk_allows_is_fine(tmp_path: Path) -> None:
    name = "n" * 255
    assert write_file(tmp_path / name, [b"x"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(OSError, match="File name too long"):
        write_file(tmp_path / f"{name}n", [b"x"])
    assert len(list(tmp_path.iterdir())) == 1


def test_of_many_that_write_a_new_file_one_wins_and_leaves_it_whole(tmp_path: Path) -> None:
    refused: list[str] = []
    together = threading.Barrier(8)

    def write(content: str) -> None:
        together.wait()
        try:
            write_file(tmp_path / "manifest.json", [content.encode()], new=True)
        except FileExistsError:
            refused.append(content)

    contents = [str(number) * 1000 for number in range(8)]
    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = set(contents) - set(refused)
    assert (tmp_path / "manifest.json").read_text() == winner
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_disk_without_hard_links_refuses_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT and some network disks; none can be mounted in a test."""

    def no_links(_source: object, _target: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(local_files.os, "link", no_links)
    write_file(tmp_path / "a", [b"first"], new=True)
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "a", [b"second"], new=True)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"first")]


def test_a_temporary_file_is_only_read_by_its_owner(tmp_path: Path) -> None:
    """It may hold personal data before anybody has decided who may read the export."""
    modes: list[int] = []

    def watched() -> Iterator[bytes]:
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.iterdir())
        yield b"x"

    write_file(tmp_path / "a", watched())
    assert modes == [0o600]
