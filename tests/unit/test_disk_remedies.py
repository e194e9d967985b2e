"""What is said of a disk that takes no more: room and places for files are told apart."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from transforms.storage.remedies import explained


@pytest.mark.parametrize(
    ("files", "free_files", "free_blocks", "remedy"),
    [
        (100, 0, 5, "free some inodes: too many files"),
        (100, 0, 0, "free some space"),
        (100, 7, 0, "free some space"),
        (0, 0, 5, "free some space"),  # a file system that does not count them
    ],
)
def test_a_disk_without_inodes_is_told_from_one_without_space(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: int,
    free_files: int,
    free_blocks: int,
    remedy: str,
) -> None:
    disk = SimpleNamespace(f_files=files, f_favail=free_files, f_bavail=free_blocks)
    monkeypatch.setattr(os, "statvfs", lambda folder: disk)
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "shard"))
    assert explained(error, "file").endswith(f"; {remedy}")
