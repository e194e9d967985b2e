"""Rows of a video gathered by object: the entries of the layout ``tracks``.

The layout is Framehaul's own. In place of rows with a page a list has entries
of two keys: whose rows they are, and the rows by page::

    {"objectId":"o1","frames":[<row>,<row>]}

A classification that has no ``objectId`` is known by its ``schemaId``. Rows of
no track are alone in an entry each, whose ``objectId`` is ``null``. A list has
first what has no page, then the entries of no track by page, then the others
by track.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import orjson
from msgspec import UNSET, Raw, UnsetType

from framehaul.transforms.errors import StorageError

ENTRY_END = b"]}"
_OBJECT, _SCHEMA = b'{"objectId":', b'{"schemaId":'
_FRAMES = b',"frames":['
_RAWS = msgspec.json.Decoder(list[Raw])


class Owner(NamedTuple):
    """Whose rows are in an entry; in the order in which entries stand, those of no track left out.

    Attributes:
        track: ``""`` for a row of no track.
        by_schema: the track is a ``schemaId``.
    """

    track: str
    by_schema: bool = False

    def head(self) -> bytes:
        """What the entry begins with, up to its first row."""
        name = orjson.dumps(self.track or None)
        return (_SCHEMA if self.by_schema else _OBJECT) + name + _FRAMES


NOBODY = Owner("")


class TrackEntry(NamedTuple):
    """An entry that was read.

    Attributes:
        rows: with commas between them.
    """

    owner: Owner
    rows: memoryview

    def written(self, rows: bytes) -> bytes:
        """The entry with other rows."""
        return self.owner.head() + rows + ENTRY_END


def extra_bytes(track: str) -> int:
    """Bytes of an entry of this track beside its rows and their commas, the one after it included."""
    return len(Owner(track).head()) + len(ENTRY_END)


class _Members(msgspec.Struct, rename="camel", gc=False):
    frames: Raw
    object_id: str | UnsetType | None = UNSET
    schema_id: str | UnsetType = UNSET


_MEMBERS = msgspec.json.Decoder(_Members)


def entry_in(element: bytes | Raw) -> TrackEntry | None:
    """What stands in a list, if it is an entry."""
    content = memoryview(element)
    if bytes(content[-2:]) != ENTRY_END or bytes(content[: len(_OBJECT)]) not in {_OBJECT, _SCHEMA}:
        return None
    try:
        members = _MEMBERS.decode(content)
    except msgspec.MsgspecError:
        return None
    owner = (
        Owner(members.schema_id, True) if members.schema_id is not UNSET else Owner(members.object_id or "")
    )
    head = owner.head()
    rows = content[len(head) : -len(ENTRY_END)]
    # Two keys, no more, and no others: then the row ends where the frames do.
    is_entry = bytes(content[: len(head)]) == head and len(rows) + 2 == len(memoryview(members.frames))
    return TrackEntry(owner, rows) if is_entry and rows else None


def without_page(row: bytes) -> bytes:
    """A row without page as it is written: a reader must not take it for an entry.

    ``null`` says that it has no page, which it says already; but an entry has no such key.
    """
    return row if entry_in(row) is None else row[:-1] + b',"page":null}'


class Gathered(NamedTuple):
    """A list that was read.

    Attributes:
        loose: what is not gathered by track: rows without page, and entries of no track; with commas.
        entries: the others.
    """

    loose: memoryview
    entries: list[TrackEntry]


def elements_in(content: memoryview) -> list[Raw]:
    """What stands in a list, whose brackets are left out."""
    return _RAWS.decode(b"".join((b"[", content, b"]")))


def gathered(content: memoryview) -> Gathered:
    """The parts of a list, whose brackets are left out.

    Raises:
        StorageError: something stands after the entries that is none.
    """
    loose_bytes = 0
    entries: list[TrackEntry] = []
    for element in elements_in(content):
        entry = entry_in(element)
        if entry is not None and entry.owner.track:
            entries.append(entry)
        elif entries:
            raise StorageError(
                f"has a row after the entry of {entries[-1].owner.track!r} that is in no entry"
            )
        else:
            loose_bytes += len(memoryview(element)) + 1
    return Gathered(content[: max(0, loose_bytes - 1)], entries)


def rows_alone(content: memoryview) -> bytes:
    """The rows of a list without the entries that they stand in, in the order of the list."""
    found: Sequence[bytes | memoryview | Raw] = [
        element if (entry := entry_in(element)) is None else entry.rows for element in elements_in(content)
    ]
    return b",".join(found)
