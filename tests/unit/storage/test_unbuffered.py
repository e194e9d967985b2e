"""Files that are written and read past the page cache hold the same bytes as others."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.storage.unbuffered import read_unbuffered, write_unbuffered

MIB = 1 << 20
PATTERN = bytes(range(251)) * (MIB // 100)  # its length shares no factor with a page


def pieces_of(lengths: list[int]) -> list[bytes]:
    return [PATTERN[index : index + length] for index, length in enumerate(lengths)]


def write(path: Path, parts: Iterator[bytes] | list[bytes]) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return write_unbuffered(descriptor, parts)
    finally:
        os.close(descriptor)


def folders(tmp_path: Path) -> list[Path]:
    """One on a disk and one on tmpfs, which has nothing but a cache."""
    memory = Path("/dev/shm")
    return [tmp_path, memory] if memory.is_dir() else [tmp_path]


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.sampled_from([0, 1, 511, 4096, 4097, MIB - 1, MIB, 2 * MIB + 7]), max_size=12))
def test_a_file_holds_its_parts_one_behind_the_other(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int]
) -> None:
    parts = pieces_of(lengths)
    for folder in folders(tmp_path_factory.mktemp("files")):
        path = folder / f"framehaul-{os.getpid()}"
        try:
            assert write(path, parts) == sum(lengths)
            assert path.read_bytes() == b"".join(parts)
        finally:
            path.unlink()


@pytest.mark.parametrize("size", [10_000, 9 * MIB + 5])
def test_any_range_can_be_read(tmp_path: Path, size: int) -> None:
    content = (PATTERN * 5)[:size]
    write(tmp_path / "file", [content])
    for offset, length in [(0, size), (0, 1), (4095, 2), (5000, 4096), (size - 1, 1), (size // 3, size // 2)]:
        assert read_unbuffered(str(tmp_path / "file"), offset, length) == content[offset : offset + length]


def test_a_file_that_ends_too_soon_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "file", [PATTERN * 3])
    size = (tmp_path / "file").stat().st_size
    with pytest.raises(OSError, match="ends in the middle"):
        read_unbuffered(str(tmp_path / "file"), size - 10, 11)


def test_what_is_written_may_be_read_from_another_file_meanwhile(tmp_path: Path) -> None:
    content = PATTERN * 4
    write(tmp_path / "first", [content])
    step = 100_001
    pieces = (
        read_unbuffered(str(tmp_path / "first"), start, min(step, len(content) - start))
        for start in range(0, len(content), step)
    )
    write(tmp_path / "second", pieces)
    assert (tmp_path / "second").read_bytes() == content


def test_a_disk_that_takes_less_than_it_is_given_gets_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real_write(descriptor, content[: 25 * 4096]))
    write(tmp_path / "file", [PATTERN * 4])
    assert (tmp_path / "file").read_bytes() == PATTERN * 4
