"""``README.md`` of an export that is one object: a summary of it, and the lines that load it, for each reader.

The reasons for what each reader needs stand in ``dataset_card``. Records are of any
size, so a reader with a limit is given the size of the longest one.
"""

from collections.abc import Mapping, Sequence

import yaml

from framehaul.transforms.cards.dataset_card import front_matter
from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.exports.output_form import form_of_path
from framehaul.transforms.kinds.kinds import V3, RecordKind
from framehaul.transforms.records.columns import TEXT

_TEXT = """\
# {export_id}

{contents}, {how}, in `{path}`. \
`manifest.json` holds its size and checksums. Every record is in one piece; the longest has {longest:,} bytes.

Run in this folder, each of these reads every record. JSON columns come as text where the reader has no type \
for them.
"""

_ENTRIES = """
The rows of a video are gathered by object (layout `tracks`, which is Framehaul's own).
"""

_SECTIONS = {
    "Hugging Face datasets": """\
import os

from datasets import load_dataset

records = load_dataset(os.getcwd(){streaming})["train"]""",
    "DuckDB": """\
import duckdb

columns = {duckdb_columns}
records = duckdb.read_json("{path}", columns=columns, maximum_object_size={most})""",
    "polars": """\
import polars

records = polars.scan_lines("{path}", name="record")""",
    "pyarrow": """\
import pyarrow
from pyarrow import csv

lines = csv.ReadOptions(column_names=["record"], block_size={most})
unparsed = csv.ParseOptions(delimiter="\\x1f", quote_char=False)
records = csv.read_csv("{path}", lines, unparsed)""",
    "pandas": """\
import pandas

records = pandas.read_json("{path}", lines={lines}, dtype=False)""",
    "Croissant": """\
import mlcroissant

records = mlcroissant.Dataset("croissant.json").records("{record_set}")""",
}
_ONLY_LINES = {"polars", "pyarrow", "Croissant"}
_LEAST_MOST = 16 << 20


def render_single_card(
    export_id: str,
    shards: Sequence[ShardEntry],
    counts: Mapping[str, int],
    *,
    with_entries: bool = False,
    kind: RecordKind = V3,
) -> bytes:
    """Render ``README.md``.

    Args:
        export_id: its title.
        shards: the one object.
        counts: as in the manifest; ``records``, ``assets`` and ``annotations`` are used.
        with_entries: the rows of videos stand in entries, see ``track_entries``.
        kind: of the records.
    """
    (shard,) = shards
    card = kind.card
    is_array = form_of_path(shard.path).record_format == "json"
    columns = {key: column for key, column in card.columns.items() if key != "part"}
    front = yaml.safe_dump(
        front_matter(shard.path, shards, shard.records, columns), sort_keys=False, allow_unicode=True
    )
    text = _TEXT.format(
        export_id=export_id,
        contents=card.contents_of(counts),
        how="one array" if is_array else "one record a line",
        path=shard.path,
        longest=shard.max_line_bytes,
    )
    values = {
        "path": shard.path,
        "record_set": card.record_set.name,
        "lines": not is_array,
        "most": max(_LEAST_MOST, 2 * shard.max_line_bytes),
        "duckdb_columns": {key: "VARCHAR" if column == TEXT else "JSON" for key, column in columns.items()},
        "streaming": "" if shard.records else ", streaming=True",
    }
    sections = [
        f"## {name}\n\n```python\n{code.format(**values)}\n```\n"
        for name, code in _SECTIONS.items()
        if not _fails(name, shard, is_array=is_array)
    ]
    return "\n".join([f"---\n{front}---\n", text + (_ENTRIES if with_entries else ""), *sections]).encode()


def _fails(name: str, shard: ShardEntry, *, is_array: bool) -> bool:
    """Tell whether a reader cannot read this object at all: an array, zstd, or an empty object."""
    if name == "Croissant" and shard.path.endswith(".zst"):
        return True
    return (is_array and name in _ONLY_LINES) or (name == "pyarrow" and not shard.records)
