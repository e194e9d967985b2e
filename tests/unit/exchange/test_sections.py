"""Sections, and what is put together from them, give the same bytes wherever they wait."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exchange.sections import DEFLATED, PACKED, SectionFiles
from framehaul.transforms.formats.composition import Composition
from framehaul.transforms.formats.digests import Digests
from framehaul.transforms.storage.object_store import ObjectStore

LARGE = bytes(range(256)) * (5 << 12)  # more than is read at a time, once decoded
GLUE = b"between" * 20_000  # more than a block of deflate can hold as it is


@pytest.fixture(params=["spilled", "stored"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> SectionFiles:
    store = ObjectStore(str(tmp_path / "export"))
    folder = str(tmp_path) if request.param == "spilled" else None
    return SectionFiles(folder, store, (DEFLATED, PACKED))


@pytest.fixture
def composition(files: SectionFiles) -> tuple[Composition, bytes]:
    with files.writer("one") as write:
        first, empty = write([LARGE[:1000], LARGE[1000:]]), write([])
    with files.writer("two") as write:
        second = write([b"tail", memoryview(b"more")])
    parts = [b"[", b"\n", first, b"", GLUE, empty, second, b"]"]
    return Composition.of(parts, files), b"[\n" + LARGE + GLUE + b"tailmore]"


def test_what_is_put_together_is_all_parts_in_order(composition: tuple[Composition, bytes]) -> None:
    composed, expected = composition
    assert b"".join(composed.plain_pieces()) == expected
    assert (composed.plain_bytes, composed.crc) == (len(expected), zlib.crc32(expected))


def test_deflate_of_many_sections_is_one_stream(composition: tuple[Composition, bytes]) -> None:
    composed, expected = composition
    deflated = b"".join(composed.deflated_pieces())
    assert zlib.decompress(deflated, -15) == expected
    assert composed.deflated_bytes == len(deflated)
    member = zlib.decompressobj(wbits=31)
    assert member.decompress(b"".join(composed.gzip_pieces())) == expected
    assert (member.eof, member.unused_data) == (True, b"")  # some readers stop after the first member
    assert gzip.decompress(b"".join(composed.gzip_pieces())) == expected


def test_what_is_read_comes_in_bounded_chunks(files: SectionFiles) -> None:
    """Zeros shrink to a ten-thousandth: a chunk that is read may not become gigabytes."""
    with files.writer("zeros") as write:
        section = write(bytes(1 << 20) for _ in range(64))[PACKED]
    sizes = [len(chunk) for chunk in files.plain_pieces(section)]
    assert (sum(sizes), max(sizes)) == (64 << 20, 4 << 20)


def test_a_full_disk_is_told_with_what_to_do(tmp_path: Path) -> None:
    files = SectionFiles(str(tmp_path / "none"), ObjectStore(str(tmp_path)), (PACKED,))
    with (
        pytest.raises(StorageError, match="a quarter of its size there, TMPDIR says where"),
        files.writer("x"),
    ):
        pass


def test_checksums_are_those_of_all_that_has_passed() -> None:
    digests = Digests()
    chunks = [bytes([number]) * 100_000 for number in range(50)]
    assert list(digests.add_all(iter(chunks))) == chunks
    assert digests.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()
    nothing = Digests()
    assert list(nothing.add_all([])) == []
    assert nothing.md5 == "1B2M2Y8AsgTpgAmY7PhCfg=="


def test_an_error_on_the_way_ends_the_threads_that_compute_checksums() -> None:
    def failing() -> Iterator[bytes]:
        yield b"x"
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        list(Digests().add_all(failing()))
