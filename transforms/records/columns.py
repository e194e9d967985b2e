"""Columns of a kind of record, as types that readers are told beforehand.

Left to guess, most readers take the types of the first lines for those of all:
a shard that begins with empty lists, an ``answer`` that is text here and a list
there, a key that only some records have, each stops one reader or another or
makes it drop values without a word. So every export says what its columns are.

What is free in the record, or differs from row to row, is ``JSON``: whole
tools and classifications, not their answers alone, because Hugging Face reads a
text ``"42"`` that stands by itself in such a field as the number 42. For the same
reason scalars are never ``JSON``. Batch names are, since that reader turns a text
column full of dates into midnights, and teams do name batches by date.
"""

from typing import Final, TypeAlias

TEXT: Final = "string"
WHOLE: Final = "int64"
BOOLEAN: Final = "bool"
NUMBER: Final = "float64"  # durations, too: a source may hold fractions of a millisecond
JSON: Final = "json"

ColumnType: TypeAlias = "str | list[ColumnType] | dict[str, ColumnType]"
Columns: TypeAlias = "dict[str, ColumnType]"

PART: Final[Columns] = {
    "index": WHOLE,
    "count": WHOLE,
    "firstPage": WHOLE,
    "lastPage": WHOLE,
}
