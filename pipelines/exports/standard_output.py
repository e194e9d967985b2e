"""Records on standard output, where the reader may go away at any time."""

import os
import sys
from collections.abc import Iterable, Iterator

from framehaul.transforms.errors import StorageError

_BLOCK = 1 << 20


def in_blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, about a megabyte at a time."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def write_to_standard_output(blocks: Iterable[bytes]) -> None:
    """Write all blocks; a reader that has seen enough, like ``head``, is no error.

    Raises:
        StorageError: standard output takes no more for another reason, such as a full disk.
    """
    try:
        for block in blocks:
            _write(block)
    except _ReaderGoneError:
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _ReaderGoneError(Exception):
    """Not ``BrokenPipeError``: a store that breaks a connection raises that too."""


def _write(block: bytes) -> None:
    try:
        sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise _ReaderGoneError from error
    except OSError as error:
        raise StorageError(f"could not write to standard output: {error.strerror}") from error
