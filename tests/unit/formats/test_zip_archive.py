"""The zip is one that others open, also beyond 4 GiB."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from isal import isal_zlib

from framehaul.transforms.formats.zip_archive import Member, archive

MODIFIED = datetime(2026, 11, 22, 13, 5, 59, tzinfo=UTC)
GIB = 1 << 30
BLOCK = bytes(64 << 20)


def member_of(content: bytes, deflated: bytes) -> Member:
    return Member("data.json", MODIFIED, zlib.crc32(content), len(content), len(deflated))


def deflate(content: bytes) -> bytes:
    return zlib.compress(content, 6, -15)


@pytest.mark.parametrize("content", [b"", b"[]\n", bytes(range(256)) * 1000], ids=len)
def test_others_read_the_member_and_its_time(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "small.zip"
    deflated = deflate(content)
    path.write_bytes(b"".join(archive(member_of(content, deflated), [deflated[:7], deflated[7:]])))
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        (info,) = opened.infolist()
        assert (info.filename, info.date_time) == ("data.json", (2026, 11, 22, 13, 5, 58))
        assert (opened.read(info), info.extra, info.extract_version) == (content, b"", 20)


def blocks_of(number: int) -> Iterator[bytes]:
    """Raw deflate of so many blocks of zeros; each ends on a byte, so it is made once."""
    compress = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compress.compress(BLOCK) + compress.flush(zlib.Z_FULL_FLUSH)
    for _ in range(number):
        yield block
    yield b"\x03\x00"


def test_a_member_of_more_than_four_gibibytes_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4.1 GiB of zeros, 4 MB deflated; Python, and so the platform's SDK, checks size and CRC-32.

    It does so with an inflate and a CRC-32 that are as right as its own, and several times as fast.
    """
    monkeypatch.setattr(zipfile, "zlib", isal_zlib)
    monkeypatch.setattr(zipfile, "crc32", isal_zlib.crc32)
    number, crc, of_block = 66, 0, zlib.crc32(BLOCK)
    for _ in range(number):
        crc = isal_zlib.crc32_combine(crc, of_block, len(BLOCK))
    deflated = b"".join(blocks_of(number))
    member = Member("data.ndjson", MODIFIED, crc, number * len(BLOCK), len(deflated))
    path = tmp_path / "large.zip"
    path.write_bytes(b"".join(archive(member, [deflated])))
    with zipfile.ZipFile(path) as opened:
        (info,) = opened.infolist()
        assert (info.file_size, info.compress_size) == (number * len(BLOCK), len(deflated))
        with opened.open(info) as content:
            assert sum(len(chunk) for chunk in iter(lambda: content.read(1 << 24), b"")) == info.file_size


@pytest.mark.parametrize("size", [4 * GIB - 2000, 4 * GIB - 1, 4 * GIB, 5 * GIB])
def test_an_archive_of_more_than_four_gibibytes_is_found_its_way_in(size: int, tmp_path: Path) -> None:
    """A sparse file: what would be stored is a hole, and only what tells where things are is written."""
    member = Member("data.ndjson", MODIFIED, 0, 40 * GIB, size)
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:
        file.write(member.header())
        file.seek(size, os.SEEK_CUR)
        file.write(member.directory())
    with zipfile.ZipFile(path) as opened:
        (info,) = opened.infolist()
        assert (info.filename, info.file_size, info.compress_size) == ("data.ndjson", 40 * GIB, size)
        assert opened.start_dir == len(member.header()) + size
        opened.open(info).close()  # its header says the same as the directory
