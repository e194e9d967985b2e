"""Records that were set aside, read again from where they stand."""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from framehaul.transforms.errors import SourceError
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.sources.split_lines import read_lines
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.options import StorageOptions


def read_again(split: Split, options: StorageOptions, letters: Iterable[SetAside]) -> Iterator[DeadLetter]:
    """The records of ``letters``, all of one split, in the order of their places.

    Of each letter 12 bytes are held, and each text once: what goes with one task has one text.

    Raises:
        SourceError: the file is damaged, or does not hold these records any more.
    """
    places, texts, found = array("q"), array("i"), dict[tuple[Reason, str], int]()
    for letter in letters:
        places.append(letter.source[1])
        texts.append(found.setdefault((letter.reason, letter.detail), len(found)))
    order = np.argsort(np.frombuffer(places, np.int64), kind="stable").tolist()
    known = list(found)
    lines = _lines_at((places[number] for number in order), split, options)
    for number, line in zip(order, lines, strict=True):
        reason, detail = known[texts[number]]
        yield DeadLetter(split.table, (split.index, places[number]), reason, detail, line)


def _lines_at(places: Iterable[int], split: Split, options: StorageOptions) -> Iterator[bytes]:
    """The lines at these places, which are in ascending order and counted from 1; with all their columns."""
    blocks = read_lines(split, options, None, None)
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
