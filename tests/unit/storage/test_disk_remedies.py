"""What is said of a disk that takes no more: room and places for files are told apart."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from framehaul.transforms.storage.remedies import explain


@pytest.mark.parametrize(
    ("disk", "remedy"),
    [
        ({"f_files": 100, "f_favail": 0, "f_bavail": 5}, "free some inodes: too many files"),
        ({"f_files": 100, "f_favail": 0, "f_bavail": 0}, "free some space"),
        ({"f_files": 100, "f_favail": 7, "f_bavail": 0}, "free some space"),
        (
            {"f_files": 0, "f_favail": 0, "f_bavail": 5},
            "free some space",
        ),  # a file system that does not count them
    ],
)
def test_a_disk_without_inodes_is_told_from_one_without_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: dict[str, int], remedy: str
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda folder: SimpleNamespace(**disk))
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "shard"))
    assert explain(error, "file").endswith(f"; {remedy}")
