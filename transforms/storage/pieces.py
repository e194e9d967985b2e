"""Streams of bytes on their way to a store."""

import io
from collections.abc import Iterable, Iterator


def gathered(pieces: Iterator[bytes], limit: int) -> io.BytesIO:
    """Pieces joined, until there are at least ``limit`` bytes or no more pieces."""
    content = io.BytesIO()
    for piece in pieces:
        content.write(piece)
        if content.tell() >= limit:
            break
    return content


def told_when_failed(pieces: Iterable[bytes], failed: list[BaseException]) -> Iterator[bytes]:
    """The same pieces; what goes wrong in making them is put into ``failed``, so it can be told from what else does."""
    try:
        yield from pieces
    except BaseException as error:
        failed.append(error)
        raise
