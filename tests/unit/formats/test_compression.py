"""Compressed tables give all of their content or an error; compressed shards are the same every time."""

import gzip
import itertools
import random
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats.compression import compressor, decompress

QUICK = settings(max_examples=100, deadline=None)

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "none": lambda data: data,
}
LINES = b'{"taskId":"t1"}\n{"taskId":"t2"}\n' * 3


def read(stored: bytes, compression: str, size: int = 1 << 20) -> bytes:
    chunks = (stored[start : start + size] for start in range(0, len(stored), size))
    return b"".join(decompress(chunks, compression, "dump/tasks.ndjson.gz"))


def stored(data: list[bytes], compression: str) -> bytes:
    shard = compressor(compression, sum(map(len, data)))
    return b"".join([*(shard.compress(piece) for piece in data), shard.flush()])


@QUICK
@given(
    st.sampled_from(sorted(COMPRESS)),
    st.lists(st.binary(max_size=200), min_size=1, max_size=4),
    st.integers(1, 64),
)
def test_members_and_frames_one_after_another_are_one_content_in_chunks_of_any_size(
    compression: str, parts: list[bytes], size: int
) -> None:
    together = b"".join(COMPRESS[compression](part) for part in parts)
    assert read(together, compression, size) == b"".join(parts)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_file_that_is_cut_off_anywhere_is_refused(compression: str, size: int) -> None:
    whole = COMPRESS[compression](LINES)
    for length in range(1, len(whole)):
        with pytest.raises(SourceError, match=r"dump/tasks\.ndjson\.gz is damaged.*copy the file again"):
            read(whole[:length], compression, size)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_file_that_is_cut_off_before_its_first_byte_is_refused(compression: str) -> None:
    # An upload that failed; even a table without records has a header when it is compressed.
    with pytest.raises(SourceError, match=r"dump/tasks\.ndjson\.gz"):
        read(b"", compression)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_second_member_that_is_cut_off_is_refused(compression: str) -> None:
    whole = COMPRESS[compression](LINES)
    for length in range(1, len(whole)):
        with pytest.raises(SourceError):
            read(whole + whole[:length], compression)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("garbage", [b"{}\n{}\n", b"\x00" * 40, random.Random(7).randbytes(100)])
def test_garbage_is_refused_alone_and_after_a_whole_member(compression: str, garbage: bytes) -> None:
    whole = COMPRESS[compression](LINES)
    is_padding = compression == "gzip" and not garbage.strip(b"\0")
    behind = [] if is_padding else [whole + garbage]
    for content in (garbage, *behind, whole + garbage + b"{}"):
        with pytest.raises(SourceError, match=r"dump/tasks\.ndjson\.gz is damaged"):
            read(content, compression)


def test_a_changed_byte_of_gzip_changes_no_record_unseen() -> None:
    whole = gzip.compress(LINES)
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x10
        try:
            assert read(bytes(changed), "gzip") == LINES  # time and system of the header mean nothing here
        except SourceError:
            continue


def test_the_message_says_how_much_could_be_read() -> None:
    whole = gzip.compress(LINES)
    with pytest.raises(SourceError, match=rf"gave {len(LINES)} bytes, then: "):
        read(whole + whole[:10], "gzip")


@QUICK
@given(st.sampled_from(["none", "gzip", "zstd"]), st.lists(st.binary(max_size=3000), max_size=5))
def test_what_is_compressed_is_read_back_and_is_the_same_every_time(
    compression: str, pieces: list[bytes]
) -> None:
    once = stored(pieces, compression)
    assert once == stored(pieces, compression)
    assert read(once, compression) == b"".join(pieces)


def test_a_gzip_header_holds_no_time_and_no_name() -> None:
    header = stored([LINES], "gzip")
    flags, time = header[3], header[4:8]
    assert (flags, time) == (0, b"\x00" * 4)


@pytest.mark.parametrize("pieces", [[], [LINES], [LINES] * 50, [b"x" * (3 << 20)]])
def test_other_tools_read_what_is_compressed(pieces: list[bytes]) -> None:
    expected = b"".join(pieces)
    assert zlib.decompress(stored(pieces, "gzip"), wbits=31) == expected
    assert zstandard.ZstdDecompressor().decompressobj().decompress(stored(pieces, "zstd")) == expected


def test_a_zstd_frame_tells_its_size_since_some_readers_need_it() -> None:
    for pieces in ([], [LINES], [LINES] * 50):
        assert zstandard.frame_content_size(stored(pieces, "zstd")) == sum(map(len, pieces))


def test_large_content_is_compressed_at_all() -> None:
    for compression, other in itertools.permutations(["gzip", "zstd"], 2):
        assert len(stored([LINES * 1000], compression)) < len(LINES) * 100
        assert stored([LINES], compression) != stored([LINES], other)


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_zeros_behind_a_member_of_gzip_are_padding(size: int) -> None:
    for content in (
        gzip.compress(LINES) + bytes(500),
        gzip.compress(LINES) + bytes(9) + gzip.compress(LINES),
    ):
        pieces = [content[start : start + size] for start in range(0, len(content), size)]
        found = b"".join(decompress(pieces, "gzip", "t.gz"))
        assert found == LINES * (1 if content.endswith(bytes(9)) else 2)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_pieces_stay_small_however_well_a_file_is_packed(compression: str) -> None:
    content = COMPRESS[compression](bytes(64 << 20))
    pieces = [len(piece) for piece in decompress([content], compression, "t.gz")]
    assert sum(pieces) == 64 << 20
    assert max(pieces) <= 40 << 20
