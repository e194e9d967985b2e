"""Index of a kind of record: the fields that ``croissant.json`` tells of, for readers of Croissant."""

from collections.abc import Mapping
from typing import NamedTuple

TEXT, NUMBER, WHOLE = "sc:Text", "sc:Float", "sc:Integer"
TIME, YES_OR_NO = "sc:DateTime", "sc:Boolean"

PART = {f"part.{name}": WHOLE for name in ("index", "count", "firstPage", "lastPage")}


class Index(NamedTuple):
    """The fields of one kind of record.

    Attributes:
        name: of the record set.
        key: the field that tells records apart, together with the part.
        fields: type by path in a record; a field is called like the last step of its path.
        texts: keys of lists of texts.
        lists: by path of a list, type by path in each of its rows.
        left_out: what a reader finds in the shards alone.
    """

    name: str
    key: str
    fields: Mapping[str, str]
    texts: tuple[str, ...]
    lists: Mapping[str, Mapping[str, str]]
    left_out: str
