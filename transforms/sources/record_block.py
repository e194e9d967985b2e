"""Records of one split, as they are handed from reading to decoding."""

from dataclasses import dataclass

from framehaul.transforms.sources.splits import Split


@dataclass(frozen=True)
class RecordBlock:
    """Some records of one split, as JSON text.

    Attributes:
        split: that they come from.
        first: place of the first in its split, from 1.
        lines: the records, blank lines included.
    """

    split: Split
    first: int
    lines: list[bytes]
