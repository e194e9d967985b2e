"""What the steps of an export ask of a kind of record: how its tables are decoded, and how records are assembled."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from framehaul.transforms.exchange.blocks import Block
from framehaul.transforms.exchange.partitions import Entry
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.long_record import LongRecord
from framehaul.transforms.records.record_line import RecordLine
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally

Decode = Callable[[bytes, int], Entry]
"""A record, sound and plain JSON, and its place in its split; raises ``InvalidRecordError``."""


class Assembly(Protocol):
    """Records of one partition, all of whose entries are here.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
    """

    tally: Tally

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table, or with ``SET_ASIDE`` keys; tables come in their order, each once."""

    def records(self) -> Iterator[RecordLine | LongRecord | SetAside]:
        """The records that are exported, and those that cannot be, in no particular order."""


class Chooser(Protocol):
    """Entries of one partition that have to go to another one, since their record is found by another key.

    Attributes:
        tally: what became of the entries that go no further; complete once ``entries`` has ended.
    """

    tally: Tally

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all entries of one table, or with ``SET_ASIDE`` keys; tables come in their order, each once."""

    def entries(self) -> Iterator[tuple[str, str, Entry] | SetAside]:
        """What goes on: the key of its record, its table, and the entry; and what is set aside."""


@runtime_checkable  # Beam compares what its functions are given with their types
class Kind(Protocol):
    """One kind of record, with the fields that its records are to have. Travels to workers."""

    def row(self, table: str) -> type[msgspec.Struct]:
        """The struct that names what is used of a row of ``table``; of Parquet only these columns are read."""

    def decoder(self, table: str, split: int, selection: Selection) -> Decode:
        """The function that turns records of one split of ``table`` into entries."""

    def needs_payload(self, table: str, selection: Selection) -> Callable[[bytes], bool] | None:
        """Whether a row of Parquet is read with its payload, told by the rest of it; ``None``: always."""

    def key_of(self, table: str, line: bytes) -> tuple[str, str] | None:
        """The key of a record that is set aside, as far as it can be told: the id of its task, and its own or ``""``.

        What belongs to the record is set aside with it. ``None`` where nothing does, or where no key can be read.
        """

    def chooser(self) -> Chooser | None:
        """What looks at entries before they are assembled, for kinds whose records are not found by task."""

    def assembly(self, options: RecordOptions) -> Assembly:
        """What puts the records of a partition together."""
