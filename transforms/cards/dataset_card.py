"""``README.md`` of an export: a summary of its contents, and the lines that load it, for each reader.

Hugging Face takes the data files and the column types from its front matter:
without it, Hugging Face would trip over the JSON files beside ``data/`` and guess
the types. It also takes the number of records, and then refuses a copy of the
export that misses a shard. Other readers have no such place, so the card gives
each a call that loads every record whole, whatever the project holds. Plain
defaults do not, tried with DuckDB 2.0, polars 2.1, pyarrow 26, pandas 3.1 and
mlcroissant 1.1 (2026-11):

* DuckDB drops without a word a key that first comes after its sample (20,480
  records of 32 files);
* polars and pyarrow refuse two types in one field, which ``answer`` has in every
  project with both single and multiple choices; told to take a field as text,
  polars writes a backslash in it unescaped and pyarrow refuses again;
  ``pyarrow.dataset`` drops columns that the first shard lacks and opens no zstd;
* pandas makes numbers of file names that look like some, and so does mlcroissant,
  which uses it and opens no zstd;
* Hugging Face and pyarrow do not open a file without records.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from framehaul.transforms.exports.manifest import ShardEntry
from framehaul.transforms.kinds.kinds import V3, RecordKind
from framehaul.transforms.records.columns import TEXT, ColumnType

CARD_NAME = "README.md"

_TEXT = """\
# {export_id}

{contents}, one record a line, in `data/`. \
`manifest.json` holds the size and checksums of every file. {long} several records, \
`part.index` 0 to `part.count` - 1, each with {share}.

Run in this folder, each of these reads every record: Croissant an index of it, the others all of it. \
JSON columns come as text where the reader has no type for them.
"""

_ENTRIES = """
The rows of a video are gathered by object: `tools` and `classifications` hold first what has no frame, then \
`{"objectId": …, "frames": [rows]}` for each object (`schemaId` for classifications without `objectId`). This layout \
(`tracks`) is Framehaul's own, not Ango Hub's.
"""

_SECTIONS = {
    "Hugging Face datasets": """\
import os

from datasets import load_dataset

records = load_dataset(os.getcwd(){streaming})["train"]""",
    "DuckDB": """\
import duckdb

columns = {duckdb_columns}
records = duckdb.read_json("{pattern}", columns=columns)""",
    "polars": """\
import polars

records = polars.scan_lines("{pattern}", name="record")""",
    "pyarrow": """\
import glob
import pyarrow
from pyarrow import csv

lines = csv.ReadOptions(column_names=["record"], block_size=16 << 20)
unparsed = csv.ParseOptions(delimiter="\\x1f", quote_char=False)
shards = [csv.read_csv(path, lines, unparsed) for path in sorted(glob.glob("{pattern}"))]
records = pyarrow.concat_tables(shards)""",
    "pandas": """\
import glob
import pandas

shards = [pandas.read_json(path, lines=True, dtype=False) for path in sorted(glob.glob("{pattern}"))]
records = pandas.concat(shards)""",
    "Croissant": """\
import mlcroissant

records = mlcroissant.Dataset("croissant.json").records("{record_set}")""",
}

_AS_TEXT = "Each record as its JSON text: a column here cannot be text in one row and a list in another."

_REMARKS = {
    "Hugging Face datasets": "Version 4.7 or newer. Absent keys come as `None`, numbers with ten decimals.",
    "DuckDB": "Without the columns it drops keys that come first after its sample: 20,480 records of 32 files.",
    "polars": _AS_TEXT,
    "pyarrow": _AS_TEXT,
    "Croissant": (
        "An index of the records; `croissant.json` says what it leaves out. mlcroissant turns an `externalId` "
        "like `0042` into a number where all of a shard look like that."
    ),
}


def render_dataset_card(
    export_id: str,
    shards: Sequence[ShardEntry],
    counts: Mapping[str, int],
    *,
    with_entries: bool = False,
    kind: RecordKind = V3,
) -> bytes:
    """Render ``README.md``, whose size does not depend on the number of shards.

    Args:
        export_id: its title.
        shards: all of the export, in any order; with one kind of compression.
        counts: as in the manifest; ``records``, ``assets`` and ``annotations`` are used.
        with_entries: the rows of videos stand in entries, see ``track_entries``.
        kind: of the records.
    """
    card = kind.card
    columns = card.columns
    pattern = f"data/*{_suffix(shards)}"
    front = yaml.safe_dump(
        front_matter(pattern, shards, counts["records"], columns), sort_keys=False, allow_unicode=True
    )
    text = _TEXT.format(
        export_id=export_id, contents=card.contents_of(counts), long=card.long, share=card.share
    )
    text += _ENTRIES if with_entries else ""
    left_out = _failing_readers(pattern, counts["records"])
    sections = [
        _section(name, pattern, counts["records"], columns, card.record_set.name)
        for name in _SECTIONS
        if name not in left_out
    ]
    return "\n".join([f"---\n{front}---\n", text, *sections, *left_out.values()]).encode()


def _suffix(shards: Sequence[ShardEntry]) -> str:
    first = shards[0].path if shards else ""
    return next((suffix for suffix in (".ndjson.gz", ".ndjson.zst") if first.endswith(suffix)), ".ndjson")


def front_matter(
    pattern: str, shards: Sequence[ShardEntry], records: int, columns: Mapping[str, ColumnType]
) -> dict[str, Any]:
    """Front matter of a card, from which Hugging Face reads data files and column types."""
    size_bytes = sum(shard.uncompressed_bytes for shard in shards)
    return {
        "configs": [{"config_name": "default", "data_files": pattern}],
        "dataset_info": {
            "features": _features(columns),
            "splits": [{"name": "train", "num_examples": records, "num_bytes": size_bytes}],
        },
    }


def _features(columns: Mapping[str, ColumnType]) -> list[dict[str, Any]]:
    """Columns the way Hugging Face writes them in YAML."""
    return [{"name": name, **_feature(column)} for name, column in columns.items()]


def _feature(column: ColumnType) -> dict[str, Any]:
    if isinstance(column, str):
        return {"dtype": column}
    if isinstance(column, dict):
        return {"struct": _features(column)}
    (item,) = column
    return {"list": item if isinstance(item, str) else _feature(item)["struct"]}


def _failing_readers(pattern: str, records: int) -> dict[str, str]:
    """Readers that cannot read this export at all, and why."""
    left_out = {}
    if not records:
        left_out["pyarrow"] = "pyarrow opens no file without records."
    if pattern.endswith(".zst"):
        left_out["Croissant"] = "mlcroissant opens no zstd: decompress `data/` first, or use another reader."
    return left_out


def _section(
    name: str, pattern: str, records: int, columns: Mapping[str, ColumnType], record_set: str
) -> str:
    duckdb_columns = {key: "VARCHAR" if column == TEXT else "JSON" for key, column in columns.items()}
    code = _SECTIONS[name].format(
        pattern=pattern,
        duckdb_columns=duckdb_columns,
        record_set=record_set,
        streaming="" if records else ", streaming=True",  # a table cannot be made of no records at all
    )
    remark = f"{_REMARKS[name]}\n\n" if name in _REMARKS else ""
    return f"## {name}\n\n{remark}```python\n{code}\n```\n"
