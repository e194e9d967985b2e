"""A stream over pieces that are made when they are read gives what one over their bytes gives."""

import io

from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.storage.byte_streams import RepeatablePieces

PIECES = st.lists(st.binary(min_size=1, max_size=9), max_size=6)
PLACES = st.integers(0, 70)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 30)),
        st.tuples(st.just("seek"), PLACES, st.just(io.SEEK_SET)),
        st.tuples(st.just("seek"), st.integers(0, 9), st.sampled_from([io.SEEK_CUR, io.SEEK_END])),
    ),
    max_size=12,
)


def repeatable(pieces: list[bytes]) -> RepeatablePieces:
    return RepeatablePieces([len(piece) for piece in pieces], lambda number: pieces[number])


@given(pieces=PIECES, steps=STEPS)
def test_it_reads_and_seeks_as_a_stream_of_bytes_does(
    pieces: list[bytes], steps: list[tuple[str, ...]]
) -> None:
    stream, wanted = repeatable(pieces).stream(), io.BytesIO(b"".join(pieces))
    assert (stream.readable(), stream.seekable()) == (True, True)
    for name, *arguments in steps:
        assert getattr(stream, name)(*arguments) == getattr(wanted, name)(*arguments)
        assert stream.tell() == wanted.tell()
    assert stream.read() == wanted.read()


def test_one_piece_is_held_at_a_time_and_made_once_for_each_time_through() -> None:
    made: list[int] = []

    def make(number: int) -> bytes:
        made.append(number)
        return bytes([number]) * 10

    stream = RepeatablePieces([10, 10, 10], make).stream()
    while stream.read(3):
        pass
    assert made == [0, 1, 2]
    stream.seek(0)
    stream.read()
    assert made == [0, 1, 2, 0, 1, 2]


@given(pieces=PIECES)
def test_they_can_be_gone_through_again(pieces: list[bytes]) -> None:
    found = repeatable(pieces)
    assert list(found) == list(found) == pieces
    assert found.size == len(b"".join(pieces))
