"""Records that are set aside: where each of them stands, and why; and what others are told of it.

A record that was set aside travels without its bytes. It is read again, from the place where it stands, when
``dead-letters.ndjson`` is written: so a dead letter holds the record as it was read, wherever on its way it was set
aside, and 200,000 of them take no memory worth speaking of.
"""

import msgspec

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.reasons import Reason


class SetAside(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A record that is set aside.

    Attributes:
        table: the table that it was read from.
        source: index of its split, and its place there, from 1.
        reason: the kind of fault, which others count by.
        detail: what was found and what is allowed.
    """

    table: str
    source: tuple[int, int]
    reason: Reason
    detail: str

    @classmethod
    def for_error(cls, table: str, source: tuple[int, int], error: InvalidRecordError) -> "SetAside":
        """A record that breaks the contract."""
        return cls(table, source, error.reason, error.detail)


class SetAsideKey(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The key of a record that was set aside before it was brought together with what belongs to it.

    Attributes:
        table: the table that it was read from.
        task_id: of its task.
        own_id: of a stage-history record, else ``""``.
        reason: why it was set aside.
    """

    table: str
    task_id: str
    own_id: str
    reason: Reason

    @property
    def size_bytes(self) -> int:
        return len(self.task_id) + len(self.own_id)

    @property
    def slot(self) -> int:
        return 0
