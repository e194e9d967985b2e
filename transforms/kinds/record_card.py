"""Card of a kind of record: what an export's ``README.md`` and ``croissant.json`` say of it."""

from collections.abc import Mapping
from typing import NamedTuple

from framehaul.transforms.records.columns import Columns
from framehaul.transforms.records.record_index import Index


class RecordCard(NamedTuple):
    """The texts and types of one kind of record.

    Attributes:
        columns: of a record, in the order of its keys.
        record_set: for readers of Croissant.
        contents: what there is in an export; a pattern for ``counts`` of the manifest.
        long: which records become several parts; with its verb.
        share: what each of these parts holds.
    """

    columns: Columns
    record_set: Index
    contents: str
    long: str
    share: str

    def contents_of(self, counts: Mapping[str, int]) -> str:
        """What there is in an export with these counts, for a person to read."""
        return self.contents.format_map(counts)
