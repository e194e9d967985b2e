"""Records that were set aside, read again from where they stand."""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats.lines import NO_LIMIT, OversizedLine
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.sources.split_lines import read_lines
from framehaul.transforms.sources.splits import Split, version_number
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceReader


def read_again(
    split: Split, options: StorageOptions, letters: Iterable[SetAside], max_record_bytes: int = NO_LIMIT
) -> Iterator[DeadLetter]:
    """The records of ``letters``, all of one split, in the order of their places.

    Of each letter 20 bytes are held, and each text once: what goes with one task has one text.

    Args:
        max_record_bytes: a longer record comes empty.

    Raises:
        SourceError: the file is damaged, or is not the one any more that was read.
    """
    places, texts, found = array("q"), array("i"), dict[tuple[Reason, str], int]()
    for letter in letters:
        places.append(letter.source[1])
        texts.append(found.setdefault((letter.reason, letter.detail), len(found)))
    order = np.argsort(np.frombuffer(places, np.int64), kind="stable")
    known = list(found)
    _refuse_changed(split, options)
    lines = _lines_at((places[number] for number in order), split, options, max_record_bytes)
    for number, line in zip(order, lines, strict=True):
        reason, detail = known[texts[number]]
        record = b"" if isinstance(line, OversizedLine) else line
        yield DeadLetter(split.table, (split.index, places[number]), reason, detail, record)
    _refuse_changed(split, options)


def _refuse_changed(split: Split, options: StorageOptions) -> None:
    """Raises ``SourceError``, the file was written again since it was listed."""
    if split.version and version_number(SourceReader(split.url, options).version()) != split.version:
        raise SourceError(
            f"{split.url} was changed while the run went on, so records of it that are to be set aside cannot be told "
            "any more; do not change input while it is read, and run again"
        )


def _lines_at(
    places: Iterable[int], split: Split, options: StorageOptions, max_record_bytes: int
) -> Iterator[bytes]:
    """The lines at these places, which are in ascending order and counted from 1; with all their columns."""
    blocks = read_lines(split, options, None, None, max_record_bytes)
    first, lines = 1, list[bytes]()
    for place in places:
        while place >= first + len(lines):
            first += len(lines)
            following = next(blocks, None)
            if following is None:
                raise SourceError(
                    f"{split.url} has become shorter while the run went on: record {place} of this part of it is to be "
                    "set aside, and is gone; do not change input while it is read"
                )
            lines = following
        yield lines[place - first]
